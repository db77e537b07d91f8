package standin

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/sessiontest"
	"github.com/carebase/deltatap/replay/sink"
)

// bill is a bill as deltas carry it, and as /api/plan shows it with a Google state.
func bill(id int, status, sync string) string {
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"statementDate":null,"amount":12.50,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":null,`+
		`"status":"%s","taskKey":"k","assignedCollaboratorId":null,"createdAt":"2026-11-23T00:52:58.001Z","googleSync":%s}`, id, 100+id, status, sync)
}

func delta(id int, action, payload string, version int) string {
	data := ""
	if payload != "" {
		data = `"data":{"bill":` + payload + `},`
	}
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"%s","source":"rest",%s"version":%d}`, id, 100+id, action, data, version)
}

// planOf is the JSON of a plan with these bills.
func planOf(version int, bills ...string) string {
	text := strings.Replace(empty, `"bills":[]`, `"bills":[`+strings.Join(bills, ",")+`]`, 1)
	return strings.Replace(text, `"planVersion":0`, fmt.Sprintf(`"planVersion":%d`, version), 1)
}

const (
	idle   = `{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`
	linked = `{"calendarId":"c","eventId":"e","new":1.0,"syncStatus":"synced"}`
)

func (s *stand) plan(body string) *session.Record {
	return s.next(session.Record{Kind: session.KindPlan, Status: http.StatusOK, Body: []byte(body)})
}

var updatedAt = regexp.MustCompile(`"planUpdatedAt":("[^"]*"|null)`)

// bills checks the bills and the version of /api/plan.
func (s *stand) bills(version int, bills ...string) {
	s.t.Helper()
	got := updatedAt.ReplaceAllString(s.get(1, "/api/plan"), `"planUpdatedAt":null`)
	if diff := cmp.Diff(planOf(version, bills...), got); diff != "" {
		s.t.Error(diff)
	}
	s.expect(1, fmt.Sprint(version))
}

func TestPlanFollowsDeltas(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", linked), bill(2, "todo", idle))}, toFirst)
	s.bills(3, bill(1, "todo", linked), bill(2, "todo", idle))
	s.play(s.deltas(delta(1, "updated", bill(1, "paid", "null"), 4), delta(3, "created", bill(3, "todo", "null"), 5)))
	s.bills(5, bill(1, "paid", linked), bill(2, "todo", idle), bill(3, "todo", idle))
	// Unknown members of a payload, their order and spelling.
	odd := strings.Replace(bill(2, "paid", "null"), `"status"`, `"note":"\u00e9","amount":1e1,"status"`, 1)
	odd = strings.Replace(odd, `"amount":12.50,`, "", 1)
	s.play(s.deltas(delta(2, "updated", odd, 6)))
	merged := strings.Replace(bill(2, "paid", idle), `12.50`, `1e1`, 1)
	merged = strings.Replace(merged, `"googleSync":`+idle, `"googleSync":`+idle+`,"note":"\u00e9"`, 1)
	s.bills(6, bill(1, "paid", linked), merged, bill(3, "todo", idle))
	s.play(s.deltas(delta(2, "deleted", "", 7)))
	s.bills(7, bill(1, "paid", linked), bill(3, "todo", idle))
	if got := s.get(1, "/api/plan/version"); got != `{"planVersion":7,"planUpdatedAt":"2026-11-23T01:28:34.365Z"}` {
		t.Errorf("the version is %s", got)
	}
}

// TestOlderDeltasChangeNothing, in one message or in two, or behind a plan.
func TestOlderDeltasChangeNothing(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	s.play(s.deltas(delta(1, "updated", bill(1, "paid", "null"), 6), delta(1, "updated", bill(1, "overdue", "null"), 5)))
	s.bills(6, bill(1, "paid", idle))
	s.play(s.deltas(delta(1, "updated", bill(1, "todo", "null"), 4)))
	s.bills(6, bill(1, "paid", idle))
	before := s.get(1, "/api/plan/version")
	s.play(s.deltas(delta(1, "deleted", "", 8)))
	s.play(s.deltas(delta(1, "created", bill(1, "todo", "null"), 7)))
	s.bills(8)
	// An answer that is older than what was followed.
	s.play(s.plan(planOf(7, bill(1, "todo", idle), bill(2, "todo", idle))))
	s.bills(8, bill(2, "todo", idle))
	if after := s.get(1, "/api/plan/version"); after == before {
		t.Error("planUpdatedAt stands still")
	}
	s.play(s.plan(planOf(8, bill(3, "todo", idle))))
	s.bills(8, bill(3, "todo", idle))
}

// TestPlansSayNothingOfOtherDays: what they do not list is kept where it is out of their range.
func TestPlansSayNothingOfOtherDays(t *testing.T) {
	later := strings.Replace(bill(2, "todo", "null"), "2026-11-27", "2026-12-20", 1)
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	s.play(s.deltas(delta(2, "created", later, 4)))
	s.bills(4, bill(1, "todo", idle))
	s.play(s.plan(planOf(5)))
	s.bills(5)
	if got := s.get(1, "/api/plan?days=30"); !strings.Contains(got, `"id":2,`) || strings.Contains(got, `"id":1,"itemId"`) {
		t.Errorf("the plan of 30 days is %s", got)
	}
}

// TestVersionsMoveOn, and never back.
func TestVersionsMoveOn(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3)}, toFirst)
	for _, v := range []struct {
		body, want string
		status     int
	}{
		{`{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.000Z"}`, `{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.000Z"}`, 200},
		{`{"planVersion":4,"planUpdatedAt":"2026-11-23T02:00:00.000Z"}`, `{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.000Z"}`, 200},
		{`{"planVersion":6,"planUpdatedAt":"2026-11-23T03:00:00.000Z"}`, `{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.000Z"}`, 500},
		{`{"error":"Internal server error"}`, `{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.000Z"}`, 200},
		{`{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.001Z"}`, `{"planVersion":5,"planUpdatedAt":"2026-11-23T01:00:00.001Z"}`, 200},
	} {
		s.play(s.next(session.Record{Kind: session.KindVersion, Status: v.status, Body: []byte(v.body)}))
		if got := s.get(1, "/api/plan/version"); got != v.want {
			t.Errorf("after %d %s: %s, want %s", v.status, v.body, got, v.want)
		}
	}
}

