package campaign_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
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

var (
	sessions = flag.Int("campaign.sessions", 500, "how many sessions to play")
	first    = flag.Uint64("campaign.seed", 0, "the seed of the first")
)

// TestCampaign plays sessions with planted faults and holds what is found against what was planted: every divergence is
// reported, nothing that is called certain is wrong, and almost everything has a cause. All of that holds, too, where the history is
// told when the two plans agreed, and lets go of what was before; it finds no fewer causes then.
func TestCampaign(t *testing.T) {
	whole, pruned := playAll(t, false), playAll(t, true)
	t.Logf("%d sessions\n%s", *sessions, whole)
	t.Logf("the same, told of %d agreements\n%s", pruned.agreements, pruned)
	if pruned.agreements < *sessions {
		t.Errorf("%d agreements: want one in each session at least, on average", pruned.agreements)
	}
	if got, want := pruned.found(), whole.found(); got < want {
		t.Errorf("%d divergences have their cause where agreements are told, %d where they are not", got, want)
	}
}

// playAll plays the sessions, and tells of agreements or not.
func playAll(t *testing.T, agreed bool) *score {
	t.Helper()
	s := &score{}
	for i := range uint64(*sessions) {
		seed := *first + i
		policy := plancache.Policy(seed / 2 % 2)
		run := campaign.Play(seed, policy == plancache.Mobile)
		if !agreed {
			run.Agreements = nil
		}
		s.agreements += len(run.Agreements)
		found := explain(t, seed, policy, run)
		for id := range run.Truth {
			if _, ok := found[id]; !ok {
				t.Fatalf("seed %d: %s differs, and is not reported", seed, id)
			}
		}
		for id, cause := range found {
			truth, planted := run.Truth[id]
			if !planted {
				t.Fatalf("seed %d: %s is reported, and does not differ: %s", seed, id, cause.Code)
			}
			if !s.add(truth, cause) {
				t.Errorf("seed %d: %s: %s is called certain, planted was %v: %s", seed, id, cause.Code, truth, cause.Summary)
			}
		}
	}
	if s.diverged < *sessions/4 || s.unknown*20 > s.diverged {
		t.Errorf("%d of %d divergences have no cause: want at most one in twenty", s.unknown, s.diverged)
	}
	return s
}

// explain runs the comparison that deltatap diff runs, and returns the causes of what should not differ.
func explain(t *testing.T, seed uint64, policy plancache.Policy, run campaign.Run) map[string]diagnose.Cause {
	t.Helper()
	timeline := diagnose.NewTimeline(policy)
	timeline.Header(session.Header{Started: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	agreements := run.Agreements
	for i := range run.Records {
		timeline.Record(&run.Records[i])
		for len(agreements) > 0 && agreements[0].Records == i+1 {
			agree(t, seed, timeline, agreements[0].Server)
			agreements = agreements[1:]
		}
	}
	if run.CutOff {
		timeline.Incomplete("the session was cut off")
	}
	cached, model := parse(t, string(timeline.Cache().AppendJSON(nil))), parse(t, run.Cached)
	if same, err := diff.Parsed(cached, model, diff.Options{Ignore: []string{"googleSync", "collaborator"}}); err != nil || len(same.Differences) > 0 {
		t.Fatalf("seed %d: the session's client does not hold what the model's does: %v %+v", seed, err, same.Differences)
	}
	if run.Edited != "" {
		cached = parse(t, run.Edited)
	}
	server := parse(t, run.Server)
	result, err := diff.Parsed(cached, server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	causes := diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: cached, Server: server, Timeline: timeline,
		SessionIsCache: run.Edited == "", Fenced: run.Fenced, Live: run.Live, Location: time.UTC,
	})
	found := map[string]diagnose.Cause{}
	for i, d := range result.Differences {
		if !causes[i].Expected {
			found[d.Item.String()] = causes[i]
		}
	}
	return found
}

// agree tells the history that its client's plan is the server's.
func agree(t *testing.T, seed uint64, timeline *diagnose.Timeline, text string) {
	t.Helper()
	held, server := parse(t, string(timeline.Cache().AppendJSON(nil))), parse(t, text)
	result, err := diff.Parsed(held, server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	causes := diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: held, Server: server, Timeline: timeline, SessionIsCache: true, Fenced: true, Live: true,
	})
	if verdict := diagnose.Judge(causes); verdict == diagnose.Desynced {
		t.Fatalf("seed %d: the plans agree, and are said to differ: %+v", seed, result.Differences)
	}
	timeline.Agreed(server, result.Differences)
}

func parse(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// score counts what was found where what was planted.
type score struct {
	diverged, unknown int
	agreements        int // that were told
	untold            int // unknown, and rightly so
	right, wrong      map[diagnose.Certainty]int
	cells             map[string]map[string]int // by what was planted, by what was found
}

// found is how many divergences have a cause that was planted.
func (s *score) found() int { return s.right[diagnose.Certain] + s.right[diagnose.Likely] }

// add reports whether a cause may be called as certain as it is.
func (s *score) add(truth []string, cause diagnose.Cause) bool {
	if s.cells == nil {
		s.cells, s.right, s.wrong = map[string]map[string]int{}, map[diagnose.Certainty]int{}, map[diagnose.Certainty]int{}
	}
	s.diverged++
	untold := slices.Contains(truth, "untold") // no record can tell
	row, column := strings.Join(slices.Sorted(slices.Values(truth)), " "), string(cause.Code)
	right := slices.Contains(truth, string(cause.Code))
	switch {
	case cause.Code == diagnose.Unknown && untold:
		row = "untold"
		s.untold++
	case cause.Code == diagnose.Unknown:
		s.unknown++
	case right:
		row = string(cause.Code) // of several faults that met on an item each one is right
		s.right[cause.Certainty]++
	default:
		s.wrong[cause.Certainty]++
	}
	if s.cells[row] == nil {
		s.cells[row] = map[string]int{}
	}
	s.cells[row][column]++
	return right || cause.Certainty != diagnose.Certain
}

// String is the confusion matrix: a row for what was planted, and in it what was found instead.
func (s *score) String() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "planted\tfound\tunknown\tfound otherwise")
	for _, row := range slices.Sorted(maps.Keys(s.cells)) {
		cells := s.cells[row]
		var others []string
		for _, code := range slices.Sorted(maps.Keys(cells)) {
			if code != row && code != string(diagnose.Unknown) {
				others = append(others, fmt.Sprintf("%s %d", code, cells[code]))
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", row, cells[row], cells[string(diagnose.Unknown)], strings.Join(others, ", "))
	}
	table.Flush()
	fmt.Fprintf(&b, "%d divergences: certain %d right, %d wrong; likely %d right, %d wrong; unknown %d (%.1f %%), and %d that no session tells", s.diverged,
		s.right[diagnose.Certain], s.wrong[diagnose.Certain], s.right[diagnose.Likely], s.wrong[diagnose.Likely], s.unknown,
		100*float64(s.unknown)/float64(max(s.diverged, 1)), s.untold)
	return b.String()
}
