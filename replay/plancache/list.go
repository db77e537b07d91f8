package plancache

import (
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
	nothing            // a hole: the id has another entry, further on
	foreign            // an element without an id
)

// list holds the items of one type in order.
type list struct {
	entries []entry
	index   index
	live    int // items there are, foreign ones included
	holes   int
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

// add puts an entry at the end.
func (l *list) add(e entry) {
	if e.state == live || e.state == foreign {
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
	if l.holes > len(l.entries)/2 {
		l.close()
	}
}

// close takes the holes out.
func (l *list) close() {
	n := newList(len(l.entries) - l.holes)
	for _, e := range l.entries {
		if e.state != nothing {
			n.add(e)
		}
	}
	*l = n
}

func (l *list) clone() list {
	c := *l
	c.entries = append([]entry(nil), l.entries...)
	c.index.places = append([]uint32(nil), l.index.places...)
	return c
}
