package plancache

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRefreshIsTriedThreeTimes(t *testing.T) {
	for _, policy := range []Policy{Contract, Mobile} {
		c := New(policy)
		if c.Refresh().State != Idle {
			t.Fatalf("%s: a new cache is %v", policy, c.Refresh().State)
		}
		c.Apply(message(planDelta), nil)
		for attempt, wait := range []time.Duration{600 * time.Millisecond, 1200 * time.Millisecond, 0} {
			c.Sent()
			if c.Refresh().State != InFlight {
				t.Errorf("%s: %v after the request", policy, c.Refresh().State)
			}
			c.Failed(0)
			r := c.Refresh()
			if r.Attempt != attempt+1 || r.Wait != wait || (r.State == GivenUp) != (wait == 0) {
				t.Errorf("%s: after failure %d: %+v", policy, attempt+1, r)
			}
		}
		c.Trigger(PlanUpdate, 0)
		if r := c.Refresh(); r.State != Due || r.Attempt != 0 || len(r.Triggers) != 2 {
			t.Errorf("%s: the next trigger leaves %+v", policy, r)
		}
	}
}

func TestTriggersJoin(t *testing.T) {
	for policy, want := range map[Policy]State{Contract: Due, Mobile: Idle} {
		c := New(policy)
		load(t, c, answer(10))
		c.Apply(message(delta("updated", 7, 11, "x"), planDelta), nil) // both are known before the request
		c.Sent()
		c.Trigger(Connecting, 0)
		c.Apply(message(`{"itemType":"plan","entityId":0,"action":"updated","version":51}`), nil)
		if got := c.Refresh(); got.State != InFlight {
			t.Errorf("%s: %v, want the triggers to join", policy, got.State)
		}
		a, err := c.Answered(answer(52), 0)
		if err != nil {
			t.Fatal(err)
		}
		var unmet []string
		for _, trigger := range a.Unmet {
			unmet = append(unmet, string(trigger.Reason))
		}
		if got := strings.Join(unmet, " "); got != "connecting plan-delta" {
			t.Errorf("%s: unmet: %s", policy, got)
		}
		if got := c.Refresh(); got.State != want {
			t.Errorf("%s: %v after the answer, want %v", policy, got.State, want)
		}
	}
}

func TestRecordedRefresh(t *testing.T) {
	// A session tells of a request only when it is answered.
	c := New(Contract)
	c.At(time.Second)
	c.Apply(message(`{"itemType":"plan","entityId":0,"action":"updated","version":8}`), nil)
	c.At(2 * time.Second)
	c.Failed(300 * time.Millisecond)
	if r := c.Refresh(); r.State != Waiting || r.Sent.Round(time.Millisecond) != 1700*time.Millisecond {
		t.Errorf("after a recorded failure: %+v", r)
	}
	c.At(3 * time.Second)
	if a, err := c.Answered(answer(8), 100*time.Millisecond); err != nil || len(a.Unmet) != 0 || c.Refresh().State != Idle {
		t.Errorf("unmet %v, %v, %v", a.Unmet, err, c.Refresh().State)
	}
	// Without the time that it took, versions decide.
	c.Apply(message(`{"itemType":"plan","entityId":0,"action":"updated","version":9}`), nil)
	if a, err := c.Answered(answer(8), 0); err != nil || len(a.Unmet) != 1 || c.Refresh().State != Due {
		t.Errorf("unmet %v, %v, %v", a.Unmet, err, c.Refresh().State)
	}
	if a, err := c.Answered(answer(9), 0); err != nil || len(a.Unmet) != 0 || c.Refresh().State != Idle {
		t.Errorf("unmet %v, %v, %v", a.Unmet, err, c.Refresh().State)
	}
}

func TestTriggersAreBounded(t *testing.T) {
	c := New(Contract)
	for range 10 * maxTriggers {
		c.Apply(message(planDelta), nil)
	}
	c.Trigger(Connecting, 77)
	r := c.Refresh()
	if len(r.Triggers) != maxTriggers || r.Triggers[maxTriggers-1].Version != 77 {
		t.Errorf("%d triggers, the last one %+v", len(r.Triggers), r.Triggers[len(r.Triggers)-1])
	}
}

func TestHistory(t *testing.T) {
	var h history
	if got := h.at(time.Hour); got != noVersion {
		t.Errorf("nothing is known, and yet %d", got)
	}
	const n = 20 * maxSteps
	for i := range n {
		h.note(time.Duration(i), int64(i))
	}
	if len(h.steps) > maxSteps {
		t.Errorf("%d steps are kept", len(h.steps))
	}
	for i := range n {
		if got := h.at(time.Duration(i)); got > int64(i) {
			t.Fatalf("at %d, %d was known, more than there was", i, got)
		}
	}
	for i := n - 100; i < n; i++ {
		if got := h.at(time.Duration(i)); got != int64(i) {
			t.Fatalf("at %d, lately, %d was known", i, got)
		}
	}
}

func TestEachCauseIsTold(t *testing.T) {
	c := New(Contract)
	var told []Reason
	c.OnDue = func(t Trigger) { told = append(told, t.Reason) }
	c.Trigger(Connecting, 0)
	load(t, c, answer(40, bill(1, "todo")))
	c.Apply(message(delta("updated", 1, 41, "paid"), planDelta, delta("updated", 2, 51, "paid")), nil)
	c.Polled(51)
	c.Polled(60)
	c.Clone().Trigger(PlanUpdate, 0) // is another's affair
	if want := []Reason{Connecting, PlanDelta, UnknownEntity, VersionBehind}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// TestRefreshThatWasSentAtOnce has a session tell how long an answer took to the millisecond, and so that it was asked for a little
// before what called for it. It was not: the answer knows what the message told.
func TestRefreshThatWasSentAtOnce(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(10, bill(7, "todo")))
	c.At(time.Second)
	c.Apply(message(delta("updated", 7, 49, "overdue"), planDelta), nil)
	c.At(time.Second + 36*time.Millisecond - 300*time.Microsecond)
	a, err := c.Answered(answer(50, bill(7, "paid")), 36*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Unmet) > 0 || len(a.Contested) > 0 || c.Refresh().State != Idle {
		t.Errorf("unmet %v, contested %v, %v", a.Unmet, a.Contested, c.Refresh().State)
	}
	if got, want := state(t, c), "7 paid"; got != want {
		t.Errorf("the client holds %s, want %s", got, want)
	}
}
