package synth

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// planted reads a session, and counts by rule the departures that marks announced. Each must be
// there, and none that no mark announced.
func planted(t *testing.T, o Options) map[string]int {
	t.Helper()
	count := map[string]int{}
	client := newObserver(t, o.Ref(), plancache.Contract)
	rule := ""
	each(open(t, o), func(rec *session.Record) {
		before := client.findings[rule]
		client.see(rec)
		switch {
		case rec.Kind == session.KindMark:
			rule = strings.TrimPrefix(rec.Text, MarkPrefix)
			return
		case rec.Kind == session.KindEvent && rule != "":
			count[rule]++
			if client.findings[rule] == before {
				t.Errorf("record %d does not break %s: %s", rec.N, rule, rec.Args)
			}
		case len(client.errors) > 0 && rec.Kind == session.KindEvent:
			t.Errorf("record %d breaks the contract without a mark: %+v", rec.N, client.errors)
		}
		rule = ""
	})
	return count
}

func TestAdversarialBreaksEveryRule(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		got := planted(t, Options{Profile: Adversarial, Seed: seed, Deltas: 2000})
		for _, rule := range Breakable() {
			if got[rule] == 0 {
				t.Errorf("seed %d: %s is never broken; %v", seed, rule, got)
			}
		}
	}
}

func TestFaultyBreaksWhatIsWanted(t *testing.T) {
	t.Parallel()
	names(t, func(t *testing.T, p ProfileInfo) {
		got := planted(t, Options{Profile: p.Name, Faulty: []string{"data-missing", "version-regressed"}, Deltas: 1200})
		if len(got) != 2 || got["data-missing"] == 0 || got["version-regressed"] == 0 {
			t.Errorf("broken are %v", got)
		}
	})
}

// What cannot be broken has a reason: it is as large as a session can hardly be, or part of every
// healthy one.
func TestWhatCannotBeBroken(t *testing.T) {
	can := map[string]bool{}
	for _, rule := range Breakable() {
		if can[rule] {
			t.Errorf("%s is there twice", rule)
		}
		can[rule] = true
	}
	var cannot []string
	for _, rule := range contract.Rules() {
		if !can[rule.Name] {
			cannot = append(cannot, rule.Name)
		}
		delete(can, rule.Name)
	}
	if got := strings.Join(cannot, " "); got != "json-too-large deltas-too-many plan-entity-nonzero" {
		t.Errorf("cannot break %s", got)
	}
	for rule := range can {
		t.Errorf("the contract has no rule %s", rule)
	}
}
