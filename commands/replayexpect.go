package commands

import (
	"bytes"
	"context"
	"fmt"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// expectation is what a comparison came to. A nil one was not made.
type expectation struct {
	verdict diagnose.Verdict
	json    []byte // what diff -o json prints
}

func (e *expectation) failed() bool {
	return e != nil && (e.verdict == diagnose.Desynced || e.verdict == diagnose.Behind)
}
func (e *expectation) open() bool { return e != nil && e.verdict == diagnose.Inconclusive }

func (e *expectation) text() []byte {
	if e == nil {
		return nil
	}
	return e.json
}

// expect compares the plan that the target has come to with the one that it should have come to.
func (r *replayer) expect(ctx context.Context) (*expectation, error) {
	if r.plan.want == nil {
		return nil, nil
	}
	want := *r.plan.want
	r.warnOfOthers()
	is, err := r.target.plan(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	want.fenced, want.tries, want.stable = true, is.tries, is.stable // what is expected holds still; what is there may not
	report, err := r.compare(&heldPlan{source: r.target.name, plan: is.plan}, &want)
	if err != nil {
		return nil, err
	}
	report.Fenced = false
	return r.judge("--expect "+r.plan.expect, report)
}

// warnOfOthers says whose plan is compared where the session has plans of several users.
func (r *replayer) warnOfOthers() {
	if s := r.target.stage; s != nil && len(s.house.ready.Users) > 1 {
		users := s.house.ready.Users
		r.app.warn(fmt.Sprintf("%s holds the plans of %d users: that of user %d is compared", r.plan.shownName(), len(users), users[0].ID))
	}
}

// expectClient compares the cache that the app was left with, with the plan of the stand-in. Its
// causes rest on what the app was sent, and on what it was answered.
func (r *replayer) expectClient(ctx context.Context) (*expectation, error) {
	if r.plan.expectClient == "" {
		return nil, nil
	}
	cache, err := readPlanFile(r.app, r.plan.expectClient)
	if err != nil { // the app left none: by now that is no wrong usage
		told := *explain(err)
		told.Code = ExitInconclusive
		return nil, &told
	}
	is, err := r.target.plan(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	is.source = r.target.name
	e := r.target.stage.evidence
	e.mu.Lock()
	defer e.mu.Unlock()
	report, err := r.compare(&heldPlan{source: cache.source, plan: cache.plan, timeline: e.timeline, live: true}, is)
	if err != nil {
		return nil, err
	}
	for i := range report.Causes {
		report.Causes[i].Records = e.sentNumbers(report.Causes[i].Records)
	}
	return r.judge("--expect-client "+r.plan.expectClient, report)
}

// compare finds the differences as diff does. What diff refuses, two recipients, is an expectation
// that failed: the plan that was expected is not there.
func (r *replayer) compare(held *heldPlan, server *serverPlan) (*compare.Report, error) {
	if why := diagnose.Strangers(held.plan, server.plan); why != "" {
		r.app.warn(fmt.Sprintf("%s, %s: %s", held.source, server.source, why))
		sides := &diff.Result{Cached: sideOf(held.plan), Server: sideOf(server.plan)}
		return &compare.Report{Verdict: diagnose.Desynced, Result: sides, Cached: held.source, Server: server.source}, nil
	}
	c := &comparison{diffOptions: &diffOptions{utc: r.plan.utc, sameClient: true}, policy: r.plan.policy}
	return c.compare(held, server)
}

func sideOf(p *plan.Plan) diff.Side {
	return diff.Side{
		Version: p.Version, HasVersion: p.HasVersion,
		Appointments: p.Appointments.Len(), Bills: p.Bills.Len(), Collaborators: p.Collaborators.Len(),
	}
}

// judge prints what diff prints, behind the name of the expectation where there are two; with -o
// json it is kept for the summary.
func (r *replayer) judge(name string, report *compare.Report) (*expectation, error) {
	e := &expectation{verdict: report.Verdict}
	if r.plan.output == "json" {
		var text bytes.Buffer
		err := render.DiffJSON(&text, report)
		e.json = bytes.TrimSpace(text.Bytes())
		return e, err
	}
	theme, err := r.app.theme(r.app.OutWidth())
	if err != nil {
		return nil, err
	}
	if r.plan.expect != "" && r.plan.expectClient != "" {
		if _, err := fmt.Fprintln(r.app.Out, theme.Emphasis.Render(render.Clean(name))); err != nil {
			return nil, err
		}
	}
	return e, render.Diff(r.app.Out, report, render.DiffPage{Width: r.app.OutWidth(), Theme: theme})
}
