package mutate

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/plan"
)

// person is a collaborator as a plan shows it.
type person struct {
	id       int64
	email    string // in lower case
	rawEmail []byte // as it was spelled
	role     []byte
	status   string
	token    string // of the invitation; a secret
	invited  []byte
}

// people are the collaborators of both sides. They are the same where their e-mail address is.
type people struct {
	session map[string]person // by address, as the target is known to have them
	target  map[string]person
	ids     map[int64]string // addresses by the session's ids
	back    map[int64]string // addresses by the target's ids
}

func newPeople() people {
	return people{session: map[string]person{}, target: map[string]person{}, ids: map[int64]string{}, back: map[int64]string{}}
}

// readPeople reads the collaborators of a plan, those with an address. It keeps nothing of the
// plan's text.
func readPeople(p *plan.Plan) []person {
	var all []person
	for _, item := range p.Collaborators.All() {
		one := person{id: item.ID}
		for _, m := range plan.Members(nil, bytes.Clone(item.Raw)) {
			switch string(m.Name) {
			case "email":
				one.rawEmail = m.Value
				one.email = strings.ToLower(strings.TrimSpace(unquote(m.Value)))
			case "role":
				one.role = m.Value
			case "status":
				one.status = unquote(m.Value)
			case "inviteToken":
				one.token = unquote(m.Value)
			case "invitedAt":
				one.invited = m.Value
			}
		}
		if item.HasID && one.email != "" {
			all = append(all, one)
		}
	}
	return all
}

// unquote is the text of a JSON string; "" of everything else.
func unquote(value []byte) string {
	if plan.KindOf(value) != plan.String {
		return ""
	}
	text, _ := jsontext.AppendUnquote(nil, value)
	return string(text)
}

// name remembers which ids the session gives its collaborators.
func (p *people) name(all []person) {
	for _, one := range all {
		p.ids[one.id] = one.email
	}
}

// there is the target's id of a collaborator, given the session's.
func (p *people) there(id []byte) ([]byte, bool) {
	n, ok := plan.Int64(id)
	one, known := p.target[p.ids[n]]
	switch {
	case !ok || !known:
		return nil, false
	case one.id == n:
		return bytes.Clone(id), true
	}
	return strconv.AppendInt(nil, one.id, 10), true
}

// here is the session's id of a collaborator, given the target's; nil where it has none.
func (p *people) here(id []byte) []byte {
	n, _ := plan.Int64(id)
	for session, email := range p.ids {
		if email == p.back[n] && email != "" {
			return strconv.AppendInt(nil, session, 10)
		}
	}
	return nil
}

// meet remembers a collaborator of the target's.
func (p *people) meet(one person) {
	p.target[one.email] = one
	p.back[one.id] = one.email
}

// renewed says whether an invitation was made anew.
func renewed(before, now person) bool {
	return before.status == now.status && (before.token != now.token || !plan.Equal(before.invited, now.invited))
}
