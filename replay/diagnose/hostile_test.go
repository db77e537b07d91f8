package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// TestNoEvidenceIsTooOdd explains whatever records there are, in whatever order: it names a cause that there is, gives every hypothesis
// a reason, tells the same twice, and never panics.
func TestNoEvidenceIsTooOdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		r := Explain(c)
		if len(r.Causes) != len(c.Differences) {
			t.Fatalf("%d causes of %d differences", len(r.Causes), len(c.Differences))
		}
		for i := range r.Causes {
			checkFindings(t, r, i)
		}
		again := Explain(c)
		for i := range r.Causes {
			if a, b := tellCause(&r.Causes[i]), tellCause(&again.Causes[i]); a != b {
				t.Fatalf("told at first: %s\nand then: %s", a, b)
			}
		}
		r.HoldUnder(again)
		if (r.Verdict == InSync) != (len(c.Differences) == 0) && c.Fence != Unstable && Strangers(c.Cached, c.Server) == "" {
			t.Fatalf("%d differences are %s", len(c.Differences), r.Verdict)
		}
	})
}

func checkFindings(t *rapid.T, r *Report, i int) {
	c := &r.Causes[i]
	if c.Summary == "" || len(c.Parties) == 0 || c.Heals.Summary == "" || byCode[c.Code] == 0 && c.Code != hypotheses[0].Code {
		t.Fatalf("a cause without words: %s", tellCause(c))
	}
	standing := 0
	for _, f := range r.Findings(i) {
		if f.Reason() == "" || f.Unseen < 0 {
			t.Fatalf("%s %s: %q, %d unseen", f.Code, f.Standing, f.Reason(), f.Unseen)
		}
		if f.Standing == Stands && !f.Link {
			standing++
		}
	}
	if c.Certainty == Certain && standing != 1 {
		t.Fatalf("%s is certain, and %d hypotheses stand", c.Code, standing)
	}
}

