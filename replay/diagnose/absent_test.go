package diagnose

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAbsencesInSpans holds the lists of runs against a walk over all of them.
func TestAbsencesInSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []absence
		next := int64(1)
		for range rapid.IntRange(0, 150).Draw(t, "runs") {
			r := absence{from: next + rapid.Int64Range(0, 2).Draw(t, "came")}
			r.to = r.from + rapid.Int64Range(0, 3).Draw(t, "length")
			r.at = where(rapid.IntRange(0, 63).Draw(t, "at"))
			next = r.to + 1
			list = append(list, r)
		}
		from, to := rapid.Int64Range(-1, next+2).Draw(t, "from"), rapid.Int64Range(-1, next+2).Draw(t, "to")
		at := where(rapid.IntRange(0, 255).Draw(t, "of"))
		var want []absence
		for _, r := range list {
			r.from, r.to = max(r.from, from), min(r.to, to)
			if r.from <= r.to && r.at&at != 0 && len(want) < mostListed {
				want = append(want, r)
			}
		}
		a := newAbsences(list)
		if got := a.in(from, to, at); !slices.Equal(got, want) {
			t.Fatalf("in %d to %d: %v, want %v", from, to, got, want)
		}
		if got := a.has(from, to, at); got != (len(want) > 0) {
			t.Fatalf("in %d to %d there are runs: %t", from, to, got)
		}
	})
}
