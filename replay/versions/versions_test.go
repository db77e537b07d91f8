package versions

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/google/go-cmp/cmp"
)

func list(ranges iter.Seq[Range]) []int64 {
	var vs []int64
	for r := range ranges {
		vs = append(vs, slices.Collect(r.Each())...)
	}
	return vs
}

func coalescible(ranges iter.Seq[Range]) []int64 {
	var vs []int64
	for r := range ranges {
		if r.Coalescible {
			vs = append(vs, slices.Collect(r.Each())...)
		}
	}
	return vs
}

// streams calls check with streams of one to sixteen ticks, the short ones first: what breaks is told by its seed.
func streams(t *testing.T, check func(t *testing.T, r *rand.Rand, ticks []modelTick)) {
	t.Helper()
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := &modelServer{version: r.Int64N(20)}
		ticks := make([]modelTick, 1+seed/250)
		for i := range ticks {
			ticks[i] = s.tick(r)
		}
		check(t, r, ticks)
		if t.Failed() {
			t.Fatalf("with seed %d: %+v", seed, ticks)
		}
	}
}

// With nothing lost, what is missing is what the server coalesced, and coalescing explains all of it.
func TestWholeStreamMissesOnlyWhatWasCoalesced(t *testing.T) {
	streams(t, func(t *testing.T, r *rand.Rand, ticks []modelTick) {
		var a Account
		a.Plan(0, 0, ticks[0].low-1)
		var want []int64
		for i, k := range ticks {
			a.Message(int64(i), k.at, k.message())
			want = append(want, k.coalesced()...)
		}
		got := slices.Concat(list(a.Before()), list(a.Missing()))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("missing, -coalesced +reported:\n%s", diff)
		}
		explained := slices.Concat(coalescible(a.Before()), coalescible(a.Missing()))
		if diff := cmp.Diff(want, explained); diff != "" {
			t.Errorf("coalescible, -coalesced +reported:\n%s", diff)
		}
		if r := a.Report(); r.Duplicates != 0 || r.Regressions != 0 {
			t.Errorf("report = %+v, want no duplicates and no regressions", r)
		}
	})
}

// Lost, doubled and reordered messages: the account agrees with its definition, misses nothing that was lost, and
// calls coalescible whatever truly was coalesced.
func TestAccountAgreesWithItsDefinition(t *testing.T) {
	streams(t, func(t *testing.T, r *rand.Rand, ticks []modelTick) {
		arrived, lost := scramble(r, ticks)
		var a Account
		if r.IntN(2) == 0 { // an answer before the first message changes nothing inside the seen range
			a.Plan(0, 0, ticks[r.IntN(len(ticks))].low-1)
		}
		for i, k := range arrived {
			a.Message(int64(i), k.at, k.message())
		}
		told := a.Report()
		got := naive{list(a.Missing()), coalescible(a.Missing()), list(a.Duplicates()), told.Regressions, told.Unsorted}
		if diff := cmp.Diff(naiveAccount(arrived), got, cmp.AllowUnexported(naive{})); diff != "" {
			t.Errorf("-definition +account:\n%s", diff)
		}
		checkCounts(t, told, got)
		checkTruth(t, told, got, arrived, lost)
	})
}

func checkCounts(t *testing.T, r Report, got naive) {
	counts := []int64{r.Missing, r.Coalescible, r.Duplicates}
	want := []int64{int64(len(got.missing)), int64(len(got.coalescible)), int64(len(got.duplicates))}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts of missing, coalescible, duplicates, -listed +reported:\n%s", diff)
	}
}

func checkTruth(t *testing.T, r Report, got naive, arrived, lost []modelTick) {
	for _, k := range lost {
		for v := max(k.low, r.First); v <= min(k.high, r.Last); v++ {
			if !slices.Contains(got.missing, v) {
				t.Errorf("version %d was lost and is not missing", v)
			}
		}
	}
	for _, k := range arrived {
		for _, v := range k.coalesced() {
			if v > r.First && v < r.Last && !slices.Contains(got.coalescible, v) {
				t.Errorf("version %d was coalesced and is not coalescible", v)
			}
		}
	}
}