// drawCase draws a comparison of which nothing is sure but that both plans can be read.
func drawCase(t *rapid.T) Case {
	c := Case{
		Server: drawPlan(t), SameClient: rapid.Bool().Draw(t, "same client"), Live: rapid.Bool().Draw(t, "live"), Location: time.UTC,
		Fence: rapid.SampledFrom([]Fence{Saved, Unstable, Fenced, Settled}).Draw(t, "fence"),
	}
	if rapid.Bool().Draw(t, "file") {
		c.Cached = drawPlan(t)
	}
	if c.Cached == nil || rapid.IntRange(0, 9).Draw(t, "session") > 0 {
		c.Timeline = drawTimeline(t, c.Cached)
	}
	if c.SessionIsCache = c.Cached == nil; c.SessionIsCache {
		p, err := plan.Parse(c.Timeline.Cache().AppendJSON(nil))
		if err != nil {
			t.Fatalf("the cache cannot be read: %v", err)
		}
		c.Cached = p
	}
	result, err := diff.Parsed(c.Cached, c.Server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.Differences = result.Differences
	return c
}

func drawTimeline(t *rapid.T, file *plan.Plan) *Timeline {
	timeline := NewTimelineBeside(rapid.SampledFrom([]plancache.Policy{plancache.Contract, plancache.Mobile}).Draw(t, "policy"),
		rapid.SampledFrom([]fold.Answers{fold.AsRecorded, fold.OnlyAsked}).Draw(t, "answers"))
	timeline.Header(session.Header{
		Started: started, Filter: rapid.SampledFrom([]string{"", "", "", "bills"}).Draw(t, "filter"),
		Faults: rapid.SampledFrom([]string{"", "", "drop=5%"}).Draw(t, "faults"), User: []byte(`{"id":9}`),
	})
	if file != nil && rapid.IntRange(0, 9).Draw(t, "saved") > 0 {
		timeline.Saved(file)
	}
	at, number := 0.0, int64(0)
	for range rapid.IntRange(0, 25).Draw(t, "records") {
		at += rapid.SampledFrom([]float64{0, 0.001, 0.5, 3, 70, -2}).Draw(t, "later")
		switch rapid.IntRange(0, 24).Draw(t, "beside records") {
		case 0:
			timeline.Damaged()
		case 1:
			timeline.CutOff()
		case 2:
			timeline.Agreed(drawPlan(t), nil)
		case 3:
			number += rapid.Int64Range(-3, 3).Draw(t, "skipped")
		case 4:
			rec := drawRecord(t, at)
			rec.N = number
			timeline.Other(rec)
		default:
			number++
			rec := drawRecord(t, at)
			rec.N = number
			timeline.Record(rec)
		}
	}
	checkHeld(t, timeline)
	return timeline
}

// checkHeld holds what a history says that its client holds against the client's cache. The app may put a payload of another id in an
// item's place: then the two ask for it by different ids.
func checkHeld(t *rapid.T, timeline *Timeline) {
	if timeline.Cache().Policy() == plancache.Mobile {
		return
	}
	for it, h := range timeline.items {
		if it.Type != contract.TypeAppointment && it.Type != contract.TypeBill {
			continue
		}
		now, ok := timeline.Cache().Item(it)
		if !ok {
			now = nil
		}
		if h.held != contentOf(now) {
			t.Fatalf("%s: the client holds %s, and its history says otherwise", it, now)
		}
	}
}

func drawRecord(t *rapid.T, at float64) *session.Record {
	rec := &session.Record{
		T: time.Duration(at * float64(time.Second)), Status: rapid.SampledFrom([]int{200, 200, 200, 0, 404, 500}).Draw(t, "status"),
		Took:   rapid.SampledFrom([]time.Duration{session.TookUnknown, 0, time.Millisecond, time.Second, time.Hour}).Draw(t, "took"),
		Reason: rapid.SampledFrom([]string{"", "transport close", goodbye, session.ReasonRotated}).Draw(t, "reason"),
		Lost:   rapid.SampledFrom([]int64{0, 0, 0, 2}).Draw(t, "lost"),
	}
	rec.Kind = rapid.SampledFrom([]session.Kind{
		session.KindEvent, session.KindEvent, session.KindEvent, session.KindPlan, session.KindPlan, session.KindVersion, session.KindConnect,
		session.KindDisconnect, session.KindConnectError, session.KindRequest, session.KindMark, session.KindEnd, "upstream", "",
	}).Draw(t, "kind")
	switch rec.Kind {
	case session.KindEvent:
		rec.Event = rapid.SampledFrom([]string{contract.Event, contract.Event, contract.Event, fold.PlanUpdateEvent, ackEvent}).Draw(t, "event")
		rec.Args = []byte(drawArgs(t))
	case session.KindPlan:
		rec.Body = []byte(drawOdd(t, drawPlanText(t)))
	case session.KindVersion:
		rec.Body = []byte(drawOdd(t, `{"planVersion":`+drawVersion(t)+`,"planUpdatedAt":`+drawInstant(t)+`}`))
	case session.KindRequest:
		rec.Raw = []byte(`{"status":200}`)
	}
	return rec
}

// drawOdd leaves a text as it is, as a rule.
func drawOdd(t *rapid.T, text string) string {
	switch rapid.IntRange(0, 19).Draw(t, "odd") {
	case 0:
		return text[:rapid.IntRange(0, len(text)).Draw(t, "cut at")]
	case 1:
		return rapid.SampledFrom([]string{"", "null", "[]", "{}", "<html>", "7", `"x"`, "[null]", "[{}]"}).Draw(t, "instead")
	}
	return text
}

func drawArgs(t *rapid.T) string {
	var deltas []string
	for range rapid.IntRange(0, 3).Draw(t, "deltas") {
		deltas = append(deltas, drawOdd(t, drawDelta(t)))
	}
	return drawOdd(t, `[{"deltas":`+drawOdd(t, "["+strings.Join(deltas, ",")+"]")+`}]`)
}

func drawDelta(t *rapid.T) string {
	itemType := rapid.SampledFrom([]string{"bill", "bill", "appointment", "plan", "collaborator", "x"}).Draw(t, "type")
	data := drawOdd(t, `{"`+itemType+`":`+drawOdd(t, drawItem(t))+`,"section":"collaborators"}`)
	return fmt.Sprintf(`{"itemType":"%s","entityId":%d,"action":"%s","version":%s,"data":%s}`, itemType, rapid.IntRange(0, 3).Draw(t, "id"),
		rapid.SampledFrom([]string{"created", "updated", "updated", "deleted", "archived"}).Draw(t, "action"), drawVersion(t), data)
}

func drawItem(t *rapid.T) string {
	return fmt.Sprintf(`{"id":%s,"amount":%d,"status":"%s","userId":9,"startLocal":%s,"dueDate":%s,"createdAt":%s}`,
		rapid.SampledFrom([]string{"1", "2", "3", "1", "2", `"1"`, "null", "1.5"}).Draw(t, "item"), rapid.IntRange(0, 2).Draw(t, "amount"),
		rapid.SampledFrom([]string{"paid", "accepted"}).Draw(t, "is"), drawInstant(t), drawInstant(t), drawInstant(t))
}

func drawVersion(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-1", "null", "1e3", "9223372036854775807", `"5"`,
	}).Draw(t, "version")
}

