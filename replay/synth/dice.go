package synth

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

// dice is where all chance comes from. Nothing but whole numbers leaves it: floating point may
// round differently from machine to machine.
type dice struct{ pcg rand.PCG }

func newDice(seed uint64, profile Profile) *dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(profile))
	return &dice{*rand.NewPCG(seed, h.Sum64())}
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// under is a number from 0 to n-1.
func (d *dice) under(n int64) int64 {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(max(n, 1)))
	return int64(hi)
}

// between is a number from low to high.
func (d *dice) between(low, high int) int { return low + d.below(high-low+1) }

// percent is true so often.
func (d *dice) percent(p int) bool { return d.below(100) < p }

// hex appends so many hexadecimal digits, at most 16, of n.
func hex(dst []byte, n uint64, digits int) []byte {
	const alphabet = "0123456789abcdef"
	for shift := 60; digits > 0; digits, shift = digits-1, shift-4 {
		dst = append(dst, alphabet[n>>shift&15])
	}
	return dst
}

// scramble is a number that looks like chance, and always the same of a and b.
func scramble(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// share is n × part / whole, rounded down, without overflow on the way.
func share(n, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(q)
}
