package plancache

import (
	"encoding/json"
	"strconv"

	"github.com/carebase/deltatap/replay/plan"
)

// The app keeps its lists as arrays, and finds an item by comparing ids with ===: the first one
// that is equal counts, an id may be anything, two items may have the same one, and an item may
// have another id than the delta that brought it.

// appID is an id as the app compares it. Integers are in n, everything else in odd, so that equal
// ids are equal appIDs.
type appID struct {
	n   int64
	odd string // "" for an integer
}

// undefined is the id of what has none.
var undefined = appID{odd: "undefined"}

// mostExact is up to where JavaScript tells all integers apart.
const mostExact = 1<<53 - 1

func integerID(n int64) appID {
	if n < -mostExact || n > mostExact {
		return numberID(float64(n))
	}
	return appID{n: n}
}

func numberID(f float64) appID {
	return appID{odd: strconv.FormatFloat(f, 'g', -1, 64)}
}

// valueID returns the id that a JSON value is. It is not ok for an object or an array, which equals
// nothing but itself.
func valueID(raw []byte) (id appID, ok bool) {
	switch plan.KindOf(raw) {
	case plan.None:
		return undefined, true
	case plan.Number:
		if n, whole := plan.Int64(raw); whole {
			return integerID(n), true
		}
		f, _ := strconv.ParseFloat(string(raw), 64)
		return numberID(f), true
	case plan.String:
		var text string
		_ = json.Unmarshal(raw, &text)
		return appID{odd: `"` + text}, true
	case plan.Null, plan.Bool:
		return appID{odd: string(raw)}, true
	}
	return appID{}, false
}

// itemID returns the id of an element of a list. Null has none, on which the app would fail.
func itemID(raw []byte) (id appID, ok bool) {
	if plan.KindOf(raw) == plan.Null {
		return appID{}, false
	}
	return valueID(plan.Get(raw, "id"))
}

// seek returns the place of the first item of an id, or -1.
func (l *list) seek(id appID) int {
	if id.odd == "" {
		return l.index.find(id.n, l.entries)
	}
	if i, ok := l.odd[id.odd]; ok {
		return i
	}
	return -1
}

// lead makes an entry the first one of its id.
func (l *list) lead(id appID, place int) {
	if next := l.seek(id); next >= 0 && next != place {
		l.setTwin(place, next)
	}
	l.point(id, place)
}

// point has an id found at a place.
func (l *list) point(id appID, place int) {
	if id.odd == "" {
		l.index.set(id.n, place, l.entries)
	} else {
		l.setOdd(id.odd, place)
	}
}

func (l *list) setOdd(id string, place int) {
	if l.odd == nil {
		l.odd = map[string]int{}
	}
	l.odd[id] = place
}

func (l *list) setTwin(place, next int) {
	if l.twins == nil {
		l.twins = map[int]int{}
	}
	l.twins[place] = next
}

// unlead takes the first entry of an id out of its order: the next one of that id, if any, is the
// first from then on.
func (l *list) unlead(id appID, place int) {
	next, more := l.twins[place]
	delete(l.twins, place)
	switch {
	case more:
		l.point(id, next)
	case id.odd == "":
		l.index.remove(id.n, l.entries)
	default:
		delete(l.odd, id.odd)
	}
}

// before reports whether one place stands before another in the list's order.
func (l *list) before(a, b int) bool {
	behind := len(l.entries) - l.inFront
	if a >= behind && b >= behind {
		return a > b
	}
	return a >= behind || b < behind && a < b
}

// enlist puts an entry into the order of its id, wherever it stands in the list.
func (l *list) enlist(id appID, place int) {
	at := l.seek(id)
	if at < 0 || l.before(place, at) {
		l.lead(id, place)
		return
	}
	for {
		next, more := l.twins[at]
		if !more || l.before(place, next) {
			l.setTwin(at, place)
			if more {
				l.setTwin(place, next)
			}
			return
		}
		at = next
	}
}

// identify gives an entry its id. Entries without an integer id are foreign.
func (e *entry) identify(id appID, ok bool) {
	e.id, e.state = 0, foreign
	if ok && id.odd == "" {
		e.id, e.state = id.n, live
	}
}

// push puts an entry in front of the list. Its id may be none (ok is false).
func (l *list) push(e entry, id appID, ok bool) {
	e.identify(id, ok)
	l.entries = append(l.entries, e)
	l.inFront++
	l.live++
	if ok {
		l.lead(id, len(l.entries)-1)
	}
}

// exchange gives the first entry of an id another id, in its place.
func (l *list) exchange(place int, was, id appID, ok bool) {
	l.unlead(was, place)
	l.entries[place].identify(id, ok)
	if ok {
		l.enlist(id, place)
	}
}

// drop takes the first entry of an id out of the list.
func (l *list) drop(place int, id appID) {
	l.unlead(id, place)
	l.entries[place].state = nothing
	l.live--
	l.holes++
	l.closeMany()
}
