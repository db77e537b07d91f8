package session

import (
	"errors"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
)

// ParseHeader reads the first line of a session, without its newline. The error is a *FormatError.
func ParseHeader(line []byte) (Header, error) {
	m, err := parseMembers(line)
	if err != nil {
		var bad *LineError
		errors.As(err, &bad)
		return Header{}, &FormatError{Line: 1, Reason: bad.Reason}
	}
	f := fields{members: m}
	if !f.has("deltatap") {
		return Header{}, &FormatError{Line: 1, Reason: `no "deltatap" member`}
	}
	h := Header{Format: int(f.count("deltatap", true))}
	if f.err == nil && h.Format > Format {
		return Header{}, &FormatError{Line: 1, Newer: h.Format}
	}
	h.Session = f.text("session", false)
	h.Started = f.time("started")
	h.Server = f.text("server", false)
	if f.has("user") {
		h.User = append([]byte(nil), m["user"]...)
	}
	h.Tool = f.text("tool", false)
	h.Part = int(f.count("part", false))
	h.Filter = f.text("filter", false)
	h.Faults = f.text("faults", false)
	h.From = f.text("from", false)
	h.Origin = f.textAlone("origin")
	h.Client = f.textAlone("client")
	h.Seal = f.seal("seal")
	if f.err == nil && h.Format < 1 {
		f.fail("deltatap", "no format number")
	}
	if f.err != nil {
		var bad *LineError
		errors.As(f.err, &bad)
		return Header{}, &FormatError{Line: 1, Reason: bad.Reason}
	}
	h.Raw = append([]byte(nil), line...)
	return h, nil
}

// textAlone is a member that is text; what is not is passed over, as what is unknown is.
func (f *fields) textAlone(name string) string {
	if f.members[name].Kind() != '"' {
		return ""
	}
	return f.text(name, false)
}

// seal is what a part's header says of the part before it. What is none is passed over, as what is
// unknown is.
func (f *fields) seal(name string) *Seal {
	if !f.has(name) {
		return nil
	}
	m, err := parseMembers(f.members[name])
	if err != nil {
		return nil
	}
	of := fields{members: m}
	return &Seal{SHA256: of.text("sha256", false), Records: of.count("records", false)}
}

func (f *fields) time(name string) time.Time {
	t, ok := rawjson.ParseInstant(f.text(name, true))
	if !ok && f.err == nil {
		f.fail(name, "no date and time")
	}
	return t
}
