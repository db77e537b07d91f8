package plancache

import (
	"math/bits"
	"math/rand/v2"
)

// index finds entries by id: a table of their places, open and at most half full. It is a quarter
// the size of a map, so that more of it stays in the processor's cache; finding an item is most of
// what taking a delta costs.
type index struct {
	places []uint32 // 1 + place in the entries; 0 is empty
	factor uint64   // odd, and another one for each index: nobody can choose ids that collide
	used   int
}

// slot returns where the search for an id begins.
func (x *index) slot(id int64) uint64 {
	hi, _ := bits.Mul64(uint64(id)*x.factor, uint64(len(x.places)))
	return hi
}

// next returns the slot behind i.
func (x *index) next(i uint64) uint64 {
	if i++; i == uint64(len(x.places)) {
		return 0
	}
	return i
}

// find returns the place of an id, or -1.
func (x *index) find(id int64, entries []entry) int {
	if len(x.places) == 0 {
		return -1
	}
	for i := x.slot(id); ; i = x.next(i) {
		place := x.places[i]
		if place == 0 {
			return -1
		}
		if entries[place-1].id == id {
			return int(place - 1)
		}
	}
}

// set points an id to a place. Until then it may have pointed to another one with the same id.
func (x *index) set(id int64, place int, entries []entry) {
	if 2*(x.used+1) > len(x.places) {
		x.grow(max(16, 2*len(x.places)), entries)
	}
	i := x.slot(id)
	for x.places[i] != 0 && entries[x.places[i]-1].id != id {
		i = x.next(i)
	}
	if x.places[i] == 0 {
		x.used++
	}
	x.places[i] = uint32(place + 1)
}

// remove takes an id out. The entries behind it in the table move up, so that a search still finds
// them.
func (x *index) remove(id int64, entries []entry) {
	i := x.slot(id)
	for x.places[i] != 0 && entries[x.places[i]-1].id != id {
		i = x.next(i)
	}
	if x.places[i] == 0 {
		return
	}
	x.used--
	for k := x.next(i); x.places[k] != 0; k = x.next(k) {
		if x.distance(x.slot(entries[x.places[k]-1].id), k) >= x.distance(i, k) {
			x.places[i] = x.places[k]
			i = k
		}
	}
	x.places[i] = 0
}

// distance is how many slots lie from one slot to another, in the direction of a search.
func (x *index) distance(from, to uint64) uint64 {
	if to >= from {
		return to - from
	}
	return to + uint64(len(x.places)) - from
}

// grow makes room.
func (x *index) grow(size int, entries []entry) {
	old := x.places
	x.places, x.used = make([]uint32, size), 0
	if x.factor == 0 {
		x.factor = rand.Uint64() | 1
	}
	for _, place := range old {
		if place != 0 {
			x.set(entries[place-1].id, int(place-1), entries)
		}
	}
}
