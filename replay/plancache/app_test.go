package plancache

import (
	"fmt"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
)

// TestTheAppKnowsTwoVersions goes through what raises the version that polls are compared with, and that of its plan.
func TestTheAppKnowsTwoVersions(t *testing.T) {
	c := New(Mobile)
	for _, step := range []struct {
		what string
		do   func()
		want string // version, seen
	}{
		{"a delta before the first plan", func() { c.Apply(message(delta("created", 1, 45, "x")), nil) }, "0 45"},
		{"an answer that is lower", func() { load(t, c, answer(40, bill(1, "todo"))) }, "40 40"},
		{"a delta that is applied", func() { c.Apply(message(delta("updated", 1, 42, "x")), nil) }, "42 42"},
		{"one of an older version", func() { c.Apply(message(delta("updated", 1, 41, "y")), nil) }, "42 42"},
		{"one that calls for a refresh", func() { c.Apply(message(deletion(7, 44)), nil) }, "42 44"},
		{"a plan delta", func() { c.Apply(message(planDelta), nil) }, "42 50"},
		{"a deletion", func() { c.Apply(message(deletion(1, 43)), nil) }, "43 50"},
		{"a poll", func() { c.Polled(60) }, "43 50"},
		{"a page", func() { load(t, c, []byte("<html>")) }, "0 0"},
		{"an answer", func() { load(t, c, answer(42)) }, "42 42"},
	} {
		step.do()
		if got := fmt.Sprint(c.Version(), " ", c.Seen()); got != step.want {
			t.Errorf("after %s: version and seen are %s, want %s", step.what, got, step.want)
		}
	}
	for polled, ahead := range map[int64]bool{42: false, 43: true} {
		if got := c.Clone().Polled(polled); got != ahead {
			t.Errorf("a poll of v%d is ahead: %v", polled, got)
		}
	}
}

// The app writes its file at answers alone.
func TestTheAppsFile(t *testing.T) {
	c := New(Mobile)
	if c.File() != nil {
		t.Errorf("a new app has the file %s", c.File())
	}
	first, second := answer(1, bill(1, "todo")), answer(3, bill(1, "paid"), bill(2, "todo"))
	load(t, c, first)
	c.Apply(message(delta("updated", 1, 2, "overdue"), deletion(9, 3)), nil)
	if got := string(c.File()); got != string(first) || state(t, c) != "1 overdue" {
		t.Errorf("the file holds %s, the screen shows %s", got, state(t, c))
	}
	copied := c.Clone()
	load(t, c, second)
	if got, was := string(c.File()), string(copied.File()); got != string(second) || was != string(first) {
		t.Errorf("the file holds %s, its copy %s", got, was)
	}
	of := New(Contract)
	load(t, of, first)
	if of.File() != nil {
		t.Errorf("a client by the contract has the file %s", of.File())
	}
}

// At its start the app shows its file, and refreshes.
func TestTheAppStarts(t *testing.T) {
	for name, c := range map[string]struct {
		file, screen string
		loaded       bool
		version      int64
	}{
		"with its file":  {string(answer(7, bill(1, "todo"))), "1 todo", true, 7},
		"with none":      {"", "", false, 0},
		"with a cut one": {`{"bills":[{"id":1`, "", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			app := New(Mobile)
			app.Start([]byte(c.file))
			r := app.Refresh()
			if state(t, app) != c.screen || app.Loaded() != c.loaded || app.Version() != c.version || app.Seen() != c.version {
				t.Errorf("shows %s, loaded: %v, v%d, seen v%d", state(t, app), app.Loaded(), app.Version(), app.Seen())
			}
			if r.State != Due || len(r.Triggers) != 1 || r.Triggers[0].Reason != Starting {
				t.Errorf("the refresh is %+v", r)
			}
		})
	}
}

// What the app puts in an item's place it finds by the payload's own id from then on.
func TestTheAppFindsAnItemByItsOwnID(t *testing.T) {
	odd := func(action string, id int, own, status string) string {
		return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"action":%q,"version":5,"data":{"bill":{"id":%s,"status":%q}}}`, id, action, own, status)
	}
	c := New(Mobile)
	load(t, c, answer(1, bill(1, "one"), bill(2, "two")))
	for _, step := range []struct{ delta, outcome, holds string }{
		{odd("updated", 1, "2", "a"), "0 replaced", "2 a, 2 two"},
		{deletion(1, 5), "0 refresh (unknown-entity)", "2 a, 2 two"},
		{delta("updated", 2, 5, "b"), "0 replaced", "2 b, 2 two"}, // the first of two
		{odd("updated", 1, "3", "c"), "0 applied", "3 c, 2 b, 2 two"},
		{deletion(2, 5), "0 removed", "3 c, 2 two"},
		{delta("updated", 2, 5, "d"), "0 replaced", "3 c, 2 d"}, // the other one, then
		{odd("updated", 3, "1", "e"), "0 replaced", "1 e, 2 d"},
		{odd("created", 7, "2", "f"), "0 applied", "2 f, 1 e, 2 d"},
		{deletion(2, 5), "0 removed", "1 e, 2 d"},
	} {
		if got := apply(c, message(step.delta)); got != step.outcome || state(t, c) != step.holds {
			t.Errorf("%s: %s, and holds %s; want %s, %s", step.delta, got, state(t, c), step.outcome, step.holds)
		}
	}
	c.Apply(message(odd("updated", 1, `"1"`, "text")), nil)
	if raw, ok := c.Item(contract.Item{Type: contract.TypeBill, ID: 1}); ok {
		t.Errorf("an item whose id is text is found by a number: %s", raw)
	}
	if got := apply(c, message(delta("updated", 1, 6, "again"))); got != "0 applied" {
		t.Errorf("the next delta of it is %s", got)
	}
}

// Deltas behind one on which the app fails are taken all the same.
func TestTheAppFailsOnADelta(t *testing.T) {
	c := New(Mobile)
	load(t, c, answer(1, bill(1, "todo")))
	if got, want := apply(c, message("null", delta("updated", 1, 2, "paid"), "7")), "0 failed (malformed), 1 replaced, 2 failed (malformed)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c.Refresh().State != Idle || state(t, c) != "1 paid" {
		t.Errorf("the refresh is %v, and the screen shows %s", c.Refresh().State, state(t, c))
	}
}
