package diagnose_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// story makes a client's session, record by record, a second apart.
type story struct {
	t        *testing.T
	timeline *diagnose.Timeline
	n        int64
	at       time.Duration
}

func tell(t *testing.T, policy plancache.Policy) *story {
	s := &story{t: t, timeline: diagnose.NewTimeline(policy)}
	s.timeline.Header(session.Header{Started: time.Date(2026, 11, 23, 0, 52, 0, 0, time.UTC)})
	return s
}

func (s *story) record(rec session.Record) *story {
	s.n++
	s.at += time.Second
	rec.N, rec.T = s.n, s.at
	s.timeline.Record(&rec)
	return s
}

func (s *story) connect() *story { return s.record(session.Record{Kind: session.KindConnect}) }

func (s *story) disconnect() *story {
	return s.record(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})
}

func (s *story) plan(version int, bills ...string) *story {
	return s.answer(100*time.Millisecond, version, bills...)
}

func (s *story) answer(took time.Duration, version int, bills ...string) *story {
	return s.record(session.Record{Kind: session.KindPlan, Status: 200, Took: took, Body: []byte(planText(version, bills...))})
}

func (s *story) failed() *story {
	return s.record(session.Record{Kind: session.KindPlan, Error: "connection refused"})
}

func (s *story) poll(version int) *story {
	return s.record(session.Record{Kind: session.KindVersion, Status: 200, Body: fmt.Appendf(nil, `{"planVersion":%d}`, version)})
}

func (s *story) message(deltas ...string) *story {
	return s.record(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(`[{"deltas":[` + strings.Join(deltas, ",") + `]}]`)})
}

func planText(version int, bills ...string) string {
	return fmt.Sprintf(`{"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},"appointments":[],"bills":[%s],"planVersion":%d}`,
		strings.Join(bills, ","), version)
}

func bill(id int, status string) string {
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"dueDate":"2026-11-27T00:00:00.000Z","status":%q,"googleSync":null}`, id, id, status)
}

func updated(id, version int, status string) string {
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"updated","source":"rest","data":{"bill":%s},"version":%d}`,
		id, id, bill(id, status), version)
}

func deleted(id, version int) string {
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"deleted","source":"rest","version":%d}`, id, id, version)
}

func bare(id, version int) string {
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"updated","source":"rest","version":%d}`, id, id, version)
}

func bulk(version int) string {
	return fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated","version":%d}`, version)
}

// against compares what the client of the story holds with the server's plan and tells "item code certainty" of each
// difference that matters.
func (s *story) against(version int, bills ...string) string {
	return s.explain(string(s.timeline.Cache().AppendJSON(nil)), true, planText(version, bills...))
}

func (s *story) explain(cached string, folded bool, server string) string {
	s.t.Helper()
	c := diagnose.Case{Timeline: s.timeline, SessionIsCache: folded, Fenced: true, Location: time.UTC}
	return explain(s.t, c, cached, server)
}

func explain(t *testing.T, c diagnose.Case, cached, server string) string {
	t.Helper()
	var err error
	if c.Cached, err = plan.Parse([]byte(cached)); err != nil {
		t.Fatal(err)
	}
	if c.Server, err = plan.Parse([]byte(server)); err != nil {
		t.Fatal(err)
	}
	result, err := diff.Parsed(c.Cached, c.Server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.Differences = result.Differences
	var lines []string
	for i, cause := range diagnose.Explain(c) {
		if cause.Summary == "" {
			t.Errorf("%s has no summary", cause.Code)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Differences[i].Item, cause.Code, cause.Certainty))
	}
	return strings.Join(lines, "; ")
}

