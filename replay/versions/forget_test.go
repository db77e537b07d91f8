package versions

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// above are the parts of ranges that lie above a version.
func above(floor int64, ranges iter.Seq[Range]) []Range {
	var out []Range
	for r := range ranges {
		if r.From = max(r.From, floor+1); r.From <= r.To {
			out = append(out, r)
		}
	}
	return out
}

// What is forgotten is gone, whatever arrives late, and changes nothing of what lies above it.
func TestForgettingLeavesWhatLiesAbove(t *testing.T) {
	streams(t, func(t *testing.T, r *rand.Rand, ticks []modelTick) {
		arrived, _ := scramble(r, ticks)
		var whole, part Account
		both := func(enter func(a *Account)) { enter(&whole); enter(&part) }
		both(func(a *Account) { a.Plan(0, 0, ticks[0].low-1) })
		var floor int64
		for i, k := range arrived {
			switch r.IntN(6) {
			case 0:
				both(func(a *Account) { a.Disconnect(k.at) })
			case 1:
				both(func(a *Account) { a.Poll(k.at, time.Millisecond, k.low-1) })
			case 2:
				both(func(a *Account) { a.Connect(k.at) })
			case 3:
				floor = max(floor, k.low-r.Int64N(4))
				part.Forget(floor)
			}
			both(func(a *Account) { a.Message(int64(i), k.at, k.message()) })
		}
		for name, of := range map[string]func(*Account) []Range{
			"missing": func(a *Account) []Range { return above(floor, a.Missing()) },
			"before":  func(a *Account) []Range { return above(floor, a.Before()) },
			"after":   func(a *Account) []Range { return above(floor, a.After()) },
		} {
			if diff := cmp.Diff(of(&whole), of(&part)); diff != "" {
				t.Errorf("%s above v%d (-whole +part):\n%s", name, floor, diff)
			}
		}
		for r := range part.Missing() {
			if r.From <= floor {
				t.Errorf("v%d to v%d are absent, and everything up to v%d is forgotten", r.From, r.To, floor)
			}
		}
	})
}

// A stream that coalesces without end costs nothing where what is settled is forgotten.
func TestForgettingBoundsTheMemory(t *testing.T) {
	var a Account
	most := 0
	for v := int64(1); v < 200_000; v += 2 {
		a.Message(v, time.Duration(v), seen("updated", v))
		a.Message(v, time.Duration(v), seen("updated", v))
		if v%1000 == 1 {
			a.Disconnect(time.Duration(v))
			a.Forget(v)
		}
		most = max(most, a.missing.len()+a.again.len()+len(a.link.eras))
	}
	if most > 1100 {
		t.Errorf("%d ranges are kept", most)
	}
}

func (h *holes) len() (n int) {
	for range h.all() {
		n++
	}
	return n
}

func TestForgettingEverything(t *testing.T) {
	var a Account
	a.Message(1, 0, seen("updated", 1))
	a.Message(2, 0, seen("updated", 5))
	a.Forget(math.MaxInt64)
	a.Message(3, 0, seen("updated", math.MaxInt64))
	if got := slices.Collect(a.Missing()); len(got) > 0 {
		t.Errorf("%v is absent", got)
	}
}

// A first message right above a late one leaves nothing between them, not even an empty range.
func TestNothingLiesBetweenNeighbours(t *testing.T) {
	var a Account
	a.Message(1, 0, seen("updated", 5))
	a.Message(2, 0, seen("updated", 4))
	if got := slices.Collect(a.Missing()); len(got) > 0 {
		t.Errorf("%v is absent", got)
	}
}
