package mutate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// IDs says which items of the target the session's are, by their ids, where the caller knows.
type IDs struct {
	Appointments map[int64]int64
	Bills        map[int64]int64
	Reviews      map[int64]int64 // by items.id: which pending review of the target a bill of the session came from
}

func (ids *IDs) of(item contract.Item) (int64, bool) {
	of := ids.Bills
	if item.Type == contract.TypeAppointment {
		of = ids.Appointments
	}
	id, ok := of[item.ID]
	return id, ok
}

// Knowledge is what a Translator begins with.
type Knowledge struct {
	Target      []byte // /api/plan of the target
	Session     []byte // the session's first plan; nil: that of the first plan record that comes by
	Behind      bool   // the session is taken up in the middle: what came before is shown to Skip
	IDs         IDs
	Contributor bool  // mutations can be made as a contributor
	User        int64 // the session's user whose plan this is; records of another are unfit. 0: the first who is named
	Home        int64 // the user whom the session's header names, whose are the records that name nobody; 0 where it names none
}

// Translator turns the records of a session into mutations, one after another. It does no I/O.
type Translator struct {
	Knowledge
	message contract.Message
	items   map[contract.Item]*item
	matcher matcher
	people  people
	met     bool // a plan of the session was seen
	skipped skipped
	held    []*notice
}

// NewTranslator makes a Translator. The error says which plan is none.
func NewTranslator(k Knowledge) (*Translator, error) {
	target, err := plan.Parse(k.Target)
	if err != nil {
		return nil, fmt.Errorf("the target's plan: %w", err)
	}
	t := &Translator{
		Knowledge: k,
		items:     map[contract.Item]*item{},
		matcher:   matcher{session: newPool(), target: newPool(), claimed: map[*card]bool{}},
		people:    newPeople(),
	}
	t.matcher.target.addPlan(target)
	for _, one := range readPeople(target) {
		t.people.meet(one)
	}
	if k.Session != nil {
		first, err := plan.Parse(k.Session)
		if err != nil {
			return nil, fmt.Errorf("the session's plan: %w", err)
		}
		if k.Behind {
			t.skipped.plan(t, first)
		} else {
			t.adopt(first)
		}
	}
	t.skipped.over = !k.Behind
	return t, nil
}

// Plan says which mutations a record becomes, as if all that came before were made; for a dry run.
// A Translator is either asked so, or belongs to a Sink that sends.
func (t *Translator) Plan(rec *session.Record) Plan {
	_, units := t.units(rec)
	return planOf(units)
}

// Rest says what becomes of what is still held after the last record.
func (t *Translator) Rest() Plan { return planOf(t.abandon()) }

func planOf(units []unit) (p Plan) {
	for _, u := range units {
		s := u.express()
		for _, unfit := range s.unfit {
			p.Unfit = append(p.Unfit, Unfit{u.job.n, unfit})
		}
		for _, m := range s.mutations {
			m.N = u.job.n
			p.Mutations = append(p.Mutations, *m)
			m.done(nil)
		}
	}
	return p
}

// unit is one change of a record. It is expressed when its turn has come: what that makes depends
// on what became of the one before it.
type unit struct {
	job     *job
	express func() step
}

// step is what a change becomes: mutations, which are made one after another, and what none of them
// expresses.
type step struct {
	mutations []*Mutation
	unfit     []sink.Unfit
}

// makes is a step of one mutation.
func makes(m *Mutation, unfit ...sink.Unfit) step { return step{[]*Mutation{m}, unfit} }

// unfits is a step that says why there is no mutation.
func unfits(delta int, what, reason string) step {
	return step{unfit: []sink.Unfit{{Delta: delta, What: what, Reason: reason}}}
}