func TestCauses(t *testing.T) {
	const contract, mobile = plancache.Contract, plancache.Mobile
	two := func(a, b string) []string { return []string{bill(1, a), bill(2, b)} }
	for name, c := range map[string]struct {
		story *story
		want  string
		from  int
		bills []string
	}{
		"nothing": {tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(1, 2, "paid")), "", 2, two("paid", "todo")},
		"a lost delta": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(1, 3, "paid")),
			"bill:2 missed-delta certain", 3, two("paid", "paid"),
		},
		"a lost delta, behind a refresh that was sent at once, as far as milliseconds tell": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(bulk(2)).message(updated(1, 3, "paid")).
				answer(2*time.Second+400*time.Microsecond, 2, two("todo", "todo")...).message(updated(1, 5, "overdue")),
			"bill:2 missed-delta certain", 5, two("overdue", "paid"),
		},
		"a lost delta that a bulk change may be": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(1, 3, "paid")).message(bulk(4)).plan(4, two("paid", "todo")...).message(updated(1, 6, "todo")),
			"bill:2 missed-delta certain", 6, two("todo", "paid"),
		},
		"a coalesced version is not a lost one": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(1, 3, "paid")), "", 3, two("paid", "todo"),
		},
		"lost while offline, proved": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).poll(1).disconnect().poll(1).poll(2).connect().message(updated(1, 3, "paid")),
			"bill:2 missed-while-offline certain", 3, two("paid", "paid"),
		},
		"lost around an offline time": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).disconnect().connect().message(updated(1, 3, "paid")),
			"bill:2 missed-while-offline likely", 3, two("paid", "paid"),
		},
		"never emitted, proved twice": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).poll(1).poll(2).poll(3),
			"bill:2 never-emitted certain", 3, two("todo", "paid"),
		},
		"never emitted, one proof": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).poll(1).poll(2),
			"bill:2 never-emitted likely", 2, two("todo", "paid"),
		},
		"an older version over a newer one": {
			tell(t, mobile).connect().plan(1, two("todo", "todo")...).message(updated(2, 3, "paid")).message(updated(2, 2, "overdue")),
			"bill:2 stale-overwrite certain", 3, two("todo", "paid"),
		},
		"the contract does not overwrite": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(2, 3, "paid")).message(updated(2, 2, "overdue")), "", 3, two("todo", "paid"),
		},
		"a raced refresh": {
			tell(t, mobile).connect().plan(1, two("todo", "todo")...).message(bulk(2)).message(updated(2, 3, "paid")).answer(1500*time.Millisecond, 2, two("todo", "todo")...),
			"bill:2 refresh-raced certain", 3, two("todo", "paid"),
		},
		"a refresh that failed": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(bulk(2)).failed(),
			"bill:2 refresh-failed certain", 2, two("todo", "paid"),
		},
		"a refresh that did not happen": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(bulk(2)),
			"bill:2 refresh-missed certain", 2, two("todo", "paid"),
		},
		"a payload that is missing": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(bare(2, 2)),
			"bill:2 payload-missing certain", 2, two("todo", "paid"),
		},
		"an unknown entity": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(3, 2, "todo")),
			"bill:3 unknown-entity certain", 2,
			[]string{bill(1, "todo"), bill(2, "todo"), bill(3, "todo")},
		},
		"a payload that is wrong": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(2, 2, "overdue")),
			"bill:2 payload-mismatch certain", 2, two("todo", "paid"),
		},
		"a deletion that was lost": {
			tell(t, contract).connect().plan(1, two("todo", "todo")...).message(updated(1, 3, "paid")),
			"bill:2 missed-delta certain", 3,
			[]string{bill(1, "paid")},
		},
		"a deletion that came": {tell(t, contract).connect().plan(1, two("todo", "todo")...).message(deleted(2, 2)), "", 2, []string{bill(1, "todo")}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.story.against(c.from, c.bills...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCacheEdited(t *testing.T) {
	s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")).message(updated(1, 2, "paid"))
	if got := s.explain(planText(2, bill(1, "overdue")), false, planText(2, bill(1, "paid"))); got != "bill:1 cache-edited certain" {
		t.Errorf("a state that no record carried: %q", got)
	}
	early := tell(t, plancache.Contract)
	early.timeline.Until(1)
	early.connect().plan(1, bill(1, "todo")).message(updated(1, 2, "paid"))
	if got := early.explain(planText(1, bill(1, "todo")), false, planText(2, bill(1, "paid"))); got != "bill:1 unknown unknown" {
		t.Errorf("an earlier state is no edit: %q", got)
	}
}

// TestWhatARecordCarriedIsNoEdit has the cache of an app that applies what the contract does not: the last to arrive, and
// updates of what it never had.
func TestWhatARecordCarriedIsNoEdit(t *testing.T) {
	contract := plancache.Contract
	for name, c := range map[string]struct {
		story  *story
		cached string
		want   string
	}{
		"an older version, applied": {
			tell(t, contract).connect().plan(1, bill(1, "todo")).message(updated(1, 3, "paid")).message(updated(1, 2, "overdue")),
			planText(3, bill(1, "overdue")), "bill:1 unknown unknown",
		},
		"an update of what was not there, applied": {
			tell(t, contract).connect().plan(1).message(updated(1, 3, "overdue")),
			planText(3, bill(1, "overdue")), "bill:1 unknown unknown",
		},
		"an older deletion, applied": {
			tell(t, contract).connect().plan(1, bill(1, "todo")).message(updated(1, 3, "paid")).message(deleted(1, 2)),
			planText(3), "bill:1 unknown unknown",
		},
		"what was let go may have been it": {
			unapplied(tell(t, contract).connect().plan(20, bill(1, "todo")), 12).message(updated(1, 21, "paid")),
			planText(21, bill(1, "settled")), "bill:1 cache-edited likely",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.story.explain(c.cached, false, planText(21, bill(1, "paid"))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// unapplied has so many deltas arrive that are older than what the client holds.
func unapplied(s *story, n int) *story {
	for v := range n {
		s.message(updated(1, v+2, "overdue"))
	}
	return s
}

func TestWhatTwoPlansProve(t *testing.T) {
	synced := strings.Replace(bill(1, "todo"), `"googleSync":null`, `"googleSync":{"etag":null}`, 1)
	respelled := strings.Replace(bill(1, "todo"), "2026-11-27T00:00:00.000Z", "2026-11-27T00:00:00+00:00", 1)
	later := strings.Replace(bill(1, "todo"), "2026-11-27", "2026-12-27", 1)
	tomorrow := strings.NewReplacer("2026-11-23", "2026-11-24", "2026-11-30", "2026-12-01")
	due30 := strings.Replace(bill(1, "todo"), "2026-11-27", "2026-11-30", 1)
	for name, c := range map[string]struct{ cached, server, want string }{
		"unhydrated":                {planText(1, bill(1, "todo")), planText(1, synced), "bill:1 unhydrated certain"},
		"the same instant":          {planText(1, bill(1, "todo")), planText(1, respelled), "bill:1 same-instant certain"},
		"outside the dates":         {planText(1, later), planText(1), "bill:1 outside-range certain"},
		"let in by the next day":    {planText(1), tomorrow.Replace(planText(1)[:1]) + strings.Replace(tomorrow.Replace(planText(1)), `"bills":[]`, `"bills":[`+due30+`]`, 1)[1:], "bill:1 range-moved certain"},
		"a ghost within the dates":  {planText(1, bill(1, "todo")), planText(1), "bill:1 unknown unknown"},
		"a field beside googleSync": {planText(1, bill(1, "todo")), planText(1, strings.Replace(synced, "todo", "paid", 1)), "bill:1 unknown unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := explain(t, diagnose.Case{}, c.cached, c.server); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatAFilterMayHaveLeftOutProvesNothing(t *testing.T) {
	s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"), bill(2, "todo")).message(updated(1, 3, "paid"))
	s.timeline.Header(session.Header{Started: time.Now(), Filter: "type=bill"})
	if got := s.against(3, bill(1, "paid"), bill(2, "paid")); got != "bill:2 unknown unknown" {
		t.Errorf("got %q", got)
	}
}

// A server whose versions began again, restored from a backup, is judged by what came since.
func TestVersionsThatBeganAgain(t *testing.T) {
	s := tell(t, plancache.Contract).connect().plan(40, bill(1, "todo")).message(updated(1, 41, "overdue")).disconnect()
	s.connect().plan(3, bill(1, "todo")).poll(4).poll(5)
	if got := s.against(5, bill(1, "paid")); got != "bill:1 never-emitted certain" {
		t.Errorf("got %q", got)
	}
	s = tell(t, plancache.Contract).connect().plan(40, bill(1, "todo")).message(updated(1, 41, "overdue")).disconnect()
	s.connect().plan(3, bill(1, "todo")).message(updated(2, 5, "todo"))
	if got := s.against(5, bill(1, "paid"), bill(2, "todo")); !strings.HasPrefix(got, "bill:1 missed-delta certain; bill:2") {
		t.Errorf("got %q", got)
	}
}

// Where the session does not tell everything, nothing is certain, and the summary says why.
func TestAnIncompleteSessionMakesNothingCertain(t *testing.T) {
	s := tell(t, plancache.Mobile).connect().plan(1, bill(1, "todo")).message(updated(1, 3, "paid")).message(updated(1, 2, "overdue"))
	if got := s.against(3, bill(1, "paid")); got != "bill:1 stale-overwrite certain" {
		t.Errorf("whole: %q", got)
	}
	s.timeline.Incomplete("the session was cut off")
	if got := s.against(3, bill(1, "paid")); got != "bill:1 stale-overwrite likely" {
		t.Errorf("cut off: %q", got)
	}
}

// TestNumbersNeedNotAscend has somebody repeat a line of a session, and forget its number and its moment.
func TestNumbersNeedNotAscend(t *testing.T) {
	timeline := diagnose.NewTimeline(plancache.Mobile)
	for _, line := range []string{
		`{"n":10,"t":1,"kind":"connect"}`,
		`{"n":11,"t":2,"kind":"plan","status":200,"took":0.1,"body":` + planText(1, bill(1, "todo")) + `}`,
		`{"n":12,"t":3,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + updated(1, 2, "overdue") + `]}]}`,
		`{"n":13,"t":4,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + updated(1, 3, "paid") + `]}]}`,
		`{"n":12,"t":3,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + updated(1, 2, "overdue") + `]}]}`,
		`{"n":14,"t":5,"kind":"end","reason":"interrupt"}`,
	} {
		var rec session.Record
		if err := session.ParseRecord([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		timeline.Record(&rec)
	}
	cached, err := plan.Parse(timeline.Cache().AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	server, err := plan.Parse([]byte(planText(3, bill(1, "paid"))))
	if err != nil {
		t.Fatal(err)
	}
	result, err := diff.Parsed(cached, server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	causes := diagnose.Explain(diagnose.Case{Differences: result.Differences, Cached: cached, Server: server, Timeline: timeline, SessionIsCache: true})
	if len(causes) != 1 || causes[0].Code != diagnose.StaleOverwrite || fmt.Sprint(causes[0].Records) != "[13 12]" {
		t.Errorf("got %+v", causes)
	}
}

func TestConclusive(t *testing.T) {
	whole := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"))
	planless := tell(t, plancache.Contract).connect().message(updated(1, 2, "paid"))
	filtered := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"))
	filtered.timeline.Header(session.Header{Filter: "type=bill"})
	damaged := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"))
	damaged.timeline.Damaged()
	caused, uncaused := diagnose.Cause{Code: diagnose.StaleOverwrite}, diagnose.Cause{Code: diagnose.Unknown}
	mine, other := `{"recipient":{"id":1},"bills":[]}`, `{"recipient":{"id":2},"bills":[]}`
	for name, c := range map[string]struct {
		story          *story
		cached, server string
		cause          diagnose.Cause
		want           bool
	}{
		"a whole session":                 {whole, mine, mine, uncaused, true},
		"a filtered one":                  {filtered, mine, mine, uncaused, false},
		"a filtered one, and a cause":     {filtered, mine, mine, caused, true},
		"a damaged one":                   {damaged, mine, mine, uncaused, false},
		"a damaged one, and a cause":      {damaged, mine, mine, caused, true},
		"one without a plan":              {planless, mine, mine, uncaused, false},
		"one without a plan, and a cause": {planless, mine, mine, caused, true},
		"the plans of two recipients":     {whole, mine, other, caused, false},
		"a plan that names no recipient":  {whole, `{"bills":[]}`, other, caused, true},
	} {
		evidence := diagnose.Case{Timeline: c.story.timeline, SessionIsCache: true}
		var err error
		if evidence.Cached, err = plan.Parse([]byte(c.cached)); err != nil {
			t.Fatal(err)
		}
		if evidence.Server, err = plan.Parse([]byte(c.server)); err != nil {
			t.Fatal(err)
		}
		if got := evidence.Conclusive([]diagnose.Cause{{Code: diagnose.Unhydrated, Expected: true}, c.cause}); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// TestWhenItWasEmitted holds the sentence to what is known: the very moment where an answer of that version told it, by a
// clock that agrees with the session's, and else what it lies between.
func TestWhenItWasEmitted(t *testing.T) {
	for name, c := range map[string]struct{ updated, want string }{
		"told":                {`,"planUpdatedAt":"2026-11-23T00:52:03.500Z"`, "v2 was emitted at 00:52:03 while this client was offline 00:52:03–00:52:05"},
		"not told":            {"", "v2 was emitted between 00:52:02 and 00:52:06; this client was offline 00:52:03–00:52:05"},
		"by a clock that off": {`,"planUpdatedAt":"2026-11-23T03:52:03.500Z"`, "v2 was emitted between 00:52:02 and 00:52:06; this client was offline 00:52:03–00:52:05"},
	} {
		s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")).disconnect()
		s.at += time.Second
		s.connect()
		s.record(session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":2` + c.updated + `}`)})
		server, err := plan.Parse([]byte(planText(2, bill(1, "paid"))))
		if err != nil {
			t.Fatal(err)
		}
		cached, err := plan.Parse(s.timeline.Cache().AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		result, err := diff.Parsed(cached, server, diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		causes := diagnose.Explain(diagnose.Case{
			Differences: result.Differences, Cached: cached, Server: server, Timeline: s.timeline, SessionIsCache: true, Fenced: true, Location: time.UTC,
		})
		if len(causes) != 1 || causes[0].Summary != c.want || causes[0].Code != diagnose.MissedWhileOffline {
			t.Errorf("%s: got %+v, want %q", name, causes, c.want)
		}
	}
}

