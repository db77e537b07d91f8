package diagnose

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
)

// TestEveryHypothesisIsWhole has the table hold all that documentation, help and printers read of it.
func TestEveryHypothesisIsWhole(t *testing.T) {
	all := []Party{Client, Network, Emission, API, Database, Recorder, Nobody}
	seen := map[Code]bool{}
	for _, h := range Hypotheses() {
		switch {
		case seen[h.Code]:
			t.Errorf("%s is in the table twice", h.Code)
		case h.examine == nil:
			t.Errorf("%s is never examined", h.Code)
		case len(h.Parties) == 0:
			t.Errorf("%s names nobody who may be at fault", h.Code)
		case h.Expected && !slices.Equal(h.Parties, []Party{Nobody}):
			t.Errorf("%s is expected, and %v are at fault", h.Code, h.Parties)
		case slices.ContainsFunc(h.Parties, func(p Party) bool { return !slices.Contains(all, p) }):
			t.Errorf("%s names a party that there is not: %v", h.Code, h.Parties)
		}
		checkWords(t, h)
		seen[h.Code] = true
		if of := Of(h.Code); of.Code != h.Code || of.Happened != h.Happened {
			t.Errorf("%s is found as %s", h.Code, of.Code)
		}
	}
	if is := Of("no-such-code"); is.Code != "no-such-code" || len(is.Parties) == 0 {
		t.Errorf("a code that there is not is %+v", is)
	}
}

// checkWords holds the two sentences of a hypothesis against how they are written.
func checkWords(t *testing.T, h Hypothesis) {
	t.Helper()
	if h.Happened == "" || strings.HasSuffix(h.Happened, ".") || unicode.IsUpper([]rune(h.Happened)[0]) {
		t.Errorf("%s happened as %q: want a sentence without capital and full stop", h.Code, h.Happened)
	}
	if h.Family == "" || !strings.HasSuffix(h.Family, ".") || !unicode.IsUpper([]rune(h.Family)[0]) {
		t.Errorf("%s is told to a family as %q: want whole sentences", h.Code, h.Family)
	}
}

// TestEveryHypothesisIsExamined has each world examine all of the table, in its order, and give each a reason.
func TestEveryHypothesisIsExamined(t *testing.T) {
	for _, c := range allCases() {
		w := readWorld(t, c.world)
		r := Explain(w.Case)
		for i := range w.Differences {
			findings := r.Findings(i)
			if len(findings) != len(Hypotheses()) {
				t.Fatalf("%s: %d findings of %d hypotheses", c.name, len(findings), len(Hypotheses()))
			}
			for k, h := range Hypotheses() {
				f := findings[k]
				if f.Code != h.Code || f.Reason() == "" || strings.HasSuffix(f.Reason(), ".") || len(f.Parties()) == 0 {
					t.Errorf("%s: %s is examined as %s, by %v: %q", c.name, h.Code, f.Code, f.Parties(), f.Reason())
				}
			}
		}
	}
}

func allCases() []worldCase { return slices.Concat(absentCases, clientCases, planCases, fileCases) }

// TestEveryCodeHasItsWorlds has each code be the cause in one world, or an earlier link of the cause's chain, and be struck for a
// reason of its own in another.
func TestEveryCodeHasItsWorlds(t *testing.T) {
	caused, struck := map[Code]bool{}, map[Code]bool{}
	for _, c := range allCases() {
		w := readWorld(t, c.world)
		r := Explain(w.Case)
		for i := range w.Differences {
			caused[r.Causes[i].Code] = true
			for _, because := range r.Causes[i].Because {
				code, _, _ := strings.Cut(because, ": ")
				caused[Code(code)] = true
			}
		}
		for line := range strings.Lines(c.want) {
			if _, rest, ok := strings.Cut(line, " rules out "); ok {
				code, _, _ := strings.Cut(rest, ": ")
				struck[Code(strings.TrimSpace(code))] = true
			}
		}
	}
	for _, h := range Hypotheses() {
		if !caused[h.Code] && h.Code != NeverEmitted { // no session of one client can show it
			t.Errorf("%s is the cause in no world", h.Code)
		}
		if !struck[h.Code] {
			t.Errorf("%s is struck in no world", h.Code)
		}
	}
}

// TestHoldUnder has what is certain be certain under each history that the evidence fits.
func TestHoldUnder(t *testing.T) {
	w := readWorld(t, `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v7 bill:1=12
		3 deltas v6 bill:1=11
		90 end
		file v7 bill:1=11
		server v7 settled bill:1=12`)
	contract := Explain(w.Case)
	w.Timeline = w.fold(t, plancache.Mobile, false)
	app := Explain(w.Case)
	if contract.Causes[0].Code == app.Causes[0].Code {
		t.Fatalf("both clients are told %s", app.Causes[0].Code)
	}
	if app.Causes[0].Code != StaleOverwrite || app.Causes[0].Certainty != Certain {
		t.Fatalf("the app's cause is %s", tellCause(&app.Causes[0]))
	}
	app.HoldUnder(app)
	if app.Causes[0].Certainty != Certain {
		t.Error("a history does not hold under itself")
	}
	before := contract.Causes[0].Certainty
	app.HoldUnder(contract)
	if app.Causes[0].Certainty != Likely || contract.Causes[0].Certainty != before {
		t.Errorf("what only one of two histories tells is %s", app.Causes[0].Certainty)
	}
}

// TestBesideIsAnotherHistory has the phone beside a recorder take none of the answers that the recorder asked for.
func TestBesideIsAnotherHistory(t *testing.T) {
	w := readWorld(t, `
		client mobile
		0 connect
		1 plan v5 took 30ms bill:1=10
		2 disconnect transport close
		4 connect
		4.1 plan v6 took 30ms bill:1=11
		90 end
		server v6 settled bill:1=11`)
	beside := w.fold(t, plancache.Mobile, true)
	if beside.fold.Answers != fold.OnlyAsked || reflect.DeepEqual(beside.Cache().AppendJSON(nil), w.Timeline.Cache().AppendJSON(nil)) {
		t.Error("the phone holds what the recorder read for itself")
	}
}
