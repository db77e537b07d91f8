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

// A bounded account tells the same numbers as one that holds everything, and holds no more than it was told to.
func TestABoundedAccountTellsTheSameNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	whole, part := Account{}, Account{Most: 1024}
	var version int64
	var late []int64
	for i := range int64(20_000) {
		at := time.Duration(i) * time.Second
		var next []int64
		for range 1 + r.IntN(2) {
			version += 1 + r.Int64N(3)
			next = append(next, version)
		}
		for _, a := range []*Account{&whole, &part} {
			a.Message(i, at, seen("updated", next...))
			a.Message(i, at, seen("updated", late...))
			if i%4 == 0 {
				a.Disconnect(at)
				a.Poll(at, 0, version)
				a.Disconnect(at)
			}
		}
		late = []int64{version - r.Int64N(20)} // which comes late, or again
	}
	if diff := cmp.Diff(whole.Report(), part.Report()); diff != "" {
		t.Errorf("-whole +bounded:\n%s", diff)
	}
	for what, n := range map[string][2]int{
		"absent": {whole.missing.len(), part.missing.len()}, "again": {whole.again.len(), part.again.len()},
		"not connected": {len(whole.link.eras), len(part.link.eras)},
	} {
		if n[0] < 2048 || n[1] > 1024 {
			t.Errorf("%s: %d ranges, and %d where they are bounded", what, n[0], n[1])
		}
	}
}

// Who is told of nothing but answers of polls is bounded, too.
func TestAnAccountOfPollsIsBounded(t *testing.T) {
	a := Account{Most: 512}
	for i := range int64(5000) {
		a.Connect(time.Duration(3*i) * time.Second)
		a.Poll(time.Duration(3*i+1)*time.Second, 0, i+1)
		a.Disconnect(time.Duration(3*i+2) * time.Second)
	}
	if n := len(a.link.eras); n > 512 {
		t.Errorf("%d ranges are kept", n)
	}
	if got := a.Report(); got.Missing != 0 || got.Proven != 5000 {
		t.Errorf("it tells %+v", got)
	}
}