func TestJudge(t *testing.T) {
	expected, harm := diagnose.Cause{Expected: true}, diagnose.Cause{}
	for _, c := range []struct {
		causes []diagnose.Cause
		want   diagnose.Verdict
	}{
		{nil, diagnose.InSync},
		{[]diagnose.Cause{expected}, diagnose.Explained},
		{[]diagnose.Cause{expected, harm}, diagnose.Desynced},
	} {
		if got := diagnose.Judge(c.causes); got != c.want {
			t.Errorf("Judge(%v) = %s, want %s", c.causes, got, c.want)
		}
	}
}

// A change that overtook the one which made its item could not be applied: nothing was lost, though versions are absent.
func TestAChangeThatOvertookItsCreation(t *testing.T) {
	made := strings.Replace(updated(7, 12, "todo"), "updated", "created", 1)
	s := tell(t, plancache.Mobile).connect().plan(10, bill(1, "todo"))
	s.message(deleted(7, 16)).message(made).message(strings.Replace(updated(8, 20, "todo"), "updated", "created", 1))
	if got, want := s.against(20, bill(1, "todo"), bill(8, "todo")), "bill:7 stale-overwrite likely"; got != want {
		t.Errorf("a deletion: %q, want %q", got, want)
	}
	s = tell(t, plancache.Contract).connect().plan(10, bill(1, "todo"))
	s.message(updated(7, 16, "paid")).message(made)
	if got, want := s.against(16, bill(1, "todo"), bill(7, "paid")), "bill:7 unknown-entity likely"; got != want {
		t.Errorf("an update: %q, want %q", got, want)
	}
}

