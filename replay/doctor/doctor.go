// Package doctor examines the way to a server, and the stream behind it: whether the name resolves,
// what answers, whom the token is taken from, which transports connect, and whether deltas arrive.
// Each check is a row of a table, with the checks that it needs; those that do not need each other
// run beside each other.
//
// A report holds no token. What a server or a token says is in it without control characters, and
// cut short. The package must not know how a report is shown.
package doctor

import (
	"context"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// Status is how a check went.
type Status string

// The statuses of a check.
const (
	OK   Status = "ok"
	Warn Status = "warn" // it works, and something about it may trouble people
	Fail Status = "fail"
)

// Verdict is what an examination comes to.
type Verdict string

// The verdicts, the first that holds.
const (
	Refused     Verdict = "refused"     // the server does not take the token
	Unreachable Verdict = "unreachable" // there is no way to the server, or no answer
	Failed      Verdict = "failed"      // a check failed otherwise
	Warned      Verdict = "warned"      // none failed
	Healthy     Verdict = "healthy"     // all is well
)

// Report is what an examination found.
type Report struct {
	Server    string             `json:"server"`
	Context   string             `json:"context,omitempty"`
	Transport endpoint.Transport `json:"transport"` // that was asked for
	Verdict   Verdict            `json:"verdict"`
	Took      float64            `json:"took"` // seconds
	Checks    []Line             `json:"checks"`
	Skipped   []Skipped          `json:"skipped"` // what could not be asked
}

// Line is what a check found. Its text may hold what a server said, fit for one line.
type Line struct {
	Check  string  `json:"check"`
	Status Status  `json:"status"`
	Says   string  `json:"says"`
	Next   string  `json:"next,omitempty"`  // the next step
	Facts  any     `json:"facts,omitempty"` // one of the types of facts.go; nil: there is nothing to count with
	Took   float64 `json:"took"`            // seconds

	class Verdict // Refused or Unreachable, where the line failed for that
	skip  string  // the check for which this one cannot be made
}

// Skipped is a check that was not made, for what came of another.
type Skipped struct {
	Check   string `json:"check"`
	Because string `json:"because"` // the check whose line tells why
}

// Config says what to examine.
type Config struct {
	Endpoint *endpoint.Endpoint
	// Wait is how long to wait for a delta; 0: nobody waits.
	Wait time.Duration
	// OnWait is told when the waiting begins, on a goroutine of the examination; it may be nil.
	OnWait func()
	// Now tells the time; time.Now where nil.
	Now func() time.Time
}

// Doctor examines one server.
type Doctor struct{ cfg Config }

// New makes a doctor that has examined nothing yet.
func New(cfg Config) *Doctor {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Doctor{cfg}
}

// Examine makes every check once. Nothing that it began goes on when it returns. The error is the
// context's own, where that was cancelled; what a check finds is never an error.
func (d *Doctor) Examine(ctx context.Context) (*Report, error) {
	begin := d.cfg.Now()
	e := newExamination(ctx, d.cfg)
	defer e.close()
	e.runAll()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	report := &Report{
		Server: d.cfg.Endpoint.Server(), Context: d.cfg.Endpoint.Name, Transport: d.cfg.Endpoint.Transport,
		Took: d.cfg.Now().Sub(begin).Seconds(), Checks: []Line{}, Skipped: []Skipped{},
	}
	for _, o := range e.outcomes {
		if o.skipped != "" {
			report.Skipped = append(report.Skipped, Skipped{o.check.name, o.skipped})
			continue
		}
		report.Checks = append(report.Checks, o.line)
	}
	report.Verdict = report.verdict()
	return report, nil
}

// Failure is the first line that failed for the verdict's reason; nil where none did.
func (r *Report) Failure() *Line {
	for i := range r.Checks {
		if line := &r.Checks[i]; line.Status == Fail && (line.class == r.Verdict || r.Verdict == Failed) {
			return line
		}
	}
	return nil
}

// Count is how many lines have a status.
func (r *Report) Count(status Status) (n int) {
	for _, line := range r.Checks {
		if line.Status == status {
			n++
		}
	}
	return n
}

func (r *Report) verdict() Verdict {
	found := map[Verdict]bool{Failed: r.Count(Fail) > 0, Warned: r.Count(Warn) > 0}
	for _, line := range r.Checks {
		found[line.class] = found[line.class] || line.Status == Fail
	}
	for _, v := range []Verdict{Refused, Unreachable, Failed, Warned} {
		if found[v] {
			return v
		}
	}
	return Healthy
}
