package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/sink"
)

// finish sums up, holds the target against what is expected of it, and lets the stand-in stay.
func (r *replayer) finish(ctx context.Context, o *openedSession, failure error) (err error) {
	if r.target.close != nil {
		defer func() { err = errors.Join(err, r.target.close()) }()
	}
	warnOfHoles(r.app, o.src)
	summary, failure := r.summarize(ctx, o, failure)
	whole := summary.Ended == endedEnd || summary.Ended == endedUntil
	if r.plan.output != "json" && !r.app.Quiet {
		_ = render.Replay(r.app.Err, summary)
	}
	if whole {
		r.warnOfNothing(o)
	}
	var expect, client *expectation
	var unchecked error
	if whole {
		expect, client, unchecked = r.expectations(ctx)
	}
	if r.plan.output == "json" {
		if err := r.printJSON(summary, expect, client); err != nil {
			return err
		}
	}
	if failure == nil && unchecked != nil {
		return unchecked
	}
	return r.outcome(o, summary, failure, expect, client)
}

// warnOfNothing warns of a part of the session that holds nothing: such a replay goes well, and is
// seldom meant.
func (r *replayer) warnOfNothing(o *openedSession) {
	from, until := r.plan.when.From, r.plan.when.Until
	if r.report.Sent > 0 || from.IsZero() && until.IsZero() {
		return
	}
	where := fmt.Sprintf("between --from %v and --until %v", from, until)
	switch {
	case until.IsZero():
		where = fmt.Sprintf("behind --from %v", from)
	case from.IsZero():
		where = fmt.Sprintf("before --until %v", until)
	}
	r.app.warn(o.in.name + ": nothing of it lies " + where)
}

// expectations holds the target, and after its stay the app, against what is expected of them.
func (r *replayer) expectations(ctx context.Context) (expect, client *expectation, err error) {
	if expect, err = r.expect(ctx); err != nil {
		return nil, nil, err
	}
	if s := r.target.stage; s != nil {
		s.stay(ctx, r.app)
	}
	client, err = r.expectClient(ctx)
	return expect, client, err
}

// printJSON prints the summary: to standard output, unless that is the target.
func (r *replayer) printJSON(summary *render.ReplaySummary, expect, client *expectation) error {
	out := r.app.Out
	if r.target.name == standardOutput {
		out = r.app.Err
	}
	return render.ReplayJSON(out, summary, expect.text(), client.text())
}

// outcome is what the replay comes to.
func (r *replayer) outcome(o *openedSession, s *render.ReplaySummary, failure error, expect, client *expectation) error {
	switch {
	case failure != nil:
		told := *explain(o.in.unusable(failure))
		if told.Code == ExitUsage && s.Sent > 0 {
			told.Code = ExitInconclusive // too late for saying that nothing was written
		}
		if s.Resume > 0 && told.Hint == "" {
			told.Hint = fmt.Sprintf("--from %d takes it up there", s.Resume)
		}
		return &told
	case expect.failed() || client.failed():
		return errFound
	case (r.plan.expect != "" && expect == nil) || (r.plan.expectClient != "" && client == nil):
		return &Error{Code: ExitInconclusive, What: "the replay did not come to its end, and nothing was compared"}
	case s.Failed+s.Unsure > 0:
		return &Error{Code: ExitInconclusive, What: fmt.Sprintf("%s failed, and %s may have arrived or not", render.Plural(s.Failed, "record"), render.Count(s.Unsure))}
	case expect.open() || client.open():
		return errInconclusive
	}
	return nil
}

// How a replay may have ended.
const (
	endedEnd     = "end"
	endedUntil   = "until"
	endedQuit    = "quit"
	endedLost    = "lost"
	endedRefused = "refused"
)

// summarize puts together what was done, and tells a failure from an end that was wished for.
func (r *replayer) summarize(ctx context.Context, o *openedSession, err error) (*render.ReplaySummary, error) {
	a, report := r.ledger.Account(), &r.report
	s := &render.ReplaySummary{
		Target: r.target.name, Session: o.in.name, Rounds: report.Rounds, Elapsed: report.Elapsed, Planned: report.Planned,
		Records: r.played, Greetings: r.greets,
		Events: report.Events, Deltas: report.Deltas, Version: report.Version, Skipped: report.Skipped, BadLines: report.BadLines,
		Sent: a.Sent, Acknowledged: a.Acknowledged, Failed: a.Failed, Unsure: a.Unsure, Inexpressible: a.Inexpressible,
		Partly: a.Partly, Unheard: a.Unheard, FailedAt: a.FailedAt.Runs(), UnsureAt: a.UnsureAt.Runs(), UnfitAt: a.UnfitAt.Runs(),
		Last: a.Last, LateCount: report.Late.Count, P99: report.Late.Quantile(0.99), Worst: report.Late.Worst, WorstAt: report.Late.At,
		Faults: counted(r.faults.counts), FaultLog: r.faults.path,
		Missed: r.faults.all(&r.plan.spec, r.script.Missed()),
	}
	if report.Truncated != nil {
		s.CutOff = report.Truncated.String()
	}
	if a.FirstFailure != nil {
		s.FirstFailure = a.FirstFailure.Error()
	}
	for _, u := range a.Unfit {
		s.Unfit = append(s.Unfit, render.ReplayUnfit{Reason: u.Reason, Count: u.Count, Samples: u.Sample})
	}
	var failure error
	s.Ended, failure = r.ended(ctx, err)
	s.Resume = r.resume(s, &a)
	return s, failure
}

// ended is the word for how the replay ended.
func (r *replayer) ended(ctx context.Context, err error) (string, error) {
	switch {
	case err != nil:
		if _, lost := errors.AsType[*sink.LostError](err); lost {
			return endedLost, err
		}
		return stopReason(ctx, err)
	case r.report.Quit:
		return endedQuit, nil
	case !r.plan.when.Until.IsZero():
		return endedUntil, nil
	}
	return endedEnd, nil
}

// resume is the record to go on from; 0 where there is nothing to go on with.
func (r *replayer) resume(s *render.ReplaySummary, a *sink.Account) int64 {
	whole := s.Ended == endedEnd || s.Ended == endedUntil
	switch {
	case whole && a.Unsure == 0, a.Last == 0 && r.report.Failed == 0:
		return 0
	case a.Last == 0:
		return r.report.Failed
	}
	next := a.Resume()
	if n := r.report.Failed; n > 0 {
		next = min(next, n)
	}
	return next
}
