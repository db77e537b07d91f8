package plancache

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/plan"
)

// race plays a refresh, requested when the cache knew version 10, with a message coming while it was in flight and
// another after it. It returns what the cache holds at the end.
func race(t *testing.T, policy Policy, inFlight, later []string, answer []byte) (string, Answer) {
	t.Helper()
	c := New(policy)
	load(t, c, []byte(`{"bills":[`+bill(1, "ten")+","+bill(2, "ten")+`],"planVersion":10}`))
	c.Sent()
	if inFlight != nil {
		c.Apply(message(inFlight...), nil)
	}
	a, err := c.Answered(answer, 0)
	if err != nil {
		t.Fatal(err)
	}
	if later != nil {
		c.Apply(message(later...), nil)
	}
	return state(t, c), a
}

func TestRaces(t *testing.T) {
	for _, c := range []struct {
		name             string
		inFlight, later  []string
		answer           []byte
		contract, mobile string
	}{
		{
			name: "answer read before a delta that came first", inFlight: []string{delta("updated", 1, 11, "eleven")},
			answer: answer(10, bill(1, "ten"), bill(2, "ten")), contract: "1 eleven, 2 ten", mobile: "1 ten, 2 ten",
		},
		{
			name: "its items read before, its version after", inFlight: []string{delta("updated", 1, 11, "eleven")},
			answer: answer(11, bill(1, "ten"), bill(2, "ten")), contract: "1 eleven, 2 ten", mobile: "1 ten, 2 ten",
		},
		{
			name: "its items read before, its version after, and the delta comes last", later: []string{delta("updated", 1, 11, "eleven")},
			answer: answer(12, bill(1, "ten"), bill(2, "twelve")), contract: "1 eleven, 2 twelve", mobile: "1 eleven, 2 twelve",
		},
		{
			name: "deltas that the answer has, in order", later: []string{delta("updated", 1, 11, "eleven"), delta("updated", 1, 13, "thirteen")},
			answer: answer(13, bill(1, "eleven"), bill(2, "ten")), contract: "1 thirteen, 2 ten", mobile: "1 thirteen, 2 ten",
		},
		{
			name: "an old delta replayed after an answer that moved on", later: []string{delta("updated", 1, 11, "eleven")},
			answer: answer(12, bill(1, "twelve"), bill(2, "ten")), contract: "1 twelve, 2 ten", mobile: "1 eleven, 2 ten",
		},
		{
			name: "a delta from before the request replayed", later: []string{delta("updated", 1, 9, "nine")},
			answer: answer(12, bill(1, "ten"), bill(2, "ten")), contract: "1 ten, 2 ten", mobile: "1 nine, 2 ten",
		},
		{
			name: "a delta newer than the answer", later: []string{delta("updated", 1, 13, "thirteen")},
			answer: answer(12, bill(1, "twelve"), bill(2, "ten")), contract: "1 thirteen, 2 ten", mobile: "1 thirteen, 2 ten",
		},
		{
			name: "items newer than the version of the answer", later: []string{delta("updated", 1, 11, "eleven"), delta("created", 3, 12, "twelve")},
			answer: answer(10, bill(1, "eleven"), bill(2, "ten"), bill(3, "twelve")), contract: "1 eleven, 2 ten, 3 twelve", mobile: "1 eleven, 2 ten, 3 twelve",
		},
		{
			name: "created in flight", inFlight: []string{delta("created", 3, 11, "new")},
			answer: answer(11, bill(1, "ten"), bill(2, "ten")), contract: "1 ten, 2 ten, 3 new", mobile: "1 ten, 2 ten",
		},
		{
			name: "deleted in flight", inFlight: []string{deletion(1, 11)},
			answer: answer(11, bill(1, "ten"), bill(2, "ten")), contract: "2 ten", mobile: "1 ten, 2 ten",
		},
		{
			name: "deleted, and the answer lacks it already", later: []string{deletion(1, 11)},
			answer: answer(12, bill(2, "ten")), contract: "2 ten", mobile: "2 ten",
		},
		{
			name: "deletion that comes after an answer with another change", later: []string{delta("updated", 1, 11, "eleven"), deletion(1, 12)},
			answer: answer(13, bill(1, "eleven"), bill(2, "ten")), contract: "2 ten", mobile: "2 ten",
		},
		{
			name: "deltas that an answer has in part", later: []string{delta("updated", 1, 11, "eleven"), delta("updated", 1, 12, "twelve")},
			answer: answer(13, bill(1, "eleven"), bill(2, "thirteen")), contract: "1 twelve, 2 thirteen", mobile: "1 twelve, 2 thirteen",
		},
		{
			name: "deletion after an answer that cannot have it", later: []string{deletion(1, 12)},
			answer: answer(13, bill(1, "eleven"), bill(2, "thirteen")), contract: "2 thirteen", mobile: "2 thirteen",
		},
		{
			name: "an old delta of an item that the answer took away", later: []string{delta("created", 1, 11, "eleven")},
			answer: answer(12, bill(2, "ten")), contract: "2 ten", mobile: "1 eleven, 2 ten",
		},
		{
			name: "created again after an answer without it", later: []string{delta("created", 1, 9, "nine")},
			answer: answer(12, bill(2, "ten")), contract: "2 ten", mobile: "1 nine, 2 ten",
		},
		{
			name: "an old delta delayed into the flight", inFlight: []string{delta("updated", 1, 8, "eight")},
			answer: answer(10, bill(1, "ten"), bill(2, "ten")), contract: "1 ten, 2 ten", mobile: "1 ten, 2 ten",
		},
	} {
		for policy, want := range map[Policy]string{Contract: c.contract, Mobile: c.mobile} {
			t.Run(c.name+"/"+policy.String(), func(t *testing.T) {
				if got, _ := race(t, policy, c.inFlight, c.later, c.answer); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

func TestBackIntoTheDates(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(10, bill(1, "ten")))
	c.Sent()
	if _, err := c.Answered(answer(13), 0); err != nil { // version 11 moved it away
		t.Fatal(err)
	}
	if got := apply(c, message(delta("updated", 1, 12, "back"))); got != "0 refresh (unknown-entity)" {
		t.Errorf("an update of what the answer may have lacked too early is %s", got)
	}
	if got := apply(c, message(delta("updated", 1, 13, "back"))); got != "0 refresh (unknown-entity)" {
		t.Errorf("an update at the answer's version is %s", got)
	}
	if got := apply(c, message(deletion(1, 12))); got != "0 duplicate" {
		t.Errorf("a deletion that the answer shows is %s", got)
	}
}

func TestFirstPlan(t *testing.T) {
	for poll, want := range map[int64]string{8: "1 nine", 0: "1 eight"} {
		c := New(Contract)
		if poll > 0 {
			c.Polled(poll)
		}
		c.Sent()
		if _, err := c.Answered(answer(10, bill(1, "eight")), 0); err != nil {
			t.Fatal(err)
		}
		c.Apply(message(delta("updated", 1, 9, "nine")), nil)
		if got := state(t, c); got != want {
			t.Errorf("the server known to be at %d before the first plan: %q, want %q", poll, got, want)
		}
	}
}

func TestDelayedIntoTheFlight(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(5, bill(1, "five"), bill(2, "five")))
	c.Apply(message(delta("updated", 2, 10, "ten")), nil)
	c.Sent()
	c.Apply(message(delta("updated", 1, 8, "eight")), nil) // the server was at 10 when it was asked
	if _, err := c.Answered(answer(12, bill(1, "twelve"), bill(2, "ten")), 0); err != nil {
		t.Fatal(err)
	}
	if got := state(t, c); got != "1 twelve, 2 ten" {
		t.Errorf("%q: a delta from before the request stood against the answer", got)
	}
}

func TestContested(t *testing.T) {
	inFlight := []string{delta("updated", 1, 11, "eleven"), deletion(2, 12), delta("created", 3, 13, "new"), delta("created", 4, 14, "same")}
	for _, policy := range []Policy{Contract, Mobile} {
		_, a := race(t, policy, inFlight, nil, answer(12, bill(1, "ten"), bill(2, "ten"), bill(4, "same")))
		var got []string
		for _, c := range a.Contested {
			got = append(got, fmt.Sprintf("%s v%d %v %s %s", c.Item, c.Version, c.Certain, c.Delta, c.Answer))
		}
		want := []string{
			"bill:1 v11 false " + bare(1, "eleven") + " " + bill(1, "ten"),
			"bill:2 v12 false  " + bill(2, "ten"),
			"bill:3 v13 true " + bare(3, "new") + " ",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", policy, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestLoadOfUnknownRequest(t *testing.T) {
	for policy, want := range map[Policy]string{Contract: "1 ten, 2 twelve", Mobile: "1 ten, 2 ten"} {
		c := New(policy)
		c.Apply(message(delta("created", 1, 9, "nine"), delta("created", 2, 12, "twelve"), delta("created", 3, 10, "x")), nil)
		load(t, c, answer(10, bill(1, "ten"), bill(2, "ten")))
		if got := state(t, c); got != want {
			t.Errorf("%s: %q, want %q: an item above the answer's version stays under the contract, and no other", policy, got, want)
		}
	}
}

func TestTookPlacesTheRequest(t *testing.T) {
	for _, at := range []struct {
		delta time.Duration
		want  string
	}{{950 * time.Millisecond, "1 old"}, {970 * time.Millisecond, "1 eleven"}} {
		c := New(Contract)
		load(t, c, answer(10, bill(1, "ten")))
		c.At(at.delta)
		c.Apply(message(delta("updated", 1, 11, "eleven")), nil)
		c.At(time.Second)
		if _, err := c.Answered(answer(11, bill(1, "old")), 40*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if got := state(t, c); got != at.want {
			t.Errorf("delta %v before the answer: %q, want %q", time.Second-at.delta, got, at.want)
		}
	}
}

func TestAgreementTakesTheFullerBytes(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(10, bill(1, "ten")))
	c.Sent()
	c.Apply(message(delta("updated", 1, 11, "eleven")), nil)
	a, err := c.Answered(answer(11, bill(1, "eleven")), 0)
	if err != nil || len(a.Contested) != 0 {
		t.Fatalf("contested %v, error %v", a.Contested, err)
	}
	if got := string(c.AppendJSON(nil)); !strings.Contains(got, bill(1, "eleven")) {
		t.Errorf("the answer's googleSync is lost: %s", got)
	}
	if got := apply(c, message(delta("updated", 1, 11, "eleven"))); got != "0 duplicate" {
		t.Errorf("the delta again is %s", got)
	}
}

// TestOnlyWhatDeltasLackIsOverlooked has an answer and the delta of its own version agree but for a member that is null on
// one side: googleSync, which deltas never carry filled, is no difference, and any other one is.
func TestOnlyWhatDeltasLackIsOverlooked(t *testing.T) {
	for name, want := range map[string]string{"googleSync": "0 duplicate", "payUrl": "0 replaced"} {
		for _, nulls := range [][2]string{{`"x"`, "null"}, {"null", `"x"`}} {
			item := func(value string) string { return fmt.Sprintf(`{"id":1,%q:%s}`, name, value) }
			c := New(Contract)
			load(t, c, answer(10, item(nulls[0])))
			d := fmt.Sprintf(`{"itemType":"bill","entityId":1,"action":"updated","version":10,"data":{"bill":%s}}`, item(nulls[1]))
			if got := apply(c, message(d)); got != want {
				t.Errorf("%s %s, then %s: %s, want %s", name, nulls[0], nulls[1], got, want)
			}
		}
	}
}

func TestRestart(t *testing.T) {
	restart := func(connected bool) *Cache {
		c := New(Contract)
		load(t, c, answer(500, bill(1, "old")))
		c.Apply(message(delta("updated", 1, 501, "newer")), nil)
		if connected {
			c.Connected()
		}
		c.Sent()
		if a, err := c.Answered(answer(3, bill(1, "three")), 0); err != nil || a.Restarted != connected {
			t.Fatalf("restarted: %v, %v", a.Restarted, err)
		}
		return c
	}
	c := restart(true)
	if got := state(t, c); got != "1 three" || c.Version() != 3 {
		t.Errorf("holds %q at %d, want the restarted server's plan", got, c.Version())
	}
	if got := apply(c, message(delta("updated", 1, 4, "four"))); got != "0 replaced" {
		t.Errorf("the next delta is %s", got)
	}
	c = restart(false)
	if got := state(t, c); got != "1 newer" || c.Version() != 501 {
		t.Errorf("holds %q at %d, want no way back within a connection", got, c.Version())
	}
}

func TestUnusablePlanChangesNothing(t *testing.T) {
	for _, text := range []string{`{"error":"No recipient found"}`, `{"bills":[{]}`, ``} {
		c := New(Contract)
		load(t, c, answer(10, bill(1, "ten")))
		before := string(c.AppendJSON(nil))
		var wrong *plan.Error
		if err := c.Load([]byte(text)); !errors.As(err, &wrong) {
			t.Errorf("Load(%s) = %v", text, err)
		}
		if after := string(c.AppendJSON(nil)); after != before {
			t.Errorf("Load(%s) left %s", text, after)
		}
	}
}

func TestOddElements(t *testing.T) {
	for policy, want := range map[Policy]string{
		Contract: `{"bills":[{"id":1,"v":2},null,{"id":"x"}],"planVersion":2,"appointments":[]}`,
		Mobile:   `{"bills":[{"id":1,"v":1},null,{"id":"x"},{"id":1,"v":2}],"planVersion":2,"appointments":[]}`,
	} {
		c := New(policy)
		load(t, c, []byte(`{"bills":[{"id":1,"v":1},null,{"id":"x"},{"id":1,"v":2},{"id":2.0}],"planVersion":1}`))
		c.Apply(message(deletion(2, 2)), nil)
		if got := string(c.AppendJSON(nil)); got != want {
			t.Errorf("%s: %s, want %s", policy, got, want)
		}
		load(t, c, answer(3))
		if got := state(t, c); got != "" {
			t.Errorf("%s: %q is left", policy, got)
		}
	}
}
