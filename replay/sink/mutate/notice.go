package mutate

import (
	"bytes"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/sink"
)

// notice is a delta that says that collaborators changed; what, the session's next plan tells.
type notice struct {
	job   *job
	index int
	what  string
}

// abandon gives up what is held.
func (t *Translator) abandon() (units []unit) {
	for _, n := range t.release() {
		units = append(units, unit{n.job, func() step { return unfits(n.index, n.what, reasonNoPlan) }})
	}
	return units
}

// release lets go of what is held, which is to be expressed now.
func (t *Translator) release() []*notice {
	held := t.held
	t.held = nil
	for _, n := range held {
		n.job.waits--
	}
	return held
}

// explain expresses what is held, now that a plan shows the collaborators. The changes belong to
// the notices in their order; where there are more of them, the rest belongs to the last.
func (t *Translator) explain(now []person) (units []unit) {
	held := t.release()
	if len(held) == 0 {
		return nil
	}
	changes := t.invitations(now)
	for i, n := range held {
		switch {
		case len(changes) == 0:
			units = append(units, unit{n.job, func() step { return unfits(n.index, n.what, reasonNoChange) }})
			continue
		case i == len(held)-1:
			for _, express := range changes {
				units = append(units, unit{n.job, func() step { return express(n) }})
			}
		default:
			express := changes[0]
			units = append(units, unit{n.job, func() step { return express(n) }})
			changes = changes[1:]
		}
	}
	return units
}

// invitations are what the routes for collaborators can make of a plan's.
func (t *Translator) invitations(now []person) (changes []func(n *notice) step) {
	gone := map[string]person{}
	for email, one := range t.people.session {
		gone[email] = one
	}
	for _, one := range now {
		before, known := gone[one.email]
		delete(gone, one.email)
		joins := one.status == "accepted" && (!known || before.status != one.status)
		if !known || !joins && renewed(before, one) {
			changes = append(changes, func(n *notice) step { return t.invited(n, one) })
		}
		if joins {
			changes = append(changes, func(n *notice) step { return t.accepted(n, one) })
		}
		if known && !bytes.Equal(before.role, one.role) {
			changes = append(changes, func(n *notice) step { return unfits(n.index, n.what, reasonPerson) })
		}
	}
	for email := range gone {
		delete(t.people.session, email)
		changes = append(changes, func(n *notice) step { return unfits(n.index, n.what, reasonPerson) })
	}
	return changes
}

// invited expresses an invitation, a first or a new one.
func (t *Translator) invited(n *notice, one person) step {
	body := append([]byte(`{"email":`), one.rawEmail...)
	if one.role != nil {
		body = append(append(body, `,"role":`...), one.role...)
	}
	m := &Mutation{
		Delta: n.index, What: n.what, Method: http.MethodPost, Path: "/api/collaborators", Body: append(body, '}'),
	}
	m.done = func(answer []byte) []sink.Unfit {
		pending := one
		pending.status = "pending"
		t.people.session[one.email] = pending
		if answered, ok := invitation(answer); ok {
			t.people.meet(answered)
		}
		return nil
	}
	return makes(m)
}

// invitation is the collaborator in the answer to an invitation:
// {"collaborator":{…},"resent":false}.
func invitation(answer []byte) (person, bool) {
	body := append(append([]byte(`{"bills":[],"collaborators":[`), plan.Get(answer, "collaborator")...), `]}`...)
	if p, err := plan.Parse(body); err == nil {
		for _, one := range readPeople(p) {
			return one, true
		}
	}
	return person{}, false
}

// accepted expresses that somebody accepted an invitation. The target's own token of it goes into
// the request.
func (t *Translator) accepted(n *notice, one person) step {
	if !t.Contributor {
		return unfits(n.index, n.what, reasonContributor)
	}
	m := &Mutation{
		Delta: n.index, What: n.what, As: Contributor, Method: http.MethodPost, Path: "/api/collaborators/accept",
		shown: `{"token":"***"}`,
	}
	m.late = func() []byte {
		token := t.people.target[one.email].token
		if token == "" {
			return nil
		}
		quoted, _ := jsontext.AppendQuote([]byte(`{"token":`), token)
		return append(quoted, '}')
	}
	m.done = func([]byte) []sink.Unfit {
		t.people.session[one.email] = one
		return nil
	}
	return makes(m)
}
