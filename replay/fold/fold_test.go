package fold

import (
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

const planText = `{"appointments":[],"bills":[{"id":1,"status":"todo"}],"planVersion":5}`

// loaded is a fold whose client holds a plan.
func loaded(t *testing.T) *Fold {
	t.Helper()
	f := &Fold{Cache: plancache.New(plancache.Contract)}
	f.Record(&session.Record{Kind: session.KindPlan, Status: 200, Body: []byte(planText)})
	if !f.Loaded || f.Cache.Version() != 5 {
		t.Fatalf("the plan was not taken: v%d", f.Cache.Version())
	}
	return f
}

// TestWhatCallsForAPlan has records of which some make a client ask for the plan, and others say nothing.
func TestWhatCallsForAPlan(t *testing.T) {
	for name, c := range map[string]struct {
		rec  session.Record
		want plancache.Reason // "": nothing is due
	}{
		"plan:update":        {session.Record{Kind: session.KindEvent, Event: PlanUpdateEvent, Args: []byte("[]")}, plancache.PlanUpdate},
		"connection:ack":     {session.Record{Kind: session.KindEvent, Event: "connection:ack", Args: []byte(`[{"ok":true}]`)}, ""},
		"a poll ahead":       {session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":6}`)}, plancache.VersionBehind},
		"a poll level":       {session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":5}`)}, ""},
		"a poll, spelled":    {session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":6.0}`)}, plancache.VersionBehind},
		"a poll that failed": {session.Record{Kind: session.KindVersion, Status: 500, Body: []byte(`{"planVersion":6}`)}, ""},
		"a poll of nothing":  {session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":"6"}`)}, ""},
		"a plan delta": {
			session.Record{Kind: session.KindEvent, Event: contract.Event, Args: []byte(`[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":6}]}]`)},
			plancache.PlanDelta,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := loaded(t)
			f.Record(&c.rec)
			var got plancache.Reason
			if triggers := f.Cache.Refresh().Triggers; len(triggers) > 0 {
				got = triggers[0].Reason
			}
			if got != c.want {
				t.Errorf("due for %q, want %q", got, c.want)
			}
		})
	}
}

// An answer that is no plan, or of a status that is none, changes nothing, and has failed.
func TestAnswersThatAreNoPlan(t *testing.T) {
	for name, rec := range map[string]session.Record{
		"500":           {Kind: session.KindPlan, Status: 500, Body: []byte(`{"appointments":[],"bills":[],"planVersion":9}`)},
		"no plan":       {Kind: session.KindPlan, Status: 200, Body: []byte(`<html>`)},
		"no connection": {Kind: session.KindPlan, Error: "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := loaded(t)
			f.Record(&rec)
			if r := f.Cache.Refresh(); f.Loaded || f.Cache.Version() != 5 || r.Attempt != 1 {
				t.Errorf("taken: %v, v%d, after %d failures", f.Loaded, f.Cache.Version(), r.Attempt)
			}
		})
	}
}

// What is told of a record is gone with the next.
func TestEachRecordForItself(t *testing.T) {
	f := loaded(t)
	stale := []byte(`[{"deltas":[{"itemType":"bill","entityId":1,"action":"updated","version":4,"data":{"bill":{"id":1,"status":"paid"}}}]}]`)
	f.Record(&session.Record{Kind: session.KindEvent, Event: contract.Event, Args: stale})
	if f.Message == nil || len(f.Changes) != 1 || f.Changes[0].Result != plancache.Stale || f.Changes[0].Held != 5 || f.Loaded {
		t.Errorf("of the message: %+v, %+v", f.Message, f.Changes)
	}
	f.Record(&session.Record{Kind: session.KindMark, Text: "saved"})
	if f.Message != nil || len(f.Changes) != 0 {
		t.Errorf("of the mark: %+v, %+v", f.Message, f.Changes)
	}
}

// Without a cache, messages are decoded all the same.
func TestWithoutACache(t *testing.T) {
	f := &Fold{}
	f.Record(&session.Record{Kind: session.KindEvent, Event: contract.Event, Args: []byte(`[{"deltas":[{"version":4}]}]`)})
	if f.Message == nil || len(f.Message.Deltas) != 1 || f.Message.Deltas[0].Version != 4 || f.Changes != nil {
		t.Errorf("got %+v, %+v", f.Message, f.Changes)
	}
}
