package session

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/rawjson"
)

// members are the raw values of a line's members by name; of doubled names the last counts, as in
// most decoders.
type members map[string]jsontext.Value

// parseMembers reads line as one JSON object. The values alias line.
func parseMembers(line []byte) (members, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(line), lenient...)
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadToken(); err != nil {
			return nil, &LineError{Reason: syntaxReason(err)}
		}
		return nil, &LineError{Reason: "not a JSON object"}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, &LineError{Reason: syntaxReason(err)}
	}
	m := members{}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, &LineError{Reason: syntaxReason(err)}
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, &LineError{Reason: syntaxReason(err)}
		}
		end := dec.InputOffset()
		m[key] = line[end-int64(len(value)) : end]
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, &LineError{Reason: syntaxReason(err)}
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &LineError{Reason: "more than one JSON object"}
	}
	return m, nil
}

// syntaxReason is what is wrong with a line's JSON, without the text around it.
func syntaxReason(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the JSON breaks off"
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("broken JSON at byte %d", syntax.ByteOffset+1)
	}
	return "broken JSON"
}

// parseAny reads any spelling of a record.
func parseAny(line []byte, rec *Record) error {
	m, err := parseMembers(line)
	if err != nil {
		return err
	}
	f := fields{members: m}
	rec.N = f.count("n", true)
	rec.T = f.seconds("t", true)
	rec.Kind = kindOf(f.text("kind", true))
	f.fill(rec)
	return f.err
}

// fields takes members as what they should be, and remembers the first that is not.
type fields struct {
	members members
	err     error
}

// fill reads the fields that rec's kind has. Members of any other name are nobody's business here.
func (f *fields) fill(rec *Record) {
	switch rec.Kind {
	case KindEvent:
		rec.Event = f.text("event", true)
		rec.Args = f.wire("args")
		if rec.Args == nil {
			f.fail("args", "missing")
		}
	case KindPlan, KindVersion:
		rec.Status = int(f.count("status", true))
		rec.Took = TookUnknown
		if f.has("took") {
			rec.Took = max(f.seconds("took", false), TookUnknown)
		}
		rec.Error = f.text("error", false)
		rec.Body = f.wire("body")
	case KindRequest:
		rec.Method, rec.Path = f.text("method", false), f.text("path", false)
		rec.Status = int(f.count("status", false))
		rec.Took = TookUnknown
		if f.has("took") {
			rec.Took = max(f.seconds("took", false), TookUnknown)
		}
		rec.Error = f.text("error", false)
	case KindConnect:
		rec.SID = f.text("sid", false)
		rec.Transport = f.text("transport", false)
		rec.Attempt = int(f.count("attempt", false))
	case KindConnectError:
		rec.Message = f.text("message", false)
		rec.Data = f.wire("data")
		rec.Attempt = int(f.count("attempt", false))
	case KindDisconnect:
		rec.Reason = f.text("reason", false)
	case KindMark:
		rec.Text = f.text("text", false)
	case KindSeal:
		rec.SHA256 = f.text("sha256", false)
		rec.Records = f.count("records", false)
		rec.End = f.text("end", false)
	case KindEnd:
		rec.Reason = f.text("reason", false)
		rec.Records = f.count("records", false)
		rec.Lost = f.count("lost", false)
	}
}

func kindOf(name string) Kind {
	for _, k := range [...]Kind{
		KindConnect, KindEvent, KindPlan, KindVersion, KindDisconnect, KindConnectError, KindMark, KindEnd, KindSeal, KindRequest,
	} {
		if string(k) == name {
			return k
		}
	}
	return Kind(name)
}

func (f *fields) fail(name, why string) {
	if f.err == nil {
		f.err = &LineError{Reason: fmt.Sprintf("%q is %s", name, why)}
	}
}

// has says whether there is a member of that name that is not null.
func (f *fields) has(name string) bool {
	v, ok := f.members[name]
	return ok && v.Kind() != 'n'
}

func (f *fields) get(name string, needed bool) (jsontext.Value, bool) {
	if f.has(name) {
		return f.members[name], true
	}
	if needed {
		f.fail(name, "missing")
	}
	return nil, false
}

func (f *fields) count(name string, needed bool) int64 {
	v, ok := f.get(name, needed)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		f.fail(name, "no whole number")
	}
	return n
}

func (f *fields) seconds(name string, needed bool) time.Duration {
	v, ok := f.get(name, needed)
	if !ok {
		return 0
	}
	d, ok := parseSeconds(v)
	if !ok {
		f.fail(name, "no number of seconds")
	}
	return d
}

func (f *fields) text(name string, needed bool) string {
	v, ok := f.get(name, needed)
	if !ok {
		return ""
	}
	if v.Kind() != '"' {
		f.fail(name, "no string")
		return ""
	}
	s, _ := jsontext.AppendUnquote(nil, v) // an error means that broken UTF-8 was replaced
	return string(s)
}

// wire returns the bytes that came over the wire, from whichever member holds them; nil where none
// does.
func (f *fields) wire(name string) []byte {
	if v, ok := f.members[name]; ok {
		return v
	}
	if f.has(name + "Text") {
		return nonNil([]byte(f.text(name+"Text", false)))
	}
	if !f.has(name + "Base64") {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(f.text(name+"Base64", false))
	if err != nil {
		f.fail(name+"Base64", "no base64")
	}
	return nonNil(b)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// parseSeconds reads a JSON number of seconds to the nanosecond; false where it is none, or more
// than a time.Duration holds.
func parseSeconds(number []byte) (time.Duration, bool) {
	if len(number) == 0 || skipNumberSafe(number) != len(number) {
		return 0, false
	}
	if d, ok := exactSeconds(number); ok {
		return d, true
	}
	s, err := strconv.ParseFloat(string(number), 64)
	if err != nil || math.Abs(s) > maxSeconds {
		return 0, false
	}
	return time.Duration(math.Round(s * float64(time.Second))), true
}

// maxSeconds is about 290 years, as much as a time.Duration holds.
const maxSeconds = 9.2e9

func skipNumberSafe(b []byte) int {
	if b[0] != '-' && b[0]-'0' > 9 {
		return -1
	}
	return rawjson.SkipNumber(b, 0)
}

// exactSeconds reads what needs no floating point: a number without exponent, of up to 9 decimals.
func exactSeconds(number []byte) (time.Duration, bool) {
	digits := bytes.TrimPrefix(number, []byte("-"))
	whole, frac, _ := bytes.Cut(digits, []byte("."))
	if len(whole) > 10 || len(frac) > 9 || bytes.ContainsAny(digits, "eE") {
		return 0, false
	}
	var d uint64
	for _, c := range whole {
		d = d*10 + uint64(c-'0')
	}
	for i := range 9 {
		d *= 10
		if i < len(frac) {
			d += uint64(frac[i] - '0')
		}
	}
	if d > math.MaxInt64 {
		return 0, false
	}
	if len(digits) < len(number) {
		return -time.Duration(d), true
	}
	return time.Duration(d), true
}
