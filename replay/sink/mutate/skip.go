package mutate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
)

// skipped is what a session says of its items up to where it is taken up: which there are, and how
// to know them again on the target, which took some of the changes. What it holds of them now is
// what it says itself.
type skipped struct {
	items map[contract.Item][]byte
	over  bool // the session was taken up
}

// Skip is shown a record that is not sent. What comes behind one that was (another round) tells
// nothing new.
func (t *Translator) Skip(rec *session.Record) {
	if _, another := t.another(rec); another || t.skipped.over {
		return
	}
	switch {
	case rec.Kind == session.KindPlan && rec.Status == 200:
		if p, err := plan.Parse(rec.Body); err == nil {
			t.skipped.plan(t, p)
		}
	case rec.Kind == session.KindEvent && rec.Event == contract.Event:
		contract.Decode(rec.Args, &t.message)
		for _, i := range byVersion(t.message.Deltas) {
			t.skipped.delta(&t.message.Deltas[i])
		}
	}
}

// plan takes what a plan shows. Its collaborators are those that the next plan is compared with.
func (s *skipped) plan(t *Translator, p *plan.Plan) {
	for itemType, list := range map[string]*plan.List{contract.TypeAppointment: &p.Appointments, contract.TypeBill: &p.Bills} {
		for _, item := range list.All() {
			if item.HasID {
				s.put(contract.Item{Type: itemType, ID: item.ID}, item.Raw)
			}
		}
	}
	t.met = true
	all := readPeople(p)
	t.people.name(all)
	clear(t.people.session)
	for _, one := range all {
		t.people.session[one.email] = one
	}
}

func (s *skipped) delta(d *contract.Delta) {
	const needed = contract.FieldItemType | contract.FieldEntityID | contract.FieldAction
	switch {
	case d.Has&needed != needed:
	case d.Action == contract.ActionDeleted:
		delete(s.items, d.Item())
	case d.Payload() != nil:
		s.put(d.Item(), d.Payload())
	}
}

func (s *skipped) put(item contract.Item, raw []byte) {
	if s.items == nil {
		s.items = map[contract.Item][]byte{}
	}
	s.items[item] = append(s.items[item][:0], raw...)
}

// arrive is called where the session is taken up.
func (s *skipped) arrive(t *Translator) {
	if s.over {
		return
	}
	s.over = true
	var cards []*card
	for _, item := range slices.SortedFunc(maps.Keys(s.items), func(a, b contract.Item) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	}) {
		c := newCard(item.Type, s.items[item])
		c.item = item
		t.matcher.session.add(c)
		cards = append(cards, c)
	}
	s.items = nil
	t.meet(cards, false)
}
