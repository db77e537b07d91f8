package campaign_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diagnose/campaign"
	"github.com/carebase/deltatap/replay/diff"
)

// explained is what diagnose says of a world.
type explained struct {
	result *diff.Result
	report *diagnose.Report
}

// explain shows diagnose the evidence of a world, as deltatap diff does.
func explain(t *testing.T, s *campaign.Script, e *campaign.Evidence) explained {
	t.Helper()
	return explainBeside(t, s, e, nil)
}

// explainBeside shows it what the database holds, too.
func explainBeside(t *testing.T, s *campaign.Script, e *campaign.Evidence, tables *diagnose.Tables) explained {
	t.Helper()
	cached, server := parse(t, e.Cached), parse(t, e.Server)
	result, err := diff.Parsed(cached, server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	timeline := diagnose.NewTimeline(policyOf(s))
	timeline.Header(e.Header)
	if !e.Folded {
		timeline.Saved(cached)
	}
	for i := range e.Lines {
		if line := &e.Lines[i]; line.Damaged {
			timeline.Damaged()
		} else {
			timeline.Record(&line.Record)
		}
	}
	if e.CutOff {
		timeline.CutOff()
	}
	if !e.Session {
		timeline = nil
	}
	return explained{result, diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: cached, Server: server, Timeline: timeline,
		SessionIsCache: e.Folded, SameClient: e.Owned, Fence: fences[e.Fence], Live: e.Live, Location: time.UTC,
		Database: tables,
	})}
}

var fences = map[campaign.Fence]diagnose.Fence{
	campaign.Saved: diagnose.Saved, campaign.Fenced: diagnose.Fenced, campaign.Settled: diagnose.Settled,
}

// breach is how a report breaks a law.
type breach struct {
	law    string
	item   string
	detail string
}

// breaches holds a report against the truth.
func (x *explained) breaches(w *campaign.Judged) []breach {
	var all []breach
	reported := map[string]bool{}
	for i := range x.result.Differences {
		id := x.result.Differences[i].Item.String()
		reported[id] = true
		truth, differs := w.Truths[id]
		if !differs {
			all = append(all, breach{"false divergence", id, ""})
			continue
		}
		if w.Script.Another {
			continue
		}
		all = append(all, x.soundness(w, i, id, &truth)...)
	}
	for id := range w.Truths {
		if !reported[id] {
			all = append(all, breach{"unreported divergence", id, ""})
		}
	}
	return append(all, x.verdict(w)...)
}

// soundness is the first law: what is true is never ruled out, and nothing else is certain.
func (x *explained) soundness(w *campaign.Judged, i int, id string, truth *campaign.Truth) (all []breach) {
	cause := &x.report.Causes[i]
	say := func(law string) { all = append(all, breach{law, id, x.tell(i, truth)}) }
	if truth.Unjudged {
		return nil
	}
	if why := x.ruledOut(i, truth); why != "" && !truth.Loose && !w.Script.Alone {
		say("ruled out: " + why)
	}
	if cause.Certainty == diagnose.Certain && cause.Code != diagnose.Unknown && !truth.Allows(campaign.Code(cause.Code)) && !truth.Rare {
		say("wrong certain: " + string(cause.Code))
	}
	if truth.Wrong && !truth.Excusable && cause.Expected && cause.Certainty != diagnose.CertaintyUnknown {
		say("called expected: " + string(cause.Code))
	}
	return all
}

// ruledOut names the true hypothesis that is ruled out: the one, or of several the first where all
// of them are.
func (x *explained) ruledOut(i int, truth *campaign.Truth) string {
	out := map[campaign.Code]bool{}
	for _, f := range x.report.Findings(i) {
		out[campaign.Code(f.Code)] = f.Standing == diagnose.RuledOut
	}
	switch {
	case truth.Main != "" && out[truth.Main]:
		return string(truth.Main)
	case truth.Main != "" || len(truth.Any) == 0:
		return ""
	case !slices.ContainsFunc(truth.Any, func(c campaign.Code) bool { return !out[c] }):
		return fmt.Sprint(slices.Sorted(slices.Values(truth.Any)))
	}
	return ""
}

// verdict holds the verdict against the world.
func (x *explained) verdict(w *campaign.Judged) []breach {
	verdict := x.report.Verdict
	if w.Script.Another {
		if verdict == diagnose.InSync || verdict == diagnose.Explained {
			return []breach{{law: "another recipient's cache is " + string(verdict)}}
		}
		return nil
	}
	if w.Script.Alone && x.result.Cached.Version == x.result.Server.Version {
		return nil // it is judged by content
	}
	if verdict == diagnose.Desynced && w.NothingWrong() {
		return []breach{{law: "desynced, and nothing is wrong: " + x.accused(w), detail: x.all(w)}}
	}
	if id := w.Desynced(); id != "" && (verdict == diagnose.InSync || verdict == diagnose.Explained) {
		return []breach{{law: string(verdict) + ", and it is not", item: id, detail: x.all(w)}}
	}
	return nil
}

// accused is a difference that is called a fault, what is true of it, and what is said.
func (x *explained) accused(w *campaign.Judged) string {
	for i := range x.result.Differences {
		truth, cause := w.Truths[x.result.Differences[i].Item.String()], &x.report.Causes[i]
		if !cause.Expected && !truth.Expected {
			return fmt.Sprintf("%s where true is %v", cause.Code, truth.Any)
		}
	}
	return ""
}

// all tells of all differences.
func (x *explained) all(w *campaign.Judged) (text string) {
	for i := range x.result.Differences {
		id := x.result.Differences[i].Item.String()
		truth := w.Truths[id]
		text += id + ": " + x.tell(i, &truth) + "\n"
	}
	return text
}

// tell is one difference, its truth, and what became of each hypothesis.
func (x *explained) tell(i int, truth *campaign.Truth) string {
	cause, d := &x.report.Causes[i], &x.result.Differences[i]
	text := fmt.Sprintf("%s; true is %q of %q; said is %s (%s): %s", d.Kind, truth.Main, truth.Any, cause.Code, cause.Certainty, cause.Summary)
	for _, f := range x.report.Findings(i) {
		if f.Standing != diagnose.RuledOut || truth.Allows(campaign.Code(f.Code)) {
			text += fmt.Sprintf("\n      %s %s, %d unseen: %s", f.Code, f.Standing, f.Unseen, f.Reason())
		}
	}
	return text
}