// TestAnswersThatAreNoPlans change nothing.
func TestAnswersThatAreNoPlans(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	for status, body := range map[int]string{200: `{"planVersion":9}`, 0: "", 500: planOf(9), 401: `{"error":"Not authenticated"}`} {
		s.play(s.next(session.Record{Kind: session.KindPlan, Status: status, Body: []byte(body)}))
	}
	s.bills(3, bill(1, "todo", idle))
}

// TestClientsWaitForWhatTheyWereNotTold: who fetches the plan on a plan delta gets what the recorded client got.
func TestClientsWaitForWhatTheyWereNotTold(t *testing.T) {
	for name, untold := range map[string]string{
		"plan":    `{"itemType":"plan","entityId":0,"action":"updated","version":4}`,
		"no data": delta(1, "updated", "", 4),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
			s.play(s.deltas(untold))
			s.expect(1, "4")
			got := make(chan string, 1)
			go func() { got <- s.get(1, "/api/plan") }()
			select {
			case text := <-got:
				t.Errorf("the answer came before its content: %s", text)
			case <-time.After(hope / 20):
			}
			s.play(s.plan(planOf(3, bill(1, "todo", idle)))) // too old to say
			s.play(s.plan(planOf(4, bill(1, "paid", idle))))
			if text := <-got; !strings.Contains(text, `"paid"`) {
				t.Errorf("the answer is %s", text)
			}
		})
	}
}

// TestHopeEnds: a recording in which nobody fetched the plan.
func TestHopeEnds(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	began := time.Now()
	s.play(s.deltas(`{"itemType":"plan","entityId":0,"action":"updated","version":4}`))
	s.bills(4, bill(1, "todo", idle))
	if took := time.Since(began); took < hope || took > patience/2 {
		t.Errorf("it took %v", took)
	}
	took := hope
	for range 5 { // one of them is quick on a busy machine, too
		began = time.Now()
		s.bills(4, bill(1, "todo", idle))
		took = min(took, time.Since(began))
	}
	if took >= hope {
		t.Errorf("it took %v again", took)
	}
}

// TestEveryRoundBeginsAnew.
func TestEveryRoundBeginsAnew(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	for range 3 {
		s.n = 0
		s.play(s.next(session.Record{Kind: session.KindConnect}))
		s.bills(3, bill(1, "todo", idle))
		s.play(s.deltas(delta(1, "updated", bill(1, "paid", "null"), 4)))
		s.play(s.deltas(delta(2, "created", bill(2, "todo", "null"), 5)))
		s.bills(5, bill(1, "paid", idle), bill(2, "todo", idle))
	}
}