// scramble loses, doubles and delays some messages.
func scramble(r *rand.Rand, ticks []modelTick) (arrived, lost []modelTick) {
	type arrival struct {
		modelTick
		place int
	}
	var all []arrival
	for i, k := range ticks {
		switch r.IntN(10) {
		case 0, 1:
			lost = append(lost, k)
		case 2:
			all = append(all, arrival{k, i}, arrival{k, i + r.IntN(5)})
		case 3:
			all = append(all, arrival{k, i + 1 + r.IntN(9)})
		default:
			all = append(all, arrival{k, i})
		}
	}
	slices.SortStableFunc(all, func(x, y arrival) int { return x.place - y.place })
	for _, k := range all {
		arrived = append(arrived, k.modelTick)
	}
	return arrived, lost
}

// The highest version of a message that created something tells nothing about what lies under it.
func TestOnlyAnAbsorberAboveExplains(t *testing.T) {
	var a Account
	a.Message(1, 0, seen(contract.ActionCreated, 1))
	m := seen(contract.ActionCreated, 3, 6)
	m.Deltas[0].Action = contract.ActionUpdated
	a.Message(2, 0, m)
	if diff := cmp.Diff([]int64{2}, coalescible(a.Missing())); diff != "" {
		t.Errorf("coalescible, -want +got:\n%s", diff)
	}
}

func TestLateMessageExplainsNothingBeyondForeignVersions(t *testing.T) {
	var a Account
	for n, v := range []int64{1, 5, 9} {
		a.Message(int64(n), 0, seen(contract.ActionCreated, v))
	}
	m := seen(contract.ActionCreated, 3, 7)
	m.Deltas[1].Action = contract.ActionUpdated
	a.Message(4, 0, m)
	if diff := cmp.Diff([]int64{6}, coalescible(a.Missing())); diff != "" {
		t.Errorf("coalescible, -want +got:\n%s", diff)
	}
}

func seen(action string, versions ...int64) *contract.Message {
	m := &contract.Message{List: true}
	for _, v := range versions {
		m.Deltas = append(m.Deltas, contract.Delta{Action: action, Version: v, Has: contract.FieldVersion | contract.FieldAction})
	}
	return m
}

func TestCreatedAbsorbsNothing(t *testing.T) {
	for action, want := range map[string][]int64{
		contract.ActionCreated: nil, contract.ActionUpdated: {2, 3, 4}, contract.ActionDeleted: {2, 3, 4}, "patched": nil,
	} {
		var a Account
		a.Message(1, 0, seen(contract.ActionCreated, 1))
		a.Message(2, 0, seen(action, 5))
		if diff := cmp.Diff(want, coalescible(a.Missing())); diff != "" {
			t.Errorf("coalescible before %s, -want +got:\n%s", action, diff)
		}
		if diff := cmp.Diff([]int64{2, 3, 4}, list(a.Missing())); diff != "" {
			t.Errorf("missing before %s, -want +got:\n%s", action, diff)
		}
	}
}

// The orders that a real server was seen to send.
func TestObservedOrdersAreUnsortedOnly(t *testing.T) {
	var a Account
	a.Plan(0, 0, 14)
	a.Message(1, 0, seen(contract.ActionUpdated, 18, 16, 17, 15))
	a.Message(2, 0, seen(contract.ActionUpdated, 32, 36, 33, 35, 34, 37))
	want := Report{
		First: 15, Last: 37, Deltas: 10, Missing: 13, Coalescible: 13, Unsorted: 2, Proven: 37,
		Absent: Absence{Versions: 13, Coalescible: 13},
	}
	if diff := cmp.Diff(want, a.Report()); diff != "" {
		t.Errorf("report, -want +got:\n%s", diff)
	}
}

func TestDeltasWithoutVersionDoNotEnter(t *testing.T) {
	var a Account
	m := seen(contract.ActionUpdated, 3, 0, -7, 4)
	m.Deltas = append(m.Deltas, contract.Delta{Action: contract.ActionUpdated})
	a.Message(1, 0, m)
	a.Message(2, 0, &contract.Message{})
	want := Report{First: 3, Last: 4, Deltas: 2, Proven: 4}
	if diff := cmp.Diff(want, a.Report()); diff != "" {
		t.Errorf("report, -want +got:\n%s", diff)
	}
}

func TestLateMessageTakesTheExplanationAway(t *testing.T) {
	var a Account
	a.Message(1, 0, seen(contract.ActionCreated, 1))
	a.Message(2, 0, seen(contract.ActionUpdated, 9))
	a.Message(3, 0, seen(contract.ActionCreated, 5))
	if diff := cmp.Diff([]int64{6, 7, 8}, coalescible(a.Missing())); diff != "" {
		t.Errorf("coalescible, -want +got:\n%s", diff)
	}
	if r := a.Report(); r.Missing != 6 || r.Regressions != 1 {
		t.Errorf("report = %+v, want 6 missing and 1 regression", r)
	}
}

