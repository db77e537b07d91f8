// Package plan reads the JSON of /api/plan strictly and in place: a [Plan] is spans of the text
// that it was read from.
//
// It knows the names of the plan's lists, of its version and dates and of an item's id, and nothing
// else of what items hold. It must not know deltas, caches, or what any of it is for.
package plan

import (
	"bytes"
	"math"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Names of members that a plan is read by.
const (
	nameAppointments  = "appointments"
	nameBills         = "bills"
	nameCollaborators = "collaborators"
	nameVersion       = "planVersion"
	nameRange         = "dateRange"
)

// Plan is one answer of /api/plan. Everything in it aliases the text that was read.
type Plan struct {
	// Members are those of the plan itself, its lists among them, in the order of the text. Where a
	// name occurs twice, the last value stands in the place of the first, as for JavaScript's
	// JSON.parse.
	Members []Member

	Appointments, Bills, Collaborators List

	Version    int64 // planVersion
	HasVersion bool  // there is one, and it is an integer
}

// Parse reads a plan: an object that has appointments or bills, these and collaborators being lists
// where they are there. The error is an *Error, with the offset at which the text stops being that.
func Parse(text []byte) (*Plan, error) {
	if uint64(len(text)) > math.MaxUint32 {
		return nil, &Error{Offset: math.MaxUint32, Reason: reasonLarge}
	}
	r := reader{scanner: scanner{text: text}}
	if !r.plan() {
		return nil, r.err
	}
	return &r.Plan, nil
}

// Valid reports whether text is one JSON value, as strictly as [Parse] reads, and where it stops
// being that.
func Valid(text []byte) error {
	s := scanner{text: text}
	end := s.value(rawjson.SkipSpace(s.text, 0), 0)
	if end < 0 || s.rest(end) < 0 {
		return s.err
	}
	return nil
}

// rest checks that nothing but white space is left.
func (s *scanner) rest(i int) int {
	if i = rawjson.SkipSpace(s.text, i); i < len(s.text) {
		return s.fail(i, reasonAfter)
	}
	return i
}

// Member returns the raw value of the plan's member of that name; nil where there is none.
func (p *Plan) Member(name string) []byte {
	if i := find(p.Members, []byte(name)); i >= 0 {
		return p.Members[i].Value
	}
	return nil
}

// Recipient returns the id of whom the plan is about. It is not ok where the plan does not tell.
func (p *Plan) Recipient() (id int64, ok bool) { return Int64(Get(p.Member("recipient"), "id")) }

// Range returns the plan's dates, start included and end excluded. It is not ok unless both are RFC 3339.
func (p *Plan) Range() (start, end time.Time, ok bool) {
	var from, to bool
	for _, m := range Members(nil, p.Member(nameRange)) {
		switch string(m.Name) {
		case "start":
			start, from = rawjson.ReadInstant(m.Value)
		case "end":
			end, to = rawjson.ReadInstant(m.Value)
		}
	}
	return start, end, from && to
}

// reader fills a Plan.
type reader struct {
	scanner
	Plan
	names
	shape shape // of the items
}

func (r *reader) plan() bool {
	i := rawjson.SkipSpace(r.text, 0)
	if i >= len(r.text) || r.text[i] != '{' {
		// What is no JSON at all should be called that.
		if end := r.value(i, 0); end >= 0 && r.rest(end) >= 0 {
			r.fail(i, reasonObject)
		}
		return false
	}
	next, more := r.open(i, 0, '}')
	for more {
		nameEnd, value := r.member(next)
		if value < 0 {
			return false
		}
		name := rawjson.Unquote(r.text[next:nameEnd])
		end := r.top(string(name), value)
		if end >= 0 {
			r.add(Member{Name: name, Value: r.text[value:end:end], At: value})
		}
		next, more = r.after(end, '}')
	}
	if next < 0 || r.rest(next) < 0 {
		return false
	}
	r.Members = r.members
	if r.Member(nameAppointments) == nil && r.Member(nameBills) == nil {
		r.fail(i, reasonNoList)
		return false
	}
	return true
}

// top reads the value of one of the plan's own members.
func (r *reader) top(name string, i int) int {
	switch name {
	case nameAppointments:
		return r.items(i, &r.Appointments)
	case nameBills:
		return r.items(i, &r.Bills)
	case nameCollaborators:
		return r.items(i, &r.Collaborators)
	}
	end := r.value(i, 1)
	if end >= 0 && name == nameVersion {
		r.Version, r.HasVersion = Int64(r.text[i:end])
	}
	return end
}

// find returns the index of the member of that name, or -1.
func find(members []Member, name []byte) int {
	for i := range members {
		if bytes.Equal(members[i].Name, name) {
			return i
		}
	}
	return -1
}
