package witness

import (
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// Testimony is what the database says of one plan at one moment.
type Testimony struct {
	Version int64 // of the plan

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
	doubt  string // why it is not known; empty where it is
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

// doubts says of the items that the database has why it is not known whether a plan shows them, where it is not.
func (t *Testimony) doubts() map[contract.Item]string {
	doubts := map[contract.Item]string{}
	for i := range t.lists {
		for k := range t.lists[i] {
			if r := &t.lists[i][k]; r.doubt != "" {
				doubts[contract.Item{Type: typeOf[i], ID: r.id}] = r.doubt
			}
		}
	}
	return doubts
}

// Beside is the plan as the database tells it to be held against another: rows that are in doubt are there if the other has
// them, and what the database cannot tell, or not in another way, is what the other says.
func (t *Testimony) Beside(other *plan.Plan) *plan.Plan {
	var theirs [len(typeOf)]map[int64][]byte
	for i, list := range []*plan.List{&other.Appointments, &other.Bills, &other.Collaborators} {
		theirs[i] = make(map[int64][]byte, list.Len())
		for k := list.Len() - 1; k >= 0; k-- { // of those with the same id the first counts
			theirs[i][list.ID(k)] = list.Raw(k)
		}
	}
	text := t.text(func(list int, r *row) []byte {
		raw, found := theirs[list][r.id]
		switch {
		case found:
			return retold(r.text, raw)
		case r.doubt != "":
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

// retold is an object of the database's beside another's of the same item: it lacks nothing that the database does not know,
// and says in the other's words what means the same.
func retold(ours, theirs []byte) []byte {
	known, told := plan.Members(nil, ours), plan.Members(nil, theirs)
	find := func(members []plan.Member, name []byte) []byte {
		for _, m := range members {
			if string(m.Name) == string(name) {
				return m.Value
			}
		}
		return nil
	}
	w := writer{}
	w.open('{')
	for _, m := range known {
		value := find(told, m.Name)
		switch {
		case value == nil && plan.KindOf(m.Value) == plan.Null:
			continue // an older server, which does not know the field
		case value == nil || !meansSame(string(m.Name), m.Value, value):
			value = m.Value
		}
		w.member(string(m.Name), false, func(dst []byte) []byte { return append(dst, value...) })
	}
	for _, m := range told {
		if find(known, m.Name) == nil {
			w.member(string(m.Name), false, func(dst []byte) []byte { return append(dst, m.Value...) })
		}
	}
	w.shut('}')
	return w.out
}

// meansSame reports whether the database cannot tell its own value from another: who is shown an invitation's token is not
// known, and moments are kept and written with more or fewer digits.
func meansSame(name string, ours, theirs []byte) bool {
	if name == "inviteToken" {
		return true
	}
	a, isTime := plan.Instant(ours)
	b, both := plan.Instant(theirs)
	return isTime && both && a.Sub(b).Abs() < time.Second
}
