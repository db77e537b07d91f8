package diagnose

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// where tells in which stretches of the client's life an absent version may have been emitted, as a
// set.
type where uint8

const (
	between   where = 1 << iota // on a connection on which a later version came
	edge                        // on a connection, but at its end or its beginning, next to a break
	deafness                    // on a connection on which nothing came afterwards until it ended, or the session did
	gap                         // without a connection
	beforeAll                   // before the session begins
	afterAll                    // after all that the session tells of
)

// absence is a run of versions, both ends included, that no delta brought.
type absence struct {
	from, to    int64
	coalescible bool // a later delta of the same tick may have taken their place
	at          where
	low, high   moment // the records that frame it: the last that knew less, the first that knew of it; n is 0 for none
	earliest    time.Duration
	latest      time.Duration
	polled      bool // an answer told of it before any delta that came later
}

func (a *absence) len() int64 { return a.to - a.from + 1 }

// findAbsences lists the versions up to one that no delta brought, with where they may have been
// emitted.
func (t *Timeline) findAbsences(server int64, dated func(int64) (time.Duration, bool), live bool) []absence {
	came := slices.Clone(t.came)
	slices.SortStableFunc(came, func(a, b arrival) int { return cmp.Compare(a.version, b.version) })
	var out []absence
	next := int64(1)
	if t.agreed != nil {
		if t.agreed.version == math.MaxInt64 {
			return nil
		}
		next = max(next, t.agreed.version+1)
	}
	for i := range came {
		if v := came[i].version; v > next {
			out = t.splitAbsence(out, absence{from: next, to: v - 1, coalescible: absorbs(came, i)}, dated, live)
		}
		if came[i].version == math.MaxInt64 {
			return out // there is none above it
		}
		next = max(next, came[i].version+1)
	}
	if top := max(server, t.heardOf()); top >= next {
		out = t.splitAbsence(out, absence{from: next, to: top}, dated, live)
	}
	return out
}

// absorbs tells whether the versions below an arrival can have been coalesced: its message holds a
// delta that absorbs, above them, and no other message's version lies between.
func absorbs(came []arrival, i int) bool {
	for k := i; k < len(came) && came[k].n == came[i].n; k++ {
		if came[k].absorbs {
			return true
		}
	}
	return false
}

// splitAbsence cuts a run where answers told of a part of it, and appends the pieces.
func (t *Timeline) splitAbsence(out []absence, a absence, dated func(int64) (time.Duration, bool), live bool) []absence {
	for {
		piece := a
		i := t.firstTold(a.from)
		if i < len(t.points) {
			piece.to = min(a.to, max(t.points[i].version, t.points[i].before))
		}
		if piece.coalescible && i < len(t.points) && !t.points[i].delta && t.toldLongBefore(i, a.to+1) {
			piece.coalescible = false
		}
		t.placeAbsence(&piece, i, dated, live)
		out = append(out, piece)
		if piece.to >= a.to {
			return out
		}
		a.from = piece.to + 1
	}
}

// tick is how long after an answer that told of a version the message of its tick may come at the
// most.
const tick = time.Second

// toldLongBefore tells whether an answer, point i, told of a version so long before the delta of a
// later one came that the two are of different ticks.
func (t *Timeline) toldLongBefore(i int, version int64) bool {
	for k := i; k < len(t.points); k++ {
		if p := &t.points[k]; p.delta && p.version >= version {
			return p.at-t.points[i].at > tick
		}
	}
	return false
}

// placeAbsence finds out where a run may have been emitted: point i is the first that told of it.
func (t *Timeline) placeAbsence(a *absence, i int, dated func(int64) (time.Duration, bool), live bool) {
	a.earliest, a.latest = math.MinInt64, math.MaxInt64
	if i > 0 {
		p := &t.points[i-1]
		a.low, a.earliest = p.moment, p.since
	}
	if i < len(t.points) {
		p := &t.points[i]
		a.high, a.latest, a.polled = p.moment, p.at, !p.delta
	}
	if at, ok := dated(a.from - 1); ok && a.from > 1 {
		a.earliest = max(a.earliest, t.offset.earliest(at))
	} else if at, ok := dated(a.from); ok {
		a.earliest = max(a.earliest, t.offset.earliest(at))
	}
	if at, ok := dated(a.to); ok {
		a.latest = min(a.latest, t.offset.latest(at))
		if a.from == a.to {
			a.earliest = max(a.earliest, t.offset.earliest(at))
		}
	}
	if a.latest < a.earliest { // the clocks say what cannot be
		a.latest = max(a.latest, a.high.at)
		a.earliest = min(a.earliest, a.latest)
	}
	a.at = t.stretches(a, live)
}

