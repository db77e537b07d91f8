package campaign

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// row is an item as the database holds it.
type row struct {
	it      Item
	hidden  bool
	deleted bool
	before  *row // as it was before what has no version yet
	written int  // by which statement
}

// server keeps a plan's rows and its version, which are two statements of its.
type server struct {
	rows    map[string]*row
	version int
	updated time.Duration // by its own clock
	people  int
	pending map[string]int // how many changes of an item have no version yet
	past    []moment       // what it was before, where a replica may answer so

	statements, bumped int // how many were there, and which one bumped the version last
}

// moment is what the server was until some time.
type moment struct {
	at   time.Duration
	plan Plan
}

// firstVersion is the version that sessions begin with.
const firstVersion = 5

func newServer(s *Script) *server {
	v := &server{rows: map[string]*row{}, version: firstVersion, updated: -time.Hour, people: 2, pending: map[string]int{}}
	for i := range s.Bills {
		v.seed("bill", i)
	}
	for i := range s.Appointments {
		v.seed("appointment", i)
	}
	if r := v.rows["appointment:1"]; s.Edge && r != nil {
		r.it.Day = 0
	}
	if r := v.rows["bill:1"]; s.Edge && r != nil {
		r.it.Day = days
	}
	return v
}

func (v *server) seed(kind string, i int) {
	id := kind + ":" + string(rune('1'+i))
	v.rows[id] = &row{it: Item{ID: id, Value: 1000 + i, Day: 2 + i%4, Created: -24 * time.Hour}}
}

// write changes a row, and returns what its delta will carry; nothing where there is nothing to
// change.
func (v *server) write(step *Step, id string, clock time.Duration) (d delta, ok bool) {
	r := v.rows[id]
	if r == nil && step.Op == Create {
		r = &row{it: Item{ID: id, Value: step.Value, Day: 3, Created: clock}, before: &row{deleted: true}}
		v.rows[id] = r
		v.note(r)
		return delta{id: id, action: created, it: r.it}, true
	}
	if r == nil || r.deleted || r.hidden && step.Op != Show || step.Op == Create {
		return delta{}, false
	}
	before := *r
	r.before = &before
	d = delta{id: id, action: updated}
	v.apply(step, r)
	v.note(r)
	if r.deleted {
		d.action = deleted
	}
	d.it = r.it
	d.it.Google = 0
	return d, true
}

// away is how many days later an item is that was put off beyond the plan's dates.
const away = 10

func (v *server) apply(step *Step, r *row) {
	switch step.Op {
	case Update:
		r.it.Value = step.Value
	case Delete:
		r.deleted = true
	case Away:
		r.it.Day = r.it.Day%away + away
	case Back:
		r.it.Day %= away
	case Hide:
		r.hidden = true
	case Show:
		r.hidden = false
	}
}

func (v *server) bump(clock time.Duration) int {
	v.version++
	v.updated = clock
	v.statements++
	v.bumped = v.statements
	return v.version
}

// note counts the statement that wrote a row.
func (v *server) note(r *row) {
	v.statements++
	r.written = v.statements
}

// newer tells of each row that is there whether it was written after the version was bumped last.
func (v *server) newer() map[string]bool {
	all := map[string]bool{}
	for id, r := range v.rows {
		if !r.deleted {
			all[id] = r.written > v.bumped
		}
	}
	return all
}

// order sorts ids as the server lists them.
func order(ids []string) []string {
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(strings.Compare(a[:1], b[:1]), cmp.Compare(number(a), number(b)))
	})
	return ids
}

// plan is what /api/plan answers, of so many days from one on. Settled leaves out what has no
// version yet.
func (v *server) plan(from, length int, settled bool) Plan {
	p := Plan{Version: v.version, Updated: v.updated, From: from, To: from + length, People: v.people, loaded: true}
	for _, id := range order(slices.Collect(maps.Keys(v.rows))) {
		r := v.rows[id]
		if settled && v.pending[id] > 0 && r.before != nil {
			r = r.before
		}
		if !r.deleted && !r.hidden && p.shows(r.it) {
			it := r.it
			it.Google++
			p.Items = append(p.Items, it)
		}
	}
	return p
}

// copy returns a server that shares nothing with v.
func (v *server) copy() *server {
	c := *v
	c.rows, c.pending = map[string]*row{}, maps.Clone(v.pending)
	for id, r := range v.rows {
		kept := *r
		c.rows[id] = &kept
	}
	return &c
}

// remember keeps what the server is until now.
func (v *server) remember(at time.Duration, from, length int) {
	v.past = append(v.past, moment{at, v.plan(from, length, true)})
}

// then is what the server was at a moment, where it has changed since.
func (v *server) then(at time.Duration) (p Plan, ok bool) {
	for _, m := range v.past {
		if m.at >= at {
			return m.plan, true
		}
	}
	return p, false
}
