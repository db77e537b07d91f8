package commands

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
)

// A watch that ends by a failure after it found something says both.
func TestWatchThatFoundSomethingSaysWhyItEnded(t *testing.T) {
	var errs bytes.Buffer
	w := &watcher{
		app:    &App{Err: &errs, Now: time.Now},
		hook:   &hook{},
		stream: &stream{started: time.Now(), config: follow.Config{Clock: follow.NewClock(time.Now())}},
		found:  1,
	}
	err := w.end("refused", &rest.RefusedError{Status: 401, Message: "expired"})
	if err != errFound || !strings.Contains(errs.String(), "deltatap: the server refused: expired (401)\n") {
		t.Errorf("it ends with %v, and says %q", err, errs.String())
	}
}

// A difference is reported once, and again where it was mended meanwhile; what is held of them is no more than there are.
func TestADifferenceIsNewOnce(t *testing.T) {
	w := &watcher{reported: map[digest]bool{}}
	report := func(items ...string) *compare.Report {
		r := &compare.Report{Result: &diff.Result{}}
		for _, item := range items {
			id, held, _ := strings.Cut(item, " ")
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			r.Result.Differences = append(r.Result.Differences, diff.Difference{Item: contract.Item{Type: contract.TypeBill, ID: n}, Server: []byte(held)})
			r.Causes = append(r.Causes, diagnose.Cause{Code: diagnose.MissedDelta, Expected: held == "expected"})
		}
		return r
	}
	for _, c := range []struct {
		items []string
		fresh bool
		found int
	}{
		{[]string{"1 a"}, true, 1},
		{[]string{"1 a"}, false, 1},
		{[]string{"1 a", "2 a", "3 expected"}, true, 2},
		{[]string{"1 b", "2 a"}, true, 3},
		{[]string{"2 a"}, false, 3},
		{[]string{"1 b", "2 a"}, true, 4},
	} {
		if fresh := w.fresh(report(c.items...)); fresh != c.fresh || w.found != c.found || len(w.reported) > len(c.items) {
			t.Errorf("%v: new %v, %d found, %d held", c.items, fresh, w.found, len(w.reported))
		}
	}
}

// Where the server's versions begin again, what was seen before says nothing of whether a poll is ahead.
func TestAPollIsAheadOfAPlanWhoseVersionsBeganAgain(t *testing.T) {
	w := &watcher{stream: &stream{}}
	cache := plancache.New(plancache.Contract)
	w.stream.config.Cache = cache
	read := func(version int) {
		cache.Connected()
		cache.Sent()
		if _, err := cache.Answered(fmt.Appendf(nil, `{"appointments":[],"bills":[],"planVersion":%d}`, version), 0); err != nil {
			t.Fatal(err)
		}
	}
	read(40)
	var m contract.Message
	contract.Decode([]byte(`[{"deltas":[{"itemType":"bill","entityId":1,"action":"deleted","version":41}]}]`), &m)
	enter(&w.stream.account, &session.Record{Kind: session.KindEvent}, &m)
	cache.Apply(&m, nil)
	read(3)
	for polled, want := range map[int64]bool{3: false, 4: true} {
		if got := w.behind(polled); got != want {
			t.Errorf("a poll of v%d is ahead of v3: %v", polled, got)
		}
	}
}

// A comparison whose connection broke while the server's plan was read is none: what a client is to do about that it does when it
// is connected again.
func TestAComparisonWhoseConnectionBrokeIsNone(t *testing.T) {
	const lists = `{"appointments":[],"bills":[{"id":1,"status":%q}],"planVersion":%d}`
	server, err := plan.Parse(fmt.Appendf(nil, lists, "paid", 2))
	if err != nil {
		t.Fatal(err)
	}
	for steady, settled := range map[bool]int{true: 1, false: 0} {
		d := newDesk(t)
		w := &watcher{
			app: d.App, opts: &watchOptions{}, compare: &comparison{diffOptions: &diffOptions{output: "json"}}, stream: &stream{target: &endpoint.Endpoint{}},
			timeline: diagnose.NewTimeline(plancache.Contract), reported: map[digest]bool{}, online: steady, steady: steady,
			reading: true, held: fmt.Appendf(nil, lists, "todo", 1),
		}
		if err := w.finish(compareRead{0, &serverPlan{plan: server, fenced: true, stable: true}, nil}); err != nil || w.settled != settled || w.reading {
			t.Errorf("steady %v: %v, %d settled, reading: %v", steady, err, w.settled, w.reading)
		}
	}
}

// A comparison that finds nothing settles what was before it, unless the connection changed meanwhile.
func TestAComparisonThatFindsNothingSettlesWhatWasBefore(t *testing.T) {
	const bills = `{"appointments":[],"bills":[{"id":1,"status":%q},{"id":2,"status":%q}],"planVersion":%d}`
	const changed = `[{"deltas":[{"itemType":"bill","entityId":1,"planItemId":1,"action":"updated","data":{"bill":{"id":1,"status":%q}},"version":%d}]}]`
	for steady, want := range map[bool]diagnose.Code{true: diagnose.HalfWritten, false: diagnose.MissedDelta} {
		w := &watcher{
			app: &App{}, opts: &watchOptions{}, compare: &comparison{diffOptions: &diffOptions{}}, stream: &stream{target: &endpoint.Endpoint{}},
			timeline: diagnose.NewTimeline(plancache.Contract), reported: map[digest]bool{{}: true}, online: true, steady: steady,
		}
		var n int64
		record := func(rec session.Record) {
			n++
			rec.N, rec.T = n, time.Duration(n)*time.Second
			w.timeline.Record(&rec)
		}
		server := func(one, two string, version int) *serverPlan {
			p, err := plan.Parse(fmt.Appendf(nil, bills, one, two, version))
			if err != nil {
				t.Fatal(err)
			}
			return &serverPlan{plan: p, fenced: true, stable: true}
		}
		record(session.Record{Kind: session.KindConnect})
		record(session.Record{Kind: session.KindPlan, Status: 200, Body: fmt.Appendf(nil, bills, "todo", "todo", 1)})
		record(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: fmt.Appendf(nil, changed, "paid", 3)}) // v2 never comes
		w.held = w.timeline.Cache().AppendJSON(nil)
		if _, err := w.judge(server("paid", "todo", 3)); err != nil || len(w.reported) > 0 {
			t.Fatalf("%v, and %d differences are there", err, len(w.reported))
		}
		record(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: fmt.Appendf(nil, changed, "todo", 4)})
		held, err := plan.Parse(w.timeline.Cache().AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		report, err := w.compare.compare(&heldPlan{plan: held, timeline: w.timeline, folded: true, live: true}, server("todo", "paid", 4))
		if err != nil || len(report.Causes) != 1 || report.Causes[0].Code != want {
			t.Errorf("steady %v: %+v, %v, want %s", steady, report.Causes, err, want)
		}
	}
}