// stretches tells where a run may have been emitted, by its earliest and its latest moment.
func (t *Timeline) stretches(a *absence, live bool) where {
	var w where
	if len(t.links) == 0 {
		w |= gap // no connection is in the session at all
	}
	start := time.Duration(0)
	for i := range t.links {
		l := &t.links[i]
		if a.earliest < l.from.at && a.latest > start {
			if i == 0 && !l.assumed {
				w |= beforeAll
			} else if i > 0 {
				w |= gap
			}
		}
		end, open := l.to.at, l.to.n == 0
		if open {
			end = t.last.at
		}
		start = end
		if a.latest < l.from.at || a.earliest > end && !open {
			continue
		}
		switch {
		case l.highest > a.to && t.onOneLink(a, l):
			w |= between
		case l.highest > a.to:
			w |= edge
		case a.earliest <= end || open && live:
			w |= deafness
		}
	}
	if a.earliest < 0 && (len(t.links) == 0 || t.links[0].assumed) {
		w |= beforeAll
	}
	if n := len(t.links); n > 0 && t.links[n-1].to.n > 0 && a.latest > t.links[n-1].to.at && !t.left {
		w |= gap
	}
	if a.high.n == 0 && a.latest >= t.last.at && !live {
		w |= afterAll
	}
	return w
}

// onOneLink tells whether a run cannot have been emitted anywhere but on one connection.
func (t *Timeline) onOneLink(a *absence, l *link) bool {
	return a.earliest >= l.from.at && (l.to.n == 0 || a.latest <= l.to.at)
}

// absences are those of a comparison, with counts before each, so that a span of versions is asked
// for by binary search.
type absences struct {
	list  []absence
	kinds [6][]int // the indexes of the runs of each kind, by the bits of where
}

func newAbsences(list []absence) *absences {
	a := &absences{list: list}
	for i := range list {
		for bit := range a.kinds {
			if list[i].at&(1<<bit) != 0 {
				a.kinds[bit] = append(a.kinds[bit], i)
			}
		}
	}
	return a
}

// ofKind is the indexes of the runs of one kind from low on, up to and without high.
func (a *absences) ofKind(bit, low, high int) []int {
	kind := a.kinds[bit]
	return kind[sort.SearchInts(kind, low):sort.SearchInts(kind, high)]
}

// span is the indexes of the runs that reach into from..to; there are none where nothing lies
// between the two.
func (a *absences) span(from, to int64) (low, high int) {
	if from > to {
		return 0, 0
	}
	low = sort.Search(len(a.list), func(i int) bool { return a.list[i].to >= from })
	high = sort.Search(len(a.list), func(i int) bool { return a.list[i].from > to })
	return low, max(low, high)
}

// has tells whether a run of from..to may have been emitted in one of the stretches.
func (a *absences) has(from, to int64, at where) bool {
	low, high := a.span(from, to)
	for bit := range a.kinds {
		if at&(1<<bit) != 0 && len(a.ofKind(bit, low, high)) > 0 {
			return true
		}
	}
	return false
}

// mostListed bounds the runs and versions that a finding lists.
const mostListed = 100

// in lists the runs of from..to that may have been emitted in one of the stretches, cut to the
// span; of very many the first. They are not to be changed.
func (a *absences) in(from, to int64, at where) []absence {
	low, high := a.span(from, to)
	indexes := a.listKinds(low, high, at)
	if n := len(indexes); n > 0 && indexes[n-1]-indexes[0] == n-1 { // they stand in one row, and are shared where none is cut
		row := a.list[indexes[0] : indexes[n-1]+1 : indexes[n-1]+1]
		if row[0].from >= from && row[n-1].to <= to {
			return row
		}
	}
	out := make([]absence, len(indexes))
	for k, i := range indexes {
		out[k] = a.list[i]
		out[k].from, out[k].to = max(out[k].from, from), min(out[k].to, to)
	}
	return out
}

// listKinds lists the indexes of the runs of some kinds, each once and in order; of very many the
// first.
func (a *absences) listKinds(low, high int, at where) (out []int) {
	for bit := range a.kinds {
		if at&(1<<bit) == 0 {
			continue
		}
		more := a.ofKind(bit, low, high)
		more = more[:min(len(more), mostListed)]
		if out == nil {
			out = more
			continue
		}
		out = slices.Concat(out, more)
		slices.Sort(out)
		out = slices.Compact(out)
		out = out[:min(len(out), mostListed)]
	}
	return out
}
