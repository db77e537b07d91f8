package witness

import (
	"bytes"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// Testimony is what the database says of one plan at one moment.
type Testimony struct {
	Version int64 // of the plan
	Owner   bool  // the user owns the plan; false: they accepted to collaborate on it
	// Newer tells of the rows whose age is known whether they were written after the version was
	// bumped last.
	Newer map[contract.Item]bool

	head, tail []byte // the plan's text before its lists, and between bills and collaborators
	lists      [3][]row
}

// The lists of a plan, in its order.
const (
	appointments = iota
	bills
	collaborators
)

// typeOf is the item type of each list.
var typeOf = [...]string{contract.TypeAppointment, contract.TypeBill, diff.TypeCollaborator}

// row is one element of a list.
type row struct {
	id     int64
	text   []byte // JSON
	listed bool   // a plan shows it, as far as that is known
	open   bool   // it is not known
}

// JSON is the plan in the shape of /api/plan, without googleSync.
func (t *Testimony) JSON() []byte {
	return t.text(func(_ int, r *row) []byte {
		if !r.listed {
			return nil
		}
		return r.text
	})
}

// Beside is the plan as the database tells it to be held against another: rows of which it is not
// known whether a plan shows them are there if the other has them, and what the database cannot
// tell, or not in another way, is what the other says.
func (t *Testimony) Beside(other *plan.Plan) *plan.Plan {
	var theirs [len(typeOf)]map[int64][]byte
	for i, list := range []*plan.List{&other.Appointments, &other.Bills, &other.Collaborators} {
		theirs[i] = make(map[int64][]byte, list.Len())
		for k := list.Len() - 1; k >= 0; k-- { // of those with the same id the first counts
			theirs[i][list.ID(k)] = list.Raw(k)
		}
	}
	tell := [len(typeOf)]reteller{
		{unknown: t.unknown(appointments, &other.Appointments)},
		{unknown: t.unknown(bills, &other.Bills)},
		{unknown: t.unknown(collaborators, &other.Collaborators)},
	}
	text := t.text(func(list int, r *row) []byte {
		raw, found := theirs[list][r.id]
		switch {
		case found:
			return tell[list].retold(r.text, raw)
		case r.open:
			return nil
		}
		return r.text
	})
	parsed, err := plan.Parse(text)
	if err != nil {
		panic("witness: wrote what is no plan: " + err.Error())
	}
	return parsed
}

// unknown are the members of a list's elements that none of another's has: its server does not know
// them, and says nothing.
func (t *Testimony) unknown(list int, other *plan.List) map[string]bool {
	unknown := map[string]bool{}
	if len(t.lists[list]) > 0 {
		for _, m := range plan.Members(nil, t.lists[list][0].text) {
			unknown[string(m.Name)] = true
		}
	}
	var read plan.Reader
	var members []plan.Member
	for i := 0; i < other.Len() && len(unknown) > 0; i++ { // the first has them all, as a rule
		members = read.Members(members[:0], other.Raw(i))
		for _, m := range members {
			delete(unknown, string(m.Name))
		}
	}
	return unknown
}

// text puts the plan together; an element that shown returns nil for is left out.
func (t *Testimony) text(shown func(list int, r *row) []byte) []byte {
	w := writer{out: append([]byte(nil), t.head...)}
	for i := range t.lists {
		if i == collaborators {
			w.raw(t.tail)
		}
		w.open('[', [...]string{"appointments", "bills", "collaborators"}[i])
		for k := range t.lists[i] {
			if text := shown(i, &t.lists[i][k]); text != nil {
				w.raw(text)
			}
		}
		w.shut(']')
	}
	w.shut('}')
	return w.out
}

// reteller tells objects in another's words. Reuse it for those of one list: it remembers where
// members stand.
type reteller struct {
	unknown                map[string]bool // members that the other does not know
	readOurs, readTheirs   plan.Reader
	ours, theirs           []plan.Member
	matchOurs, matchTheirs plan.Matcher
}

// retold is an object of the database's beside another's of the same item: it lacks nothing that
// the database does not know, and says in the other's words what means the same.
func (t *reteller) retold(ours, theirs []byte) []byte {
	t.ours, t.theirs = t.readOurs.Members(t.ours[:0], ours), t.readTheirs.Members(t.theirs[:0], theirs)
	t.matchOurs.Against(t.ours)
	t.matchTheirs.Against(t.theirs)
	w := writer{out: make([]byte, 0, len(ours)+len(theirs))}
	w.open('{')
	for i, m := range t.ours {
		value := m.Value
		if k := t.matchTheirs.Find(i, m.Name); k >= 0 {
			if meansSame(m.Name, value, t.theirs[k].Value) {
				value = t.theirs[k].Value
			}
		} else if plan.KindOf(value) == plan.Null || t.unknown[string(m.Name)] {
			continue
		}
		w.given(m.Name, value)
	}
	for i, m := range t.theirs {
		if t.matchOurs.Find(i, m.Name) < 0 {
			w.given(m.Name, m.Value)
		}
	}
	w.shut('}')
	return w.out
}

// meansSame reports whether the database cannot tell its own value from another: who is shown an
// invitation's token is not known, and moments are kept and written with more or fewer digits.
func meansSame(name, ours, theirs []byte) bool {
	if bytes.Equal(ours, theirs) || string(name) == "inviteToken" {
		return true
	}
	a, isTime := rawjson.ReadInstant(ours)
	b, both := rawjson.ReadInstant(theirs)
	return isTime && both && a.Sub(b).Abs() < time.Second
}

// Apart reports whether two plans are of two versions, so that they cannot be held against each
// other.
func Apart(api *plan.Plan, database *Testimony) bool {
	return !api.HasVersion || api.Version != database.Version
}