func drawInstant(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"null", `"2026-11-27T09:00:01Z"`, `"2026-11-28T24:15:00+00:00"`, `"2026-12-20T10:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"x"`,
		`"9999-12-31T23:59:59.999999999Z"`, `"2026-11-27T08:59:59.5Z"`,
	}).Draw(t, "instant")
}

func drawPlanText(t *rapid.T) string {
	lists := map[string]string{}
	for _, name := range []string{"appointments", "bills", "collaborators"} {
		var items []string
		for range rapid.IntRange(0, 3).Draw(t, name) {
			items = append(items, drawItem(t))
		}
		lists[name] = strings.Join(items, ",")
	}
	return fmt.Sprintf(`{"recipient":{"id":%d},"dateRange":{"start":%s,"end":%s},"appointments":[%s],"bills":[%s],"collaborators":[%s],`+
		`"planVersion":%s,"planUpdatedAt":%s}`, rapid.SampledFrom([]int{7, 7, 7, 8}).Draw(t, "recipient"), drawInstant(t), drawInstant(t),
		lists["appointments"], lists["bills"], lists["collaborators"], drawVersion(t), drawInstant(t))
}

func drawPlan(t *rapid.T) *plan.Plan {
	p, err := plan.Parse([]byte(drawPlanText(t)))
	if err != nil {
		return &plan.Plan{}
	}
	return p
}

// TestVersionsAtTheEdges has an end: the largest version once made a list that never ended, and one below 0 a panic.
func TestVersionsAtTheEdges(t *testing.T) {
	runCases(t, []worldCase{
		{
			"the largest version there is came", `
			0 connect
			1 plan v5 took 30ms bill:1=10 bill:2=1
			2 deltas v9223372036854775807 bill:2=2
			90 end
			server v9223372036854775807 settled bill:1=11 bill:2=2`, `
			verdict desynced
			bill:1 missed-delta ahead`,
		},
		{
			"the largest version there is was missed", `
			0 connect
			1 plan v5 took 30ms bill:1=10
			9 version v9223372036854775807 took 5ms
			90 end
			server v9223372036854775807 settled bill:1=11`, `
			bill:1 never stale-overwrite`,
		},
		{
			"the server's plan is of a version below 0", `
			0 connect
			90 end
			server v-1 settled bill:1=11`, `
			bill:1 unknown unknown`,
		},
	})
}
