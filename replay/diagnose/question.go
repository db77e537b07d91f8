package diagnose

import (
	"slices"
	"sort"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
)

// question is one difference, and the evidence about its item.
type question struct {
	*view
	d       *diff.Difference
	own     bool // something differs beside what deltas never carry filled, and spellings
	held    content
	wanted  content
	facts   []fact
	told    []sighting
	writes  []write
	base    *write           // the last that brought what the cache holds; nil where none did
	top     *fact            // of those that the server's plan can hold, the delta of the highest version
	carrier *fact            // it, or one without a version, where it brought what the server holds
	lower   int64            // the server is known to have held something else up to this version at least
	span    int64            // and by the versions that answers call themselves up to this one
	lowerAt moment           // the record that says so
	apart   *diff.Difference // how the API and the database differ about the item; nil where they do not, or that decides nothing
	beside  bool             // the difference is one between the API, in the cache's place, and the database
}

// write is a record that said what the client holds of the item.
type write struct {
	moment
	fact     *fact
	sighting *sighting
	had, has content
}

const googleSync = "googleSync"

// Harmless tells a field whose difference is expected: an instant in another spelling, or what
// deltas never carry filled.
func Harmless(f *diff.Field) bool {
	below, ok := strings.CutPrefix(f.Path, googleSync)
	return f.SameInstant || ok && (below == "" || below[0] == '.' || below[0] == '[')
}

func newQuestion(v *view, d *diff.Difference) *question {
	q := &question{view: v, d: d, held: contentOf(d.Cached), wanted: contentOf(d.Server), apart: v.against(d.Item)}
	q.own = d.Kind != diff.Stale || slices.ContainsFunc(d.Fields, func(f diff.Field) bool { return !Harmless(&f) })
	if v.t == nil {
		return q
	}
	if h := v.t.items[d.Item]; h != nil {
		limit := v.t.last.n
		q.facts = h.facts[:sort.Search(len(h.facts), func(i int) bool { return h.facts[i].n > limit })]
		q.told = h.told[:sort.Search(len(h.told), func(i int) bool { return h.told[i].n > limit })]
	}
	if v.stored && v.t.items[d.Item] != nil {
		q.held = v.t.items[d.Item].held
	}
	q.listWrites()
	q.findBase()
	q.findTop()
	q.findLower()
	q.findCarrier()
	return q
}

// listWrites puts deltas and answers in the order in which they came.
func (q *question) listWrites() {
	q.writes = make([]write, 0, len(q.facts)+len(q.told))
	k := 0
	for i := range q.told {
		for ; k < len(q.facts) && q.facts[k].n < q.told[i].n; k++ {
			f := &q.facts[k]
			q.writes = append(q.writes, write{f.moment, f, nil, f.had, f.held})
		}
		s := &q.told[i]
		q.writes = append(q.writes, write{s.moment, nil, s, s.had, s.held})
	}
	for ; k < len(q.facts); k++ {
		f := &q.facts[k]
		q.writes = append(q.writes, write{f.moment, f, nil, f.had, f.held})
	}
}

// findBase looks for the record since which the client has held what it holds.
func (q *question) findBase() {
	for i := len(q.writes) - 1; i >= 0 && q.writes[i].has == q.held; i-- {
		if q.writes[i].had != q.held {
			q.base = &q.writes[i]
			return
		}
	}
}

// serves tells whether a content is what the server's plan shows, or why it does not show the item:
// its dates.
func (q *question) serves(c content) bool {
	if c == q.wanted {
		return true
	}
	if q.wanted != none || c == none || c == q.held {
		return false
	}
	for i := range q.facts {
		if f := &q.facts[i]; f.carried == c && q.leavesOutAt(q.d.Item.Type, f.when) {
			return true
		}
	}
	return false
}

// brings tells whether a delta carried what the server holds.
func (q *question) brings(f *fact) bool {
	if f.action != contract.ActionDeleted && f.carried == none {
		return false // it came without the item
	}
	if f.action == contract.ActionDeleted {
		return q.wanted == none
	}
	return f.carried == q.wanted
}

// explains tells whether a delta carried what the server holds, or took the item out of the dates
// of its plan.
func (q *question) explains(f *fact) bool {
	return q.brings(f) || q.wanted == none && f.action != contract.ActionDeleted && q.leavesOutAt(q.d.Item.Type, f.when)
}

func (q *question) findTop() {
	for i := range q.facts {
		f := &q.facts[i]
		if f.version == 0 || q.server > 0 && f.version > q.server {
			continue
		}
		if q.top == nil || f.version > q.top.version || f.version == q.top.version && (applied(f.outcome.Result) || !applied(q.top.outcome.Result)) {
			q.top = f
		}
	}
}

// findLower finds the versions up to which the server is known to have held something else than
// now: what changed the item came after that.
func (q *question) findLower() {
	if q.top != nil {
		q.lower, q.span, q.lowerAt = q.top.version, q.top.version, q.top.moment
	}
	last := q.lastOtherwise()
	if last < 0 {
		return
	}
	if floor := q.floors[last]; floor > q.lower {
		q.lower, q.lowerAt = floor, q.t.answers[last].moment
	}
	for i := 0; i <= last; i++ {
		if a := &q.t.answers[i]; !a.portal && q.otherwise(i) {
			q.span = max(q.span, a.version)
		}
	}
	q.span = max(q.span, q.lower)
}

// toldBy is what an answer told of the item.
func (q *question) toldBy(answer int) content {
	i := sort.Search(len(q.told), func(i int) bool { return q.told[i].answer > answer })
	if i == 0 {
		return none
	}
	return q.told[i-1].told
}

// otherwise tells whether an answer shows that the server held something else than it does now. An
// item that is not in it may have lain outside its dates.
func (q *question) otherwise(answer int) bool {
	a := &q.t.answers[answer]
	told := q.toldBy(answer)
	if a.portal || told == q.wanted {
		return false
	}
	if told == none && q.d.Server != nil && !a.end.IsZero() && outside(q.d.Item.Type, q.d.Server, a.start, a.end) {
		return false
	}
	return true
}

// lastOtherwise is the index of the latest answer that shows the server to have held something
// else; -1 where none does.
func (q *question) lastOtherwise() int {
	for i := len(q.t.answers) - 1; i >= 0; i-- {
		if q.otherwise(i) {
			return i
		}
	}
	return -1
}

func (q *question) findCarrier() {
	if q.top != nil && q.brings(q.top) && q.top.version > q.lowerByAnswers() {
		q.carrier = q.top
	}
	for i := range q.facts {
		if f := &q.facts[i]; f.version == 0 && q.brings(f) && !q.toldOtherwiseAfter(f) {
			q.carrier = f
		}
	}
}

// lowerByAnswers is the highest version at which answers show the server to have held something
// else for sure.
func (q *question) lowerByAnswers() int64 {
	if last := q.lastOtherwise(); last >= 0 {
		return q.floors[last]
	}
	return 0
}

// toldOtherwiseAfter tells whether an answer that was asked for after a delta came shows that the
// server held something else.
func (q *question) toldOtherwiseAfter(f *fact) bool {
	last := q.lastOtherwise()
	return last >= 0 && q.t.answers[last].timed && q.t.answers[last].sent >= f.at
}
