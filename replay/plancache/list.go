package plancache

import (
	"iter"
	"maps"
	"math"
	"time"
)

// Values of an entry that mean "none".
const (
	noVersion = math.MinInt64
	never     = time.Duration(-1)
)

// entry is one item of a list, or what a deleted one left behind.
type entry struct {
	id      int64
	version int64         // what the item holds; noVersion where nothing is known
	touched time.Duration // when a delta changed it last; never where none did
	block   block
	size    uint32 // bytes of the item
	state   entryState
	guessed bool // version is the planVersion of the answer; the answer's floor is what is sure
}

type entryState uint8

const (
	live    entryState = iota
	gone               // deleted; the entry keeps the version
	nothing            // a hole: the item is not there any more, or its id has another entry
	foreign            // an element without an integer id
)

// there reports whether the entry is an item of the list.
func (e *entry) there() bool { return e.state == live || e.state == foreign }

// list holds the items of one type in order.
type list struct {
	entries []entry
	index   index // of each integer id its entry, live or gone; the first one in the list's order where there are several
	live    int   // items there are, foreign ones included
	holes   int

	// What follows is for the app's lists alone: see applist.go.
	inFront int            // so many entries, the last ones, stand in front of the others, the latest first
	odd     map[string]int // of each id that is no integer the first entry
	twins   map[int]int    // from an entry to the next one of the same id
	buried  map[int64]entry
}

func newList(size int) list {
	l := list{entries: make([]entry, 0, size)}
	l.index.grow(2*size+16, nil)
	return l
}

// find returns the entry of an id, live or gone, or nil. It is valid until the list changes.
func (l *list) find(id int64) *entry {
	if i := l.index.find(id, l.entries); i >= 0 {
		return &l.entries[i]
	}
	return nil
}

// order yields the places of the entries in the list's order.
func (l *list) order() iter.Seq[int] {
	return func(yield func(int) bool) {
		behind := len(l.entries) - l.inFront
		for i := len(l.entries) - 1; i >= behind; i-- {
			if !yield(i) {
				return
			}
		}
		for i := range behind {
			if !yield(i) {
				return
			}
		}
	}
}

// add puts an entry at the end.
func (l *list) add(e entry) {
	if e.there() {
		l.live++
	}
	l.entries = append(l.entries, e)
	if e.state != foreign {
		l.index.set(e.id, len(l.entries)-1, l.entries)
	}
}

// revive puts an entry at the end whose id is that of a deleted one.
func (l *list) revive(e entry) {
	l.find(e.id).state = nothing
	l.holes++
	l.add(e)
	l.closeMany()
}

// closeMany takes the holes out where they are more than half of the list.
func (l *list) closeMany() {
	if l.holes > len(l.entries)/2 {
		l.close()
	}
}

// close takes the holes out.
func (l *list) close() {
	n := newList(len(l.entries) - l.holes)
	n.live, n.buried = l.live, l.buried
	moved := make([]int, len(l.entries))
	for i := range l.order() {
		if l.entries[i].state != nothing {
			moved[i] = len(n.entries)
			n.entries = append(n.entries, l.entries[i])
		}
	}
	for i := len(n.entries) - 1; i >= 0; i-- { // so that of several entries of one id the first one stands
		if e := &n.entries[i]; e.state != foreign {
			n.index.set(e.id, i, n.entries)
		}
	}
	for id, i := range l.odd {
		n.setOdd(id, moved[i])
	}
	for i, next := range l.twins {
		n.setTwin(moved[i], moved[next])
	}
	*l = n
}

func (l *list) clone() list {
	c := *l
	c.entries = append([]entry(nil), l.entries...)
	c.index.places = append([]uint32(nil), l.index.places...)
	c.odd, c.twins, c.buried = maps.Clone(l.odd), maps.Clone(l.twins), maps.Clone(l.buried)
	return c
}
