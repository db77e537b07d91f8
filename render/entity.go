package render

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/plan"
)

// entity is what there is to say of an appointment or a bill: the contents of strings and the
// digits of numbers, empty where the field is absent, null or of another type. It is read anew for
// each line of a stream, so it reads only what is shown and keeps what it allocates; it aliases the
// payload.
type entity struct {
	summary, start, end, startOffset, location, note []byte // of an appointment
	amount, due, status, statement, payURL           []byte // of a bill
	assigned                                         []byte

	members []plan.Member
	text    []byte // contents of strings with escapes
}

// read takes a payload. It reports false where that is no JSON object.
func (e *entity) read(payload []byte) bool {
	if payload = bytes.TrimSpace(payload); len(payload) == 0 || payload[0] != '{' {
		return false
	}
	*e = entity{members: plan.Members(e.members[:0], payload), text: e.text[:0]}
	for i := range e.members {
		m := &e.members[i]
		switch string(m.Name) {
		case "summary":
			e.summary = e.content(m.Value)
		case "startLocal":
			e.start = e.content(m.Value)
		case "endLocal":
			e.end = e.content(m.Value)
		case "startOffset":
			e.startOffset = e.content(m.Value)
		case "location":
			e.location = e.content(m.Value)
		case "prepNote":
			e.note = e.content(m.Value)
		case "amount":
			e.amount = number(m.Value)
		case "dueDate":
			e.due = e.content(m.Value)
		case "status":
			e.status = e.content(m.Value)
		case "statementDate":
			e.statement = e.content(m.Value)
		case "payUrl":
			e.payURL = e.content(m.Value)
		case "assignedCollaboratorId":
			e.assigned = number(m.Value)
		}
	}
	return true
}

// content is what a JSON string holds, empty for anything else.
func (e *entity) content(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	lo := len(e.text)
	e.text, _ = jsontext.AppendUnquote(e.text, raw) // what cannot be read is left out
	return e.text[lo:]
}

// number is the digits of a JSON number, empty for anything else.
func number(raw []byte) []byte {
	if len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
		return raw
	}
	return nil
}

// hostOf is the host of an address; the rest of where a bill is paid is nobody's business but the
// payer's.
func hostOf(address []byte) []byte {
	_, rest, found := bytes.Cut(address, []byte("://"))
	if !found {
		return nil
	}
	if end := bytes.IndexAny(rest, `/?#\`+"`"); end >= 0 {
		rest = rest[:end]
	}
	return rest[bytes.LastIndexByte(rest, '@')+1:]
}
