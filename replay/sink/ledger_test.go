package sink

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLedgerCountsEveryRecordOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLedger()
		fates := rapid.SliceOfN(rapid.Uint8Range(0, 5), 1, 40).Draw(t, "fates") // 5: no answer
		want := map[Fate]int64{}
		var first, behind int64 // without a sure answer; failed behind all that is acknowledged
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
			switch {
			case first == 0 && (f == 5 || Fate(f) == Unsure):
				first = o.N
			case Fate(f) == Acknowledged:
				behind = 0
			case behind == 0 && Fate(f) == Failed:
				behind = o.N
			}
		}
		for _, i := range rapid.Permutation(indexes(len(late))).Draw(t, "order") {
			l.Tell(late[i])
		}
		resume := int64(len(fates)) + 1
		for _, n := range []int64{first, behind} {
			if n > 0 {
				resume = min(resume, n)
			}
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

// What failed alone is left behind; what failed because the target was gone is taken up again, in every round of a session.
func TestResume(t *testing.T) {
	for name, tc := range map[string]struct {
		fates string // of the records from 1: a, f, u, i(gnored), x (inexpressible), o(pen); / begins another round
		want  int64
	}{
		"nothing":                 {"", 1},
		"all is there":            {"aaa", 4},
		"one failed alone":        {"afa", 4},
		"it broke off":            {"aaff", 3},
		"both":                    {"afaff", 4},
		"unsure first":            {"aauff", 3},
		"unsure in the middle":    {"auafff", 2},
		"open":                    {"aaofo", 3},
		"all failed":              {"fff", 1},
		"what needs no answer":    {"aaiffxi", 4},
		"nothing left":            {"aaix", 5},
		"the second time":         {"aaaa/aff", 2},
		"failed alone before":     {"afaa/aaa", 4},
		"an answer that is late":  {"aaao/aff", 2},
		"unsure the first time":   {"auaa/aaf", 3},
		"late, of one sent again": {"aoaa/aaf", 3},
		"answered by then":        {"aaff/aaaa", 5},
		"lost before any of them": {"aa/ff", 1},
	} {
		l := NewLedger()
		var late []Outcome
		n := int64(0)
		for _, c := range tc.fates {
			if c == '/' {
				n = 0
				continue
			}
			n++
			l.Taken(n)
			switch {
			case c == 'o' && strings.Contains(tc.fates, "/"):
				late = append(late, Outcome{N: n, Fate: Acknowledged})
			case c != 'o':
				l.Tell(Outcome{N: n, Fate: map[rune]Fate{'a': Acknowledged, 'f': Failed, 'u': Unsure, 'i': Ignored, 'x': Inexpressible}[c]})
			}
		}
		for _, o := range late {
			l.Tell(o)
		}
		a := l.Account()
		if got := a.Resume(); got != tc.want {
			t.Errorf("%s, %s: it goes on at %d, want %d", name, tc.fates, got, tc.want)
		}
	}
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
