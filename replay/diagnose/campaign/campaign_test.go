package campaign_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diagnose/campaign"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

var sessions = flag.Int("campaign.sessions", 500, "how many sessions to play")

// TestCampaign plays sessions with planted faults and holds what is found against what was planted: every divergence is
// reported, nothing that is called certain is wrong, and almost everything has a cause.
func TestCampaign(t *testing.T) {
	m := matrix{}
	var diverged, unknown int
	for seed := range uint64(*sessions) {
		policy := plancache.Policy(seed % 2)
		run := campaign.Play(seed, policy == plancache.Mobile)
		found := explain(t, seed, policy, run)
		if len(found) != len(run.Truth) {
			t.Fatalf("seed %d: %d differences found, %d planted", seed, len(found), len(run.Truth))
		}
		for id, cause := range found {
			truth := run.Truth[id]
			diverged++
			m.add(truth, cause)
			right := slices.Contains(truth, string(cause.Code))
			if cause.Certainty == diagnose.Certain && !right {
				t.Errorf("seed %d: bill:%d: %s is called certain, planted was %v: %s", seed, id, cause.Code, truth, cause.Summary)
			}
			if cause.Code == diagnose.Unknown {
				unknown++
			}
		}
	}
	t.Logf("%d sessions, %d divergences, %d without a cause\n%s", *sessions, diverged, unknown, m)
	if diverged < *sessions/4 || unknown*20 > diverged {
		t.Errorf("%d of %d divergences have no cause: want at most one in twenty", unknown, diverged)
	}
}

// explain runs the comparison that deltatap diff runs.
func explain(t *testing.T, seed uint64, policy plancache.Policy, run campaign.Run) map[int]diagnose.Cause {
	t.Helper()
	timeline := diagnose.NewTimeline(policy)
	timeline.Header(session.Header{Started: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	for i := range run.Records {
		timeline.Record(&run.Records[i])
	}
	cached, err := plan.Parse(timeline.Cache().AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	server, err := plan.Parse([]byte(run.Server))
	if err != nil {
		t.Fatal(err)
	}
	model, err := plan.Parse([]byte(run.Cached))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := diff.Parsed(cached, model, diff.Options{Only: []string{"bill"}}); err != nil || len(same.Differences) > 0 {
		t.Fatalf("seed %d: the session's client does not hold what the model's does: %v %+v", seed, err, same.Differences)
	}
	result, err := diff.Parsed(cached, server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	causes := diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: cached, Server: server, Timeline: timeline, SessionIsCache: true, Fenced: true, Location: time.UTC,
	})
	found := map[int]diagnose.Cause{}
	for i, d := range result.Differences {
		found[int(d.Item.ID)] = causes[i]
	}
	return found
}

// matrix counts what was found where what was planted: a row for each set of planted causes.
type matrix map[string]map[string]int

func (m matrix) add(truth []string, cause diagnose.Cause) {
	row := fmt.Sprint(slices.Sorted(slices.Values(truth)))
	if m[row] == nil {
		m[row] = map[string]int{}
	}
	m[row][fmt.Sprintf("%s (%s)", cause.Code, cause.Certainty)]++
}

func (m matrix) String() string {
	var b buffer
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range slices.Sorted(maps.Keys(m)) {
		for _, found := range slices.Sorted(maps.Keys(m[row])) {
			fmt.Fprintf(table, "%s\t%s\t%d\n", row, found, m[row][found])
		}
	}
	table.Flush()
	return string(b)
}

type buffer []byte

func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}
