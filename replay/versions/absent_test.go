package versions

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/contract"
)

// wireEvent is one thing that an account is told.
type wireEvent struct {
	plan, poll int64 // below 0: none
	carried    []int64
}

func message(vs ...int64) wireEvent { return wireEvent{-1, -1, vs} }
func planned(v int64) wireEvent     { return wireEvent{v, -1, nil} }
func polled(v int64) wireEvent      { return wireEvent{-1, v, nil} }

func (e wireEvent) enter(a *Account, at time.Duration) {
	switch {
	case e.plan >= 0:
		a.Plan(at, time.Millisecond, e.plan)
	case e.poll >= 0:
		a.Poll(at, time.Millisecond, e.poll)
	default:
		a.Message(int64(at/time.Second), at, seen(contract.ActionUpdated, e.carried...))
	}
}

// naiveAbsent is what Absent means, with sets: of all versions from the lowest told to the highest told those that no
// delta brought, but what was there already when the stream began, and what the first plan brought.
func naiveAbsent(events []wireEvent) []int64 {
	told, carried := map[int64]bool{}, map[int64]bool{}
	excused, read, base, high := map[int64]bool{}, false, int64(-1), int64(0)
	for _, e := range events {
		answer := max(e.plan, e.poll)
		if answer >= 0 && base < 0 {
			base = answer
		}
		if e.plan >= 0 && !read {
			read = true
			for v := high + 1; v <= e.plan; v++ {
				excused[v] = true
			}
		}
		if answer >= 0 {
			told[answer] = true
		}
		for _, v := range e.carried {
			told[v], carried[v] = true, true
			high = max(high, v)
		}
	}
	if len(told) == 0 {
		return nil
	}
	all := slices.Sorted(maps.Keys(told))
	if all[0] == base {
		excused[base] = true // nothing older was told: it is older than the stream
	}
	var out []int64
	for v := all[0]; v <= all[len(all)-1]; v++ {
		if !carried[v] && !excused[v] {
			out = append(out, v)
		}
	}
	return out
}

func absentAfter(events ...wireEvent) (*Account, []int64) {
	var a Account
	a.Connect(0)
	for i, e := range events {
		e.enter(&a, time.Duration(i+1)*time.Second)
	}
	return &a, list(a.Absent())
}

func TestAbsentAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		what   string
		events []wireEvent
		want   []int64
	}{
		{"lost right after the plan", []wireEvent{planned(53), message(55)}, []int64{54}},
		{"a collaborator's silence", []wireEvent{planned(10), polled(10), polled(12)}, []int64{11, 12}},
		{"lost at the end", []wireEvent{planned(10), message(11), polled(13)}, []int64{12, 13}},
		{"polls alone", []wireEvent{polled(5), polled(5), polled(7)}, []int64{6, 7}},
		{"nothing at all", nil, nil},
		{"a plan alone", []wireEvent{planned(53)}, nil},
		{"a poll before the first plan", []wireEvent{polled(50), planned(53), message(55)}, []int64{54}},
		{"an old delta behind the plan", []wireEvent{planned(53), message(40), message(54)}, nil},
		{"a hole before the plan", []wireEvent{message(5), message(7), planned(10), message(12)}, []int64{6, 11}},
		{"the plan was asked for before the first delta", []wireEvent{message(10), planned(8)}, []int64{9}},
		{"the next plan tells", []wireEvent{planned(10), message(11), planned(14), message(15)}, []int64{12, 13, 14}},
		{"it came late", []wireEvent{planned(10), message(12), message(11)}, nil},
		{"versions begin again", []wireEvent{planned(53), message(13), message(14)}, nil},
	} {
		a, got := absentAfter(c.events...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", c.what, diff)
		}
		if n := a.Report().Absent.Versions; n != int64(len(got)) {
			t.Errorf("%s: %d are counted, %d listed", c.what, n, len(got))
		}
	}
}

func TestAbsentAgreesWithItsDefinition(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		events := make([]wireEvent, 1+r.IntN(8))
		at := r.Int64N(6)
		for i := range events {
			at += r.Int64N(3)
			switch r.IntN(4) {
			case 0:
				events[i] = planned(at)
			case 1:
				events[i] = polled(at)
			default:
				at++
				events[i] = message(max(1, at-r.Int64N(3)), at)
			}
		}
		a, got := absentAfter(events...)
		if diff := cmp.Diff(naiveAbsent(events), got); diff != "" {
			t.Fatalf("with seed %d, %+v: -definition +account:\n%s", seed, events, diff)
		}
		if n := a.Report().Absent.Versions; n != int64(len(got)) {
			t.Fatalf("with seed %d, %+v: %d are counted, %d listed", seed, events, n, len(got))
		}
	}
}

func TestAbsenceIsExplained(t *testing.T) {
	a, _ := absentAfter(planned(10), message(12), polled(15))
	want := Absence{Versions: 4, Coalescible: 1, Ahead: 3}
	if diff := cmp.Diff(want, a.Report().Absent); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An answer that tells less than was known when it was asked for went back; one that was overtaken did not.
func TestAnswersThatGoBack(t *testing.T) {
	var a Account
	var told []Reversal
	a.OnReversal = func(r Reversal) { told = append(told, r) }
	a.Connect(0)
	a.Plan(time.Second, time.Millisecond, 53)
	a.Message(1, 2*time.Second, seen(contract.ActionUpdated, 54))
	a.Poll(3*time.Second, 1500*time.Millisecond, 53) // asked before the delta came
	a.Poll(4*time.Second, 2*time.Second, 53)         // asked before the last answer
	if len(told) > 0 {
		t.Errorf("%+v went back, and could not know better", told)
	}
	a.Poll(5*time.Second, time.Millisecond, 12)
	a.Disconnect(6 * time.Second)
	a.Connect(7 * time.Second)
	a.Poll(8*time.Second, time.Millisecond, 12)
	a.Message(2, 9*time.Second, seen(contract.ActionUpdated, 13))
	a.Poll(10*time.Second, time.Millisecond, 13)
	want := []Reversal{{From: 54, To: 12, At: 5 * time.Second}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want, a.Reversals()); diff != "" || a.Report().Reversals != 1 {
		t.Errorf("%d listed, -want +got:\n%s", a.Report().Reversals, diff)
	}
	if late := a.Late(); late != (Late{}) {
		t.Errorf("a message is late: %+v", late)
	}
}

func TestAMessageBelowThePlanIsLate(t *testing.T) {
	a, _ := absentAfter(planned(53), message(13), message(14))
	if got, want := a.Late(), (Late{Version: 13, Told: 53}); got != want {
		t.Errorf("late is %+v, want %+v", got, want)
	}
}

// What goes back again and again is counted, and not all of it listed.
func TestReversalsAreBounded(t *testing.T) {
	var a Account
	for i := range 100 {
		a.Poll(time.Duration(i)*time.Second, 0, int64(50-i%2))
	}
	if n, listed := a.Report().Reversals, len(a.Reversals()); n != 50 || listed != mostReversals {
		t.Errorf("%d counted, %d listed", n, listed)
	}
}
