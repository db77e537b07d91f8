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

// Which of two lost versions created an item is told by the server's clock, as far as it is known to agree with the session's.
func TestCreatedAtAClockThatIsOff(t *testing.T) {
	added := func(id, version int) string {
		return strings.Replace(updated(id, version, "todo"), "updated", "created", 1)
	}
	for name, c := range map[string]struct {
		skew  time.Duration
		dated bool // the server tells when a version began that came
		want  string
	}{
		"agrees":         {0, true, "certain [2]"},
		"not known":      {0, false, "likely [2]"},
		"off":            {4 * time.Second, true, "certain [2 4]"},
		"off, not known": {4 * time.Second, false, "likely [4]"},
	} {
		s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"))
		s.at += time.Second // v2 creates bill 7, at 00:52:02.5
		s.message(added(8, 3))
		s.at += 3 * time.Second // v4 is lost, too
		s.message(added(9, 5))
		began := func(at time.Duration) string {
			return time.Date(2026, 11, 23, 0, 52, 0, 0, time.UTC).Add(at + c.skew).Format("2006-01-02T15:04:05.000Z")
		}
		body := `{"planVersion":5`
		if c.dated {
			body += `,"planUpdatedAt":"` + began(s.at) + `"`
		}
		s.record(session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(body + "}")})
		made := strings.TrimSuffix(bill(7, "todo"), "}") + `,"createdAt":"` + began(2500*time.Millisecond) + `"}`
		cached, err := plan.Parse(s.timeline.Cache().AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		server, err := plan.Parse([]byte(planText(5, bill(1, "todo"), made, bill(8, "todo"), bill(9, "todo"))))
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
		if len(causes) != 1 || causes[0].Code != diagnose.MissedDelta || fmt.Sprintf("%s %v", causes[0].Certainty, causes[0].Versions) != c.want {
			t.Errorf("%s: got %+v, want %s", name, causes, c.want)
		}
	}
}