// TestMutationsAreRefused while a recording says how the plan changes, and not behind it.
func TestMutationsAreRefused(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	if status, text := s.try(1, "POST", "/api/bills/1/mark-paid", ``); status != http.StatusConflict {
		t.Errorf("%d %s", status, text)
	}
	s.bills(3, bill(1, "todo", idle))
	_ = s.sink.Close()
	if status, text := s.try(1, "POST", "/api/bills/1/mark-paid", ``); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	s.expect(1, "4")
}

// TestUsersHaveTheirOwnPlans, also one who had none to begin with.
func TestUsersHaveTheirOwnPlans(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3), 2: ""}, func(cfg *Config) { cfg.Users = sink.Users{Of: map[int64]int64{1: 1, 2: 2}, Default: 2} })
	rec := s.deltas(delta(1, "created", bill(1, "todo", "null"), 8))
	s.play(rec) // of user 2, who has no plan
	if status, _ := s.try(2, "GET", "/api/plan", ""); status != http.StatusNotFound {
		t.Errorf("user 2 has a plan: %d", status)
	}
	s.play(s.plan(planOf(7, bill(1, "paid", idle))))
	s.play(s.deltas(delta(1, "updated", bill(1, "overdue", "null"), 9)))
	s.expect(2, "9")
	if got := s.get(2, "/api/plan"); !strings.Contains(got, bill(1, "overdue", idle)) {
		t.Errorf("the plan of user 2 is %s", got)
	}
	s.bills(3)
}

// TestPlanMovesBeforeTheEvent: a client that asks as soon as it hears is not told of an older version.
func TestPlanMovesBeforeTheEvent(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	t.Setenv("DELTATAP_TOKEN", token(1))
	client := nodetest.Start(t, "follow.mjs", s.url)
	client.Await("event")
	const rounds = 200
	for n := range rounds {
		// Each makes the client fetch the plan, which must be at least of that version.
		s.play(s.deltas(delta(1000+n, "updated", bill(1000+n, "todo", "null"), 4+n)))
	}
	for n := 0; n < rounds; {
		line := client.Await("event")
		if line.Text("event") == "plan" && int(line.Number("planVersion")) < 4+n {
			t.Fatalf("at version %d the plan has %v", 4+n, line.Number("planVersion"))
		}
		if line.Text("event") == "plan:item-delta" {
			n++
		}
	}
	client.Tell("end")
	if end := client.Await("equal"); string(end["equal"]) != "true" {
		t.Errorf("the client ends with %s", end["differences"])
	}
}

// TestOwnerDay plays a real day: at every position REST says what the recording says, and the official client, patching
// its plan in JavaScript, ends with the server's.
func TestOwnerDay(t *testing.T) {
	records := sessiontest.Fixture(t, "owner-day")
	first := ""
	for _, rec := range records {
		if rec.Kind == session.KindPlan {
			first = string(rec.Body)
			break
		}
	}
	s := open(t, map[int64]string{1: first}, toFirst)
	t.Setenv("DELTATAP_TOKEN", token(1))
	client := nodetest.Start(t, "follow.mjs", s.url)
	client.Await("event")
	var version int64
	versions := regexp.MustCompile(`"version":(\d+)\}`)
	known := true // what the plan holds was told
	for _, rec := range records {
		if rec.Kind == session.KindPlan && known { // what deltas made of the plan is what the server then answers
			s.same(string(rec.Body))
		}
		s.play(&rec)
		for _, m := range versions.FindAllSubmatch(rec.Args, -1) {
			fmt.Sscan(string(m[1]), &version)
		}
		s.expect(1, fmt.Sprint(version))
		switch {
		case rec.Kind == session.KindPlan:
			s.same(string(rec.Body))
			known = true
		case strings.Contains(string(rec.Args), `"itemType":"plan"`):
			known = false
		}
		if rec.Kind == session.KindVersion {
			if got := s.get(1, "/api/plan/version"); got != string(rec.Body) {
				t.Errorf("record %d: %s, want %s", rec.N, got, rec.Body)
			}
		}
	}
	if version != 13 {
		t.Errorf("the day ends with version %d", version)
	}
	client.Tell("end")
	end := client.Await("equal")
	if string(end["equal"]) != "true" || end.Number("planVersion") != 13 || end.Number("messages") != 13 {
		t.Errorf("the client ends with version %v after %v messages: %s", end.Number("planVersion"), end.Number("messages"), end["differences"])
	}
}

// same checks /api/plan, byte for byte but for the moment of the last change.
func (s *stand) same(want string) {
	s.t.Helper()
	got := updatedAt.ReplaceAllString(s.get(1, "/api/plan"), "…")
	if want := updatedAt.ReplaceAllString(want, "…"); got != want {
		s.t.Errorf("the plan is\n%s, want\n%s", got, want)
	}
}
