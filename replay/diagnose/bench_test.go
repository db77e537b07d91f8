package diagnose

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// appendBill appends a bill as a server writes it, about 300 bytes long.
func appendBill(dst []byte, id, amount int) []byte {
	n := strconv.Itoa(id)
	return append(dst, `{"id":`+n+`,"itemId":1`+n+`,"statementDate":null,"amount":`+strconv.Itoa(amount)+`,"dueDate":"2026-11-29T00:00:00.000Z",`+
		`"payUrl":"https://pay.example.com/bill/`+n+`","status":"todo","taskKey":"key-`+n+`","createdAt":"2026-11-20T08:00:00.000Z",`+
		`"assignedCollaboratorId":null,"googleSync":null}`...)
}

func appendBills(version, count int, amount func(id int) int) []byte {
	text := []byte(`{"recipient":{"id":7},"dateRange":{"start":"2026-11-27T00:00:00Z","end":"2026-12-04T00:00:00Z"},"appointments":[],"bills":[`)
	for id := 1; id <= count; id++ {
		if id > 1 {
			text = append(text, ',')
		}
		text = appendBill(text, id, amount(id))
	}
	return append(text, `],"planVersion":`+strconv.Itoa(version)+`,"planUpdatedAt":null,"collaborators":[]}`...)
}

func deltaOf(version, id, amount int) []byte {
	text := fmt.Appendf(nil, `[{"deltas":[{"itemType":"bill","entityId":%d,"action":"updated","version":%d,"data":{"bill":`, id, version)
	return append(appendBill(text, id, amount), `}}]}]`...)
}

// loseHalf is a comparison of many bills, each of which changed: every second change was lost.
func loseHalf(tb testing.TB, items int) Case {
	tb.Helper()
	timeline := NewTimeline(plancache.Contract)
	timeline.Header(session.Header{Started: started})
	records := int64(0)
	add := func(rec session.Record) {
		records++
		rec.N, rec.T = records, time.Duration(records)*time.Millisecond
		timeline.Record(&rec)
	}
	add(session.Record{Kind: session.KindConnect})
	add(session.Record{Kind: session.KindVersion, Status: 200, Took: time.Microsecond, Body: []byte(`{"planVersion":1}`)})
	first := appendBills(1, items, func(int) int { return 1 })
	add(session.Record{Kind: session.KindPlan, Status: 200, Took: time.Microsecond, Body: first})
	version := 1
	for id := 1; id <= items; id++ {
		version += 2 // the one between them is lost
		add(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: deltaOf(version, id, 2)})
	}
	add(session.Record{Kind: session.KindEnd})
	server, err := plan.Parse(appendBills(version+1, items, func(int) int { return 3 }))
	if err != nil {
		tb.Fatal(err)
	}
	cached, err := plan.Parse(timeline.Cache().AppendJSON(nil))
	if err != nil {
		tb.Fatal(err)
	}
	result, err := diff.Parsed(cached, server, diff.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return Case{
		Differences: result.Differences, Cached: cached, Server: server, Timeline: timeline, SessionIsCache: true, Fence: Settled, Location: time.UTC,
	}
}

// BenchmarkExplain explains 100,000 differences, with every finding and its words.
func BenchmarkExplain(b *testing.B) {
	c := loseHalf(b, 100_000)
	if len(c.Differences) != 100_000 {
		b.Fatalf("%d differences", len(c.Differences))
	}
	b.ReportAllocs()
	for b.Loop() {
		r := Explain(c)
		for i := range c.Differences {
			for _, f := range r.Findings(i) {
				_ = f.Reason()
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.Differences)), "ns/difference")
}

// BenchmarkRecord folds deltas of 100,000 items into a history, and into a cache alone.
func BenchmarkRecord(b *testing.B) {
	const items, deltas = 100_000, 300_000
	first := appendBills(1, items, func(int) int { return 1 })
	args := make([][]byte, deltas)
	for i := range args {
		args[i] = deltaOf(i+2, i*7919%items+1, i%9)
	}
	for _, with := range []string{"timeline", "fold alone"} {
		b.Run(with, func(b *testing.B) {
			for b.Loop() {
				record := (&fold.Fold{Cache: plancache.New(plancache.Contract)}).Record
				if with == "timeline" {
					record = NewTimeline(plancache.Contract).Record
				}
				record(&session.Record{N: 1, Kind: session.KindConnect})
				record(&session.Record{N: 2, Kind: session.KindPlan, Status: 200, Body: first})
				for i := range args {
					record(&session.Record{N: int64(i + 3), T: time.Duration(i) * time.Millisecond, Kind: session.KindEvent, Event: contract.Event, Args: args[i]})
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/deltas, "ns/delta")
		})
	}
}

// heapInUse is what is held once all garbage is gone.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
