package session

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Header is the first line of a session, and of each of its parts.
type Header struct {
	Format  int       // the session format; a Writer writes Format
	Session string    // the recording's id, the same in each of its parts; a Writer makes one where it is empty
	Started time.Time // when t was 0; milliseconds, UTC
	Server  string    // the server's URL, without anything secret; may be empty
	User    []byte    // who was connected, as JSON; nil for null
	Tool    string    // what wrote the file, and its version
	Part    int       // the number of this part, from 1; 0 where the recording was never to have parts
	Filter  string    // which records were left out of the recording, in words; empty where none were
	Faults  string    // which faults were planted, in words ("drop=5%, seed 1"); empty where none were. What is here is what the client got
	From    string    // what the session was converted from ("capture", "har", "payloads"); empty for a recording
	Origin  string    // what made the session: one of the Origin constants; may be empty
	Client  string    // the device whose session it is, where a tap knows that
	Seal    *Seal     // of the part before this one; nil where there is none
	Raw     []byte    // the line as it was read, without its newline; nil for a header made here
}

// What makes sessions.
const (
	OriginRecord  = "record"  // a live connection of deltatap's own
	OriginTap     = "tap"     // the connection of an app, looked at on the way
	OriginConvert = "convert" // a recording of another kind
	OriginSynth   = "synth"   // nobody: it is made up
)

// Seal is what a seal record says of all bytes of a file before it.
type Seal struct {
	SHA256  string // in hexadecimal
	Records int64  // that those bytes hold
}

// timeLayout is how Started is written.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// AppendJSON appends the header as one line without its newline. A header that was read is appended
// as it was read.
func (h *Header) AppendJSON(dst []byte) []byte {
	if h.Raw != nil {
		return append(dst, h.Raw...)
	}
	dst = append(dst, `{"deltatap":`...)
	dst = appendInt(dst, int64(h.Format))
	dst = appendMember(dst, "session", h.Session)
	dst = appendMember(dst, "started", h.Started.UTC().Format(timeLayout))
	dst = appendMember(dst, "server", h.Server)
	user := h.User
	if len(user) == 0 || !isJSON(user) {
		user = []byte("null")
	}
	dst = appendWire(dst, "user", user)
	dst = appendMember(dst, "tool", h.Tool)
	if h.Part > 0 {
		dst = appendCount(dst, "part", int64(h.Part))
	}
	if h.Filter != "" {
		dst = appendMember(dst, "filter", h.Filter)
	}
	if h.Faults != "" {
		dst = appendMember(dst, "faults", h.Faults)
	}
	if h.From != "" {
		dst = appendMember(dst, "from", h.From)
	}
	if h.Origin != "" {
		dst = appendMember(dst, "origin", h.Origin)
	}
	if h.Client != "" {
		dst = appendMember(dst, "client", h.Client)
	}
	if h.Seal != nil {
		dst = h.Seal.appendJSON(appendName(dst, "seal"))
	}
	return append(dst, '}')
}

func (s *Seal) appendJSON(dst []byte) []byte {
	dst = appendString(append(dst, `{"sha256":`...), s.SHA256)
	return append(appendCount(dst, "records", s.Records), '}')
}

// withPart is the header of a part of the recording, with the seal of the part before it, if there
// is one. Of a header that was read, everything else stays as it was.
func (h Header) withPart(part int, before *Seal) Header {
	h.Part, h.Seal = part, before
	if h.Raw == nil {
		return h
	}
	h.Raw = setMember(h.Raw, "part", appendInt(nil, int64(part)))
	switch {
	case before != nil:
		h.Raw = setMember(h.Raw, "seal", before.appendJSON(nil))
	case bytes.Contains(h.Raw, []byte(`"seal"`)):
		h.Raw = setMember(h.Raw, "seal", []byte("null"))
	}
	return h
}

// WithFilter is the header of the session without some records; "" leaves it as it is.
func (h Header) WithFilter(text string) Header {
	h.note("filter", &h.Filter, text)
	return h
}

// WithFaults is the header of the session with faults; "" leaves it as it is.
func (h Header) WithFaults(text string) Header {
	h.note("faults", &h.Faults, text)
	return h
}

// note adds words to a member, behind those that are there. Of a header that was read, everything
// else stays as it was.
func (h *Header) note(name string, value *string, text string) {
	if text == "" {
		return
	}
	if *value != "" {
		text = *value + "; " + text
	}
	*value = text
	if h.Raw != nil {
		h.Raw = setMember(h.Raw, name, appendString(nil, text))
	}
}

// setMember writes a member of an object in the place of the one that is there, or behind all
// others.
func setMember(object []byte, name string, json []byte) []byte {
	d := jsontext.NewDecoder(bytes.NewReader(object), lenient...)
	_, err := d.ReadToken()
	from, to := -1, -1
	for err == nil && d.PeekKind() != '}' {
		var token jsontext.Token
		var value jsontext.Value
		if token, err = d.ReadToken(); err != nil {
			break
		}
		found := token.String() == name
		if value, err = d.ReadValue(); err == nil && found {
			to = int(d.InputOffset())
			from = to - len(value)
		}
	}
	if from < 0 {
		from = bytes.LastIndexByte(object, '}')
		to = from
		json = slices.Concat([]byte(`,"`+name+`":`), json)
	}
	return slices.Concat(object[:from], json, object[to:])
}

// NewID makes a session id: a UUID of version 7, which sorts by its time.
func NewID(now time.Time) string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	return ID(now, random)
}

// ID is the session id of a time and ten bytes of randomness, or of a hash where the same input is
// to give the same id.
func ID(at time.Time, random [10]byte) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	copy(id[6:], random[:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