func TestEdgesAreTold(t *testing.T) {
	var a Account
	a.Connect(0)
	a.Plan(time.Second, time.Millisecond, 10)
	a.Message(1, 2*time.Second, seen(contract.ActionCreated, 13))
	a.Disconnect(3 * time.Second)
	a.Poll(5*time.Second, time.Millisecond, 15)
	a.Connect(6 * time.Second)
	a.Plan(7*time.Second, time.Millisecond, 17)
	if diff := cmp.Diff([]Range{{From: 11, To: 12}}, slices.Collect(a.Before())); diff != "" {
		t.Errorf("before, -want +got:\n%s", diff)
	}
	want := []Range{{From: 14, To: 15, Period: PerhapsOffline}, {From: 16, To: 17, Period: PerhapsOffline}}
	if diff := cmp.Diff(want, slices.Collect(a.After())); diff != "" {
		t.Errorf("after, -want +got:\n%s", diff)
	}
	if r := a.Report(); r.Missing != 0 || r.Proven != 17 {
		t.Errorf("report = %+v, want nothing missing inside the seen range and 17 proven", r)
	}
}

func TestPollsWhileOfflineProveIt(t *testing.T) {
	var a Account
	a.Connect(0)
	a.Message(1, time.Second, seen(contract.ActionCreated, 1))
	a.Disconnect(2 * time.Second)
	a.Poll(3*time.Second, time.Millisecond, 1)
	a.Poll(4*time.Second, time.Millisecond, 3)
	a.Connect(5 * time.Second)
	a.Message(2, 6*time.Second, seen(contract.ActionCreated, 5))
	want := []Range{{From: 2, To: 3, Period: Offline}, {From: 4, To: 4, Period: PerhapsOffline}}
	if diff := cmp.Diff(want, slices.Collect(a.Missing())); diff != "" {
		t.Errorf("missing, -want +got:\n%s", diff)
	}
}

// Versions at the ends of what an int64 holds must not overflow, nor cost memory.
func TestExtremeVersions(t *testing.T) {
	const top = 1<<63 - 1
	var a Account
	for _, v := range []int64{top, 1, top, top - 2, 1, 1 << 53} {
		a.Message(1, 0, seen(contract.ActionUpdated, v))
	}
	r := a.Report()
	want := Report{
		First: 1, Last: top, Deltas: 6, Missing: top - 4, Coalescible: top - 4, Duplicates: 2, Regressions: 4, Proven: top,
		Absent: Absence{Versions: top - 4, Coalescible: top - 4},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("report, -want +got:\n%s", diff)
	}
}

func TestVersionsLeavesItsArgumentAlone(t *testing.T) {
	var a Account
	vs := []Version{{Number: 3}, {Number: 1}, {Number: 0}, {Number: 2}}
	a.Versions(1, 0, vs)
	if diff := cmp.Diff([]Version{{Number: 3}, {Number: 1}, {Number: 0}, {Number: 2}}, vs); diff != "" {
		t.Errorf("argument, -before +after:\n%s", diff)
	}
}

func TestSteadyStreamAllocatesNothing(t *testing.T) {
	var a Account
	m := seen(contract.ActionUpdated, 0)
	burst := seen(contract.ActionUpdated, 0, 0, 0)
	var v int64
	a.Connect(0)
	step := func() {
		v++
		m.Deltas[0].Version = v
		a.Message(v, 0, m)
		for i := range burst.Deltas {
			burst.Deltas[i].Version = v + 3 - int64(i)
		}
		v += 3
		a.Message(v, 0, burst)
	}
	step()
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("allocations per two messages = %v, want 0", n)
	}
}

func BenchmarkMessage(b *testing.B) {
	var a Account
	m := seen(contract.ActionUpdated, 0)
	a.Connect(0)
	for i := range b.N {
		m.Deltas[0].Version = int64(i + 1)
		a.Message(int64(i), 0, m)
	}
}

// Every message leaves a hole: the worst that coalescing does.
func BenchmarkMessageWithGap(b *testing.B) {
	b.ReportAllocs()
	var a Account
	m := seen(contract.ActionUpdated, 0)
	a.Connect(0)
	for i := range b.N {
		m.Deltas[0].Version = int64(2*i + 1)
		a.Message(int64(i), 0, m)
	}
}
