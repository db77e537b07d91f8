package plancache

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
)

// TestTable goes through CAREBASE.md's table of clients, and what the contract says beside it. The cache holds bill 1,
// which a delta of version 12 made todo, in a plan of version 10; bill 9 was deleted at version 13.
func TestTable(t *testing.T) {
	const held = "1 todo"
	for _, c := range []struct {
		name, delta      string
		contract, mobile string // outcome; then the bills, where they changed
	}{
		{"created, unknown", delta("created", 2, 14, "todo"), "applied; 1 todo, 2 todo", "applied; 2 todo, 1 todo"},
		{"updated, unknown", delta("updated", 2, 14, "todo"), "refresh (unknown-entity)", "applied; 2 todo, 1 todo"},
		{"created, known", delta("created", 1, 14, "paid"), "replaced; 1 paid", "replaced; 1 paid"},
		{"updated, known", delta("updated", 1, 14, "paid"), "replaced; 1 paid", "replaced; 1 paid"},
		{"deleted, known", deletion(1, 14), "removed; ", "removed; "},
		{"deleted, unknown", deletion(2, 14), "refresh (unknown-entity)", "refresh (unknown-entity)"},
		{"data missing", `{"itemType":"bill","entityId":1,"action":"updated","version":14}`, "refresh (payload-missing)", "refresh (payload-missing)"},
		{
			"data null", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":null}`,
			"refresh (payload-missing)", "refresh (payload-missing)",
		},
		{
			"data of another type", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"appointment":{"id":1}}}`,
			"refresh (payload-missing)", "refresh (payload-missing)",
		},
		{
			"payload null", `{"itemType":"bill","entityId":2,"action":"created","version":14,"data":{"bill":null}}`,
			"refresh (payload-missing)", "refresh (payload-missing)",
		},
		{"payload false", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":false}}`, "refresh (malformed)", "refresh (payload-missing)"},
		{"payload empty text", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":""}}`, "refresh (malformed)", "refresh (payload-missing)"},
		{"payload zero", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":-0.0}}`, "refresh (malformed)", "refresh (payload-missing)"},
		{"data no object", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":7}`, "refresh (malformed)", "refresh (payload-missing)"},
		{
			"payload of another entity", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":{"id":12}}}`,
			"refresh (malformed)", "replaced; 12 ",
		},
		{
			"payload of another entity, id last", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":{"a":1,"id":12}}}`,
			"refresh (malformed)", "replaced; 12 ",
		},
		{
			"payload without id", `{"itemType":"bill","entityId":1,"action":"updated","version":14,"data":{"bill":{"status":"odd"}}}`,
			"replaced; 0 odd", "replaced; 0 odd",
		},
		{"plan", planDelta, "refresh (plan-delta)", "refresh (plan-delta)"},
		{
			"plan, with a section", `{"itemType":"plan","entityId":1,"action":"updated","version":14,"data":{"section":"collaborators"}}`,
			"refresh (plan-delta)", "refresh (plan-delta)",
		},
		{"older version, known", delta("updated", 1, 11, "old"), "stale", "replaced; 1 old"},
		{"older version, deleted since", delta("created", 9, 12, "old"), "stale", "applied; 9 old, 1 todo"},
		{"older version, gone at it", delta("updated", 9, 13, "old"), "stale", "applied; 9 old, 1 todo"},
		{"older than the plan, unknown", delta("created", 2, 9, "old"), "stale", "applied; 2 old, 1 todo"},
		{"older deletion, known", deletion(1, 11), "stale", "removed; "},
		{"deleted again, same version", deletion(9, 13), "duplicate", "refresh (unknown-entity)"},
		{"same version, same content", delta("created", 1, 12, "todo"), "duplicate", "duplicate"},
		{"same version, other content", delta("updated", 1, 12, "paid"), "replaced; 1 paid", "replaced; 1 paid"},
		{"no version, known", strings.Replace(delta("updated", 1, 5, "paid"), `"version":5,`, "", 1), "replaced; 1 paid", "replaced; 1 paid"},
		{"no version, unknown", strings.Replace(delta("created", 2, 5, "paid"), `"version":5,`, "", 1), "applied; 1 todo, 2 paid", "applied; 2 paid, 1 todo"},
		{"item type unknown", strings.Replace(delta("updated", 1, 14, "paid"), `"itemType":"bill"`, `"itemType":"note"`, 1), "refresh (malformed)", "refresh (malformed)"},
		{"action unknown", delta("merged", 1, 14, "paid"), "refresh (malformed)", "replaced; 1 paid"},
		{"action unknown, unknown", delta("merged", 2, 14, "paid"), "refresh (malformed)", "applied; 2 paid, 1 todo"},
		{"action unknown, data missing", `{"itemType":"bill","entityId":1,"action":"merged","version":14}`, "refresh (malformed)", "refresh (payload-missing)"},
		{"entity missing", `{"itemType":"bill","action":"deleted","version":14}`, "refresh (malformed)", "refresh (unknown-entity)"},
		{"no object", `17`, "refresh (malformed)", "failed (malformed)"},
		{"null", `null`, "refresh (malformed)", "failed (malformed)"},
	} {
		for policy, want := range map[Policy]string{Contract: c.contract, Mobile: c.mobile} {
			t.Run(c.name+"/"+policy.String(), func(t *testing.T) {
				cache := New(policy)
				load(t, cache, answer(10, bill(1, "overdue"), bill(9, "todo")))
				cache.Apply(message(delta("updated", 1, 12, "todo"), deletion(9, 13)), nil)
				got := strings.TrimPrefix(apply(cache, message(c.delta)), "0 ")
				if now := state(t, cache); now != held {
					got += "; " + now
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if due := cache.Refresh().State == Due; due != strings.HasPrefix(want, "refresh") {
					t.Errorf("refresh is %v after %q", cache.Refresh().State, want)
				}
			})
		}
	}
}

func TestDeltasNoList(t *testing.T) {
	for _, args := range []string{`[{}]`, `[{"deltas":null}]`, `[{"deltas":{}}]`, `[]`, `nonsense`} {
		for _, policy := range []Policy{Contract, Mobile} {
			var m contract.Message
			contract.Decode([]byte(args), &m)
			want, state := "-1 refresh (malformed)", Due
			if policy == Mobile {
				want, state = "-1 version-check (malformed)", Idle
			}
			c := New(policy)
			got := apply(c, &m)
			if _, check := c.CheckDue(); got != want || c.Refresh().State != state || check != (policy == Mobile) {
				t.Errorf("%s: %s = %q, refresh %v, check due: %v", policy, args, got, c.Refresh().State, check)
			}
		}
	}
	if got := apply(New(Contract), message()); got != "" {
		t.Errorf("empty list = %q, want nothing", got)
	}
}

func TestOrderWithinMessage(t *testing.T) {
	unversioned := strings.Replace(delta("updated", 2, 5, "last"), `"version":5,`, "", 1)
	m := message(unversioned, delta("updated", 1, 18, "c"), delta("updated", 1, 16, "a"), delta("created", 2, 15, "x"), delta("updated", 1, 17, "b"))
	for _, c := range []struct {
		policy      Policy
		told, state string
	}{
		{Contract, "3 applied, 2 replaced, 4 replaced, 1 replaced, 0 replaced", "1 c, 2 last"},
		{Mobile, "0 applied, 1 replaced, 2 replaced, 3 replaced, 4 replaced", "2 x, 1 b"},
	} {
		cache := New(c.policy)
		load(t, cache, answer(14, bill(1, "todo")))
		if got := apply(cache, m); got != c.told {
			t.Errorf("%s: told %s, want %s", c.policy, got, c.told)
		}
		if got := state(t, cache); got != c.state {
			t.Errorf("%s: holds %s, want %s", c.policy, got, c.state)
		}
		if cache.Version() != 18 {
			t.Errorf("%s: version %d, want the highest seen", c.policy, cache.Version())
		}
	}
}

func TestBeforeAndAfter(t *testing.T) {
	cache := New(Contract)
	load(t, cache, answer(1, bill(1, "todo")))
	type change struct{ before, after string }
	var got []change
	var kept [][]byte
	cache.Apply(message(delta("updated", 1, 2, "paid"), delta("created", 2, 3, "todo"), deletion(1, 4), delta("updated", 2, 2, "old")),
		func(_ int, _ Outcome, before, after []byte) {
			kept = append(kept, before, after)
		})
	for i := 0; i < len(kept); i += 2 { // read after the call: what was told must still be there
		got = append(got, change{string(kept[i]), string(kept[i+1])})
	}
	want := []change{
		{bill(1, "todo"), bare(1, "paid")},
		{"", ""}, // version 2 of a bill that is not there yet: a refresh
		{"", bare(2, "todo")},
		{bare(1, "paid"), ""},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestVersionIsTheHighestSeen(t *testing.T) {
	c := New(Contract)
	c.Apply(message(planDelta), nil)
	load(t, c, answer(40))
	c.Apply(message(delta("updated", 1, 45, "x")), nil)
	if c.Version() != 50 || c.Seen() != 50 {
		t.Errorf("version %d, seen %d, want 50", c.Version(), c.Seen())
	}
	if c.Polled(50) || !c.Polled(51) || c.Version() != 50 {
		t.Error("a poll counts as seen, or is not heard")
	}
}

func TestNoEntityOfAnotherType(t *testing.T) {
	c := New(Contract)
	load(t, c, []byte(`{"appointments":[{"id":1}],"bills":[{"id":1}],"planVersion":1}`))
	c.Apply(message(deletion(1, 2)), nil)
	appointments, bills := c.Len()
	_, ok := c.Item(contract.Item{Type: contract.TypeAppointment, ID: 1})
	if appointments != 1 || bills != 0 || !ok {
		t.Errorf("%d appointments, %d bills, appointment there: %v", appointments, bills, ok)
	}
}

func TestHolds(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(10, bare(1, "todo"), bare(2, "todo")))
	apply(c, message(delta("updated", 1, 12, "paid"), deletion(2, 13)))
	apply(c, message(delta("updated", 1, 11, "todo")))
	for id, want := range map[int64]int64{1: 12, 2: 13, 3: 0} {
		if got := c.Holds(contract.Item{Type: contract.TypeBill, ID: id}); got != want {
			t.Errorf("bill:%d holds version %d, want %d", id, got, want)
		}
	}
	if got := c.Holds(contract.Item{Type: contract.TypePlan}); got != 0 {
		t.Errorf("the plan holds version %d", got)
	}
}

// A deletion that overtook the creation of its item on the way is the item's end all the same.
func TestADeletionThatOvertookItsCreation(t *testing.T) {
	for policy, want := range map[Policy]int{Contract: 0, Mobile: 1} {
		c := New(policy)
		load(t, c, answer(10))
		if got, want := apply(c, message(deletion(7, 16))), "0 refresh (unknown-entity)"; got != want {
			t.Errorf("%v: the deletion: %s, want %s", policy, got, want)
		}
		apply(c, message(delta("created", 7, 12, "todo")))
		if _, bills := c.Len(); bills != want {
			t.Errorf("%v: %d bills, want %d", policy, bills, want)
		}
	}
}