// A deletion that arrives twice finds nothing to delete: what overwrites it afterwards is to blame all the same.
func TestADeletionThatCameTwice(t *testing.T) {
	s := tell(t, plancache.Mobile).connect().plan(10, bill(1, "todo")).message(updated(1, 11, "paid"))
	s.message(deleted(1, 12)).message(deleted(1, 12)).message(updated(1, 11, "paid"))
	if got, want := s.against(12), "bill:1 stale-overwrite certain"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// One version is the change of one item: where more items changed than versions are absent, none of them certainly did by one.
func TestMoreChangesThanVersions(t *testing.T) {
	later := strings.Replace(updated(9, 13, "todo"), "updated", "created", 1)
	s := tell(t, plancache.Contract).connect().plan(10, bill(1, "todo"), bill(2, "todo"), bill(3, "todo")).message(later)
	const two = "bill:1 missed-delta certain; bill:2 missed-delta certain"
	if got := s.against(13, bill(1, "paid"), bill(2, "paid"), bill(3, "todo"), bill(9, "todo")); got != two {
		t.Errorf("two changes, two versions: %q, want %q", got, two)
	}
	const three = "bill:1 missed-delta likely; bill:2 missed-delta likely; bill:3 missed-delta likely"
	if got := s.against(13, bill(1, "paid"), bill(2, "paid"), bill(3, "paid"), bill(9, "todo")); got != three {
		t.Errorf("three changes, two versions: %q, want %q", got, three)
	}
}