// units are the changes that a record tells of, and those that it explains of records before it.
// They must be expressed before the record's memory is used again.
func (t *Translator) units(rec *session.Record) (own *job, units []unit) {
	t.skipped.arrive(t)
	own = &job{n: rec.N}
	if user, another := t.another(rec); another {
		if rec.Kind == session.KindEvent {
			units = whole(own, "user "+strconv.FormatInt(user, 10), reasonUser)
		}
		return own, units
	}
	switch {
	case rec.Kind == session.KindPlan && rec.Status == 200:
		return own, t.shown(rec.Body)
	case rec.Kind != session.KindEvent || sink.IsGreeting(rec):
		return own, nil
	case rec.Event != contract.Event:
		return own, whole(own, "event "+strconv.Quote(rec.Event), reasonEvent)
	}
	contract.Decode(rec.Args, &t.message)
	if !t.message.List {
		return own, whole(own, "event "+strconv.Quote(rec.Event), reasonMessage)
	}
	for _, i := range byVersion(t.message.Deltas) {
		units = append(units, unit{own, func() step { return t.delta(own, &t.message.Deltas[i], i) }})
	}
	return own, units
}

// another says whether a record is of another user than the one whose plan this is.
func (t *Translator) another(rec *session.Record) (user int64, another bool) {
	user = cmp.Or(rec.UserID(), t.Home)
	t.User = cmp.Or(t.User, user)
	return user, user != 0 && user != t.User
}

func whole(j *job, what, reason string) []unit {
	return []unit{{j, func() step { return unfits(-1, what, reason) }}}
}

// byVersion are the indexes of deltas in the order of their versions. One without a version stays
// behind the one before it.
func byVersion(deltas []contract.Delta) []int {
	order, versions := make([]int, len(deltas)), make([]int64, len(deltas))
	for i := range deltas {
		order[i], versions[i] = i, deltas[i].Version
		if deltas[i].Has&contract.FieldVersion == 0 && i > 0 {
			versions[i] = versions[i-1]
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(versions[a], versions[b]) })
	return order
}

// shown takes a plan that the session shows. The first says what the session knew of the target's
// items.
func (t *Translator) shown(body []byte) []unit {
	p, err := plan.Parse(body)
	if err != nil {
		return nil
	}
	first := !t.met
	t.adopt(p)
	if first {
		return nil
	}
	return t.explain(readPeople(p))
}

// adopt learns from a plan of the session's which items there are.
func (t *Translator) adopt(p *plan.Plan) {
	first := !t.met
	t.met = true
	all := readPeople(p)
	t.people.name(all)
	if first {
		for _, one := range all {
			t.people.session[one.email] = one
		}
	}
	var fresh []*card
	for _, c := range t.matcher.session.addPlan(p) {
		if t.items[c.item] == nil {
			fresh = append(fresh, c)
		}
	}
	t.meet(fresh, first)
}

// meet learns of items of the session, which are in its pool, and which of the target's they are.
// What the first plan says of them is what the target has; of those that come later it is what the
// target itself says.
func (t *Translator) meet(cards []*card, first bool) {
	var unsaid []*card
	for _, c := range cards {
		id, ok := t.IDs.of(c.item)
		if !ok {
			unsaid = append(unsaid, c)
			continue
		}
		t.items[c.item] = t.paired(c, id, t.matcher.target.byID[contract.Item{Type: c.item.Type, ID: id}], first)
	}
	found, why := t.matcher.match(unsaid)
	for _, c := range unsaid {
		if x := found[c]; x != nil {
			t.items[c.item] = t.paired(c, x.item.ID, x, first)
		} else {
			t.items[c.item] = &item{why: why[c]}
		}
	}
}

// paired is an item of the session's that is on the target under this id, as x where the target's
// plan shows it.
func (t *Translator) paired(c *card, id int64, x *card, first bool) *item {
	it := &item{id: id, fields: maps.Clone(c.fields)}
	if first {
		return it
	}
	for _, name := range patchable[c.item.Type] {
		delete(it.fields, name)
		if x == nil || x.fields[name] == nil {
			continue
		}
		value := x.fields[name]
		if name == assignedField && plan.KindOf(value) == plan.Number {
			value = t.people.here(value)
		}
		if value != nil {
			it.fields[name] = value
		}
	}
	return it
}
