package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// planOf is a plan of bill 1, whose amount is 0 where it is not there.
func planOf(t *testing.T, version, amount int) *plan.Plan {
	t.Helper()
	bill := ""
	if amount > 0 {
		bill = fmt.Sprintf(`{"id":1,"amount":%d}`, amount)
	}
	p, err := plan.Parse(fmt.Appendf(nil, `{"recipient":{"id":1},"bills":[%s],"planVersion":%d}`, bill, version))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// heldAfter is the history of a client whose first plan is of v6, and to whom v7 brought an amount; 0 brings nothing.
func heldAfter(first, brought int) *Timeline {
	t := NewTimeline(plancache.Contract)
	t.Header(session.Header{Format: 1, User: []byte(`{"id":1}`), Started: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	n := int64(0)
	add := func(rec session.Record) {
		n++
		rec.N, rec.T = n, time.Duration(n)*time.Second
		t.Record(&rec)
	}
	add(session.Record{Kind: session.KindConnect, SID: "s", Transport: "websocket", Attempt: 1})
	body := fmt.Appendf(nil, `{"recipient":{"id":1},"bills":[{"id":1,"amount":%d}],"planVersion":6}`, first)
	add(session.Record{Kind: session.KindPlan, Status: 200, Took: time.Millisecond, Body: body})
	if brought > 0 {
		add(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: fmt.Appendf(nil,
			`[{"deltas":[{"itemType":"bill","entityId":1,"planItemId":1,"action":"updated","data":{"bill":{"id":1,"amount":%d}},"version":7}]}]`, brought)})
	}
	add(session.Record{Kind: session.KindEnd, Reason: "interrupt", Records: n + 1})
	return t
}

// hearing is a comparison beside a database, and what it comes to.
type hearing struct {
	client, api, tables int // amounts; 0 where the bill is not there
	version             int // the database's; the API's is 7
	alone               bool
	brought             int // by v7, to a client with a session; 0: there is none
	fence               Fence
	access              Access
	newer               string // "yes", "no" or unknown
	want                string // each cause: code, certainty, parties; behind a bar what only the database tells
	verdict             Verdict
}

func (h *hearing) hear(t *testing.T) *Report {
	t.Helper()
	client, api, tables := planOf(t, 7, h.client), planOf(t, 7, h.api), planOf(t, h.version, h.tables)
	if h.alone {
		api = tables
	}
	c := Case{
		Cached: client, Server: api, Fence: h.fence, Location: time.UTC, SessionIsCache: true,
		Database: &Tables{Plan: tables, User: 1, Access: h.access, Newer: map[contract.Item]bool{}},
	}
	c.Differences, c.Database.Apart = differencesOf(t, client, api), differencesOf(t, api, tables)
	if h.newer != "" {
		c.Database.Newer[contract.Item{Type: "bill", ID: 1}] = h.newer == "yes"
	}
	if h.brought > 0 {
		c.Timeline = heldAfter(3, h.brought)
	}
	return Explain(c)
}

func differencesOf(t *testing.T, a, b *plan.Plan) []diff.Difference {
	t.Helper()
	result, err := diff.Parsed(a, b, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result.Differences
}

func tell(causes []Cause) string {
	var words []string
	for i := range causes {
		c := &causes[i]
		word := string(c.Code) + " " + string(c.Certainty)
		for _, p := range c.Parties {
			word += " " + string(p)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// The database tells what the API should have answered. It makes no client wrong, and tells of no delta that it was not sent.
func TestDatabase(t *testing.T) {
	const nothing = ""
	for name, c := range map[string]hearing{
		"all agree":                 {client: 1, api: 1, tables: 1, want: nothing, verdict: InSync},
		"nothing known":             {client: 1, api: 2, tables: 2, want: "unknown unknown recorder nobody", verdict: Desynced},
		"client right":              {client: 2, api: 1, tables: 2, fence: Settled, want: "answer-behind certain network api|answer-behind certain network api", verdict: Desynced},
		"client right, may move":    {client: 2, api: 1, tables: 2, fence: Fenced, newer: "yes", want: "half-written likely nobody|half-written likely nobody", verdict: Inconclusive},
		"client and API agree":      {client: 1, api: 1, tables: 2, fence: Settled, want: "|answer-behind certain network api", verdict: Desynced},
		"API lacks it":              {client: 1, tables: 1, fence: Settled, want: "answer-behind certain network api|answer-behind certain network api", verdict: Desynced},
		"API makes it up":           {api: 1, fence: Settled, want: "answer-behind certain network api|answer-behind certain network api", verdict: Desynced},
		"edited by hand":            {client: 1, api: 2, tables: 2, fence: Settled, newer: "yes", want: "unversioned-change likely database emission", verdict: Desynced},
		"edited, or half written":   {client: 1, api: 2, tables: 2, fence: Fenced, newer: "yes", want: "half-written likely nobody", verdict: Inconclusive},
		"saved, then edited":        {client: 1, api: 1, tables: 2, newer: "yes", want: "|unversioned-change likely database emission", verdict: Desynced},
		"saved, and torn":           {client: 1, api: 1, tables: 2, newer: "no", want: "|answer-behind certain network api", verdict: Desynced},
		"moved on":                  {client: 1, api: 1, tables: 2, version: 8, want: "|unknown unknown nobody", verdict: Inconclusive},
		"would not hold still":      {client: 1, api: 1, tables: 2, fence: Unstable, want: "|unknown unknown nobody", verdict: Inconclusive},
		"alone":                     {client: 1, tables: 2, alone: true, fence: Settled, want: "unknown unknown recorder nobody", verdict: Desynced},
		"delta altered":             {client: 1, api: 2, tables: 2, brought: 1, fence: Settled, newer: "no", want: "payload-mismatch certain network emission", verdict: Desynced},
		"delta right, row edited":   {client: 1, api: 2, tables: 2, brought: 1, fence: Settled, newer: "yes", want: "unversioned-change likely database emission", verdict: Desynced},
		"API answers what it had":   {client: 2, api: 1, tables: 2, brought: 2, fence: Settled, want: "answer-behind certain network api|answer-behind certain network api", verdict: Desynced},
		"a collaborator with delta": {client: 1, api: 2, tables: 2, brought: 1, fence: Settled, newer: "no", access: Collaborator, want: "payload-mismatch certain network emission", verdict: Desynced},
	} {
		t.Run(name, func(t *testing.T) {
			if c.version == 0 {
				c.version = 7
			}
			r := c.hear(t)
			got := tell(r.Causes)
			if len(r.Apart) > 0 {
				got += "|" + tell(r.Apart)
			}
			if got != c.want || r.Verdict != c.verdict {
				t.Errorf("%s: %s, want %s: %s", r.Verdict, got, c.verdict, c.want)
			}
			for i := range r.Causes {
				for _, f := range r.Findings(i) {
					if f.Code == NeverEmitted && f.Standing != RuledOut {
						t.Error("the database alone does not say what was sent")
					}
				}
			}
		})
	}
}

// The database tells who is a collaborator, and who is not.
func TestDatabaseAccess(t *testing.T) {
	for access, want := range map[Access]string{
		Owner: "after-the-end", Collaborator: "not-addressed certain emission",
	} {
		c := Case{
			Cached: planOf(t, 6, 1), Server: planOf(t, 7, 2), Timeline: heldAfter(1, 0), SessionIsCache: true, Fence: Settled,
			Database: &Tables{Plan: planOf(t, 7, 2), User: 1, Access: access},
		}
		c.Differences = differencesOf(t, c.Cached, c.Server)
		r := Explain(c)
		if got := tell(r.Causes); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %s, want %s", access, got, want)
		}
		for _, f := range r.Findings(0) {
			if f.Code == NotAddressed && access == Owner && f.Standing != RuledOut {
				t.Errorf("the owner is not addressed: %s", f.Reason())
			}
		}
		c.Database.User = 2 // of somebody else it says nothing
		if got := tell(Explain(c).Causes); access == Collaborator && strings.HasPrefix(got, want) {
			t.Errorf("another user's access is told of: %s", got)
		}
	}
}

// A plan's list of collaborators holds its owner, too.
func TestOwnerIsNoCollaborator(t *testing.T) {
	for role, want := range map[string]bool{"owner": false, "contributor": true} {
		server, err := plan.Parse(fmt.Appendf(nil, `{"recipient":{"id":1},"bills":[{"id":1,"amount":2}],"planVersion":7,
			"collaborators":[{"id":1,"userId":1,"role":%q,"status":"accepted"}]}`, role))
		if err != nil {
			t.Fatal(err)
		}
		c := Case{Cached: planOf(t, 6, 1), Server: server, Timeline: heldAfter(1, 0), SessionIsCache: true, Fence: Settled}
		c.Differences = differencesOf(t, c.Cached, c.Server)[:1]
		if got := tell(Explain(c).Causes); strings.HasPrefix(got, "not-addressed") != want {
			t.Errorf("%s: %s", role, got)
		}
	}
}
