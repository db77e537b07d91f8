package diagnose

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// TestEqualTexts has a plan tell of an item what its text says, also where that text is one that was forgotten in between.
func TestEqualTexts(t *testing.T) {
	for name, text := range map[string]string{
		"versions began again": `
			0 connect
			0.5 version v50 took 5ms
			1 plan v50 took 30ms bill:1=10
			2 disconnect transport close
			3 connect
			4 plan v2 took 30ms bill:1=10
			90 end
			server v3 settled bill:1=11`,
		"an agreement came between": `
			client mobile
			0 connect
			0.5 version v5 took 5ms
			1 plan v5 took 30ms bill:1=10
			2 deltas v6 bill:1=12
			agreed v6 bill:1=12
			3 deltas v7 plan
			3.1 plan v7 took 5ms bill:1=10
			90 end
			server v8 settled bill:1=11`,
	} {
		w := readWorld(t, text)
		h := w.Timeline.items[w.Differences[0].Item]
		want := contentOf(w.Differences[0].Cached)
		if h.held != want || h.lastTold() != want {
			t.Errorf("%s: the client holds what the plan told, and the history says otherwise", name)
		}
	}
}

// TestAgreementsBoundWhatIsHeld has a watch that agrees now and then hold no more after many deltas than after few.
func TestAgreementsBoundWhatIsHeld(t *testing.T) {
	const items, deltas, between = 100, 200_000, 10_000
	timeline := NewTimeline(plancache.Contract)
	timeline.Header(session.Header{Started: started})
	records := int64(0)
	add := func(rec session.Record) {
		records++
		rec.N, rec.T = records, time.Duration(records)*time.Millisecond
		timeline.Record(&rec)
	}
	add(session.Record{Kind: session.KindConnect})
	add(session.Record{Kind: session.KindPlan, Status: 200, Took: time.Microsecond, Body: appendBills(1, items, func(int) int { return 1 })})
	for version := 2; version <= deltas+1; version++ {
		add(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: deltaOf(version, version%items+1, version)})
		switch {
		case version%1000 == 0:
			add(session.Record{Kind: session.KindVersion, Status: 200, Body: fmt.Appendf(nil, `{"planVersion":%d}`, version)})
		case version%1003 == 0:
			add(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})
			add(session.Record{Kind: session.KindConnect})
			add(session.Record{Kind: session.KindPlan, Status: 500})
		}
		if version%between == 0 {
			agreeOnAll(t, timeline)
			if n := countHeld(timeline); n > 4*items {
				t.Fatalf("%d deltas and an agreement later, %d things are held", version, n)
			}
		}
		if n := countHeld(timeline); n > 4*between+4*items {
			t.Fatalf("%d deltas later, %d things are held", version, n)
		}
	}
}

// agreeOnAll has the server's plan be what the client holds.
func agreeOnAll(t *testing.T, timeline *Timeline) {
	t.Helper()
	server, err := plan.Parse(timeline.Cache().AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	timeline.Agreed(server, nil)
}

// countHeld is how many things a history holds.
func countHeld(t *Timeline) int {
	n := len(t.answers) + len(t.failed) + len(t.points) + len(t.came) + len(t.odd) + len(t.dues) + len(t.links) + len(t.holes) +
		len(t.shifts) + len(t.doubts)
	if t.saved != nil {
		n += len(t.saved.fits)
	}
	for _, h := range t.items {
		n += 1 + len(h.facts) + len(h.told)
	}
	return n
}

// TestRecordHoldsLittle has a history hold few bytes beside what the cache holds: for each item, and for each delta.
func TestRecordHoldsLittle(t *testing.T) {
	const items, deltas = 20_000, 60_000
	before := heapInUse()
	timeline := NewTimeline(plancache.Contract)
	timeline.Record(&session.Record{N: 1, Kind: session.KindConnect})
	timeline.Record(&session.Record{N: 2, Kind: session.KindPlan, Status: 200, Body: appendBills(1, items, func(int) int { return 1 })})
	planned := heapInUse()
	cache := int64(len(timeline.Cache().AppendJSON(nil)))
	for i := range deltas {
		timeline.Record(&session.Record{
			N: int64(i + 3), T: time.Duration(i) * time.Millisecond, Kind: session.KindEvent, Event: contract.Event, Args: deltaOf(i+2, i*7919%items+1, i%9),
		})
	}
	perItem, perDelta := (planned-before-cache)/items, (heapInUse()-planned)/deltas
	runtime.KeepAlive(timeline)
	t.Logf("%d bytes an item, %d bytes a delta", perItem, perDelta)
	if perItem > 400 || perDelta > 450 {
		t.Errorf("%d bytes an item, %d bytes a delta", perItem, perDelta)
	}
}
