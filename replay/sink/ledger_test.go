package sink

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLedgerCountsEveryRecordOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLedger()
		fates := rapid.SliceOfN(rapid.Uint8Range(0, 5), 1, 40).Draw(t, "fates") // 5: no answer
		want := map[Fate]int64{}
		var resume int64
		var late []Outcome
		for i, f := range fates {
			o := Outcome{N: int64(i + 1), Fate: Fate(f), Reach: ReachUnknown}
			switch {
			case f == 5:
				l.Taken(o.N)
			case rapid.Bool().Draw(t, "told first"):
				l.Tell(o)
				l.Taken(o.N)
			default:
				l.Taken(o.N)
				late = append(late, o)
			}
			want[Fate(f)]++
			if resume == 0 && (f == 5 || Fate(f) == Unsure) {
				resume = o.N
			}
		}
		for _, i := range rapid.Permutation(indexes(len(late))).Draw(t, "order") {
			l.Tell(late[i])
		}
		if resume == 0 {
			resume = int64(len(fates)) + 1
		}
		a := l.Account()
		if a.Acknowledged != want[Acknowledged] || a.Failed != want[Failed] || a.Unsure != want[Unsure] ||
			a.Inexpressible != want[Inexpressible] || a.OpenAt.Len() != want[5] || a.Resume() != resume {
			t.Fatalf("fates %v: %+v, resume at %d, want %d", fates, a, a.Resume(), resume)
		}
		if a.Sent != a.Acknowledged+a.Failed+a.Unsure || a.FailedAt.Len() != a.Failed || a.UnsureAt.Len() != a.Unsure {
			t.Fatalf("%d sent: %+v", a.Sent, a)
		}
	})
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestLedgerGathersReasons(t *testing.T) {
	l := NewLedger()
	why := errors.New("not found")
	l.Tell(Outcome{N: 1, Fate: Acknowledged, Reach: 0})
	l.Tell(Outcome{N: 2, Fate: Inexpressible, Unfit: []Unfit{{0, "plan:0 updated", "no route"}, {1, "bill:1 updated", "no data"}}})
	l.Tell(Outcome{N: 3, Fate: Acknowledged, Reach: 2, Unfit: []Unfit{{0, "plan:1 updated", "no route"}}})
	l.Tell(Outcome{N: 4, Fate: Failed, Err: why})
	l.Tell(Outcome{N: 5, Fate: Failed, Err: errors.New("later")})
	for range 4 {
		l.Tell(Outcome{N: 6, Fate: Inexpressible, Unfit: []Unfit{{0, "plan:2 updated", "no route"}}})
	}
	a := l.Account()
	want := []UnfitCount{
		{"no route", 6, []string{"plan:0 updated", "plan:1 updated", "plan:2 updated"}},
		{"no data", 1, []string{"bill:1 updated"}},
	}
	if diff := cmp.Diff(want, a.Unfit); diff != "" {
		t.Error(diff)
	}
	if a.Unheard != 1 || a.Partly != 1 || a.Sent != 4 || a.FirstFailure != why || a.UnfitAt.String() != "2-3, 6" || a.FailedAt.String() != "4-5" {
		t.Errorf("%+v", a)
	}
}
