package player

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucketsHoldWhatTheyCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		late := time.Duration(rapid.Int64Range(0, 1<<55).Draw(t, "late"))
		i := bucket(late)
		if late > ceiling(i) && i < buckets-1 {
			t.Fatalf("%v is in bucket %d, which ends at %v", late, i, ceiling(i))
		}
		if i > 0 && late <= ceiling(i-1) {
			t.Fatalf("%v is in bucket %d, and the one before ends at %v", late, i, ceiling(i-1))
		}
	})
}

func TestQuantilesAreThoseOfTheSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Minute)), 1, 200).Draw(t, "lateness")
		part := rapid.Float64Range(0, 0.999).Draw(t, "part")
		var l Lateness
		for i, late := range all {
			l.add(time.Duration(late), int64(i+1))
		}
		worst := slices.Max(all)
		if l.Worst != time.Duration(worst) || all[l.At-1] != worst || l.Count != int64(len(all)) {
			t.Fatalf("worst is %v at %d of %d", l.Worst, l.At, l.Count)
		}
		slices.Sort(all)
		exact := time.Duration(all[max(len(all)-1-int(float64(len(all))*(1-part)), 0)])
		got := l.Quantile(part)
		if got < exact || got > exact+exact/14+time.Microsecond {
			t.Fatalf("quantile %v is %v, want %v", part, got, exact)
		}
	})
}

func TestNoLateness(t *testing.T) {
	var l Lateness
	if got := l.Quantile(0.99); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}
