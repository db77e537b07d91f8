package fault

import "math/bits"

// chooser decides what goes wrong. A decision rests on nothing but the seed and what is decided
// about.
type chooser struct{ seed uint64 }

// salts keep the kinds of fault apart.
var salts = map[Kind]uint64{Drop: 1, Duplicate: 2, Reorder: 3, Delay: 4, Stale: 5, Strip: 6}

// draw is a number that the seed, the kind of fault, a record and a delta in it give.
func (c chooser) draw(kind Kind, record int64, delta int) uint64 {
	x := mix(c.seed + salts[kind]*0x9e3779b97f4a7c15)
	x = mix(x ^ uint64(record))
	return mix(x ^ uint64(delta+1))
}

// hits decides by a draw.
func (r Rate) hits(draw uint64) bool {
	share, _ := bits.Mul64(draw, uint64(always))
	return share < uint64(r)
}

// mix is the finalizer of SplitMix64: every bit of x changes half of the bits of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
