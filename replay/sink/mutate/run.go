package mutate

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/sink"
)

// job is a record that is being expressed.
type job struct {
	n       int64
	waits   int // notices that are held
	made    int // mutations that the target has
	fate    sink.Fate
	err     error
	unfit   []sink.Unfit
	told    bool
	untaken bool // Send did not take the record
}

// fail notes a mutation that the target does not have, or may not have. The latter counts more, the
// first error most.
func (j *job) fail(fate sink.Fate, err error) {
	if j.err == nil {
		j.err = err
	}
	j.fate = max(j.fate, fate)
}

// outcome is what became of the record.
func (j *job) outcome() sink.Outcome {
	o := sink.Outcome{N: j.n, Fate: j.fate, Err: j.err, Reach: sink.ReachUnknown, Unfit: j.unfit}
	switch {
	case j.err != nil:
	case j.made > 0:
		o.Fate = sink.Acknowledged
	case len(j.unfit) > 0:
		o.Fate = sink.Inexpressible
	}
	return o
}

// run is one call of Send.
type run struct {
	*Sink
	ctx     context.Context
	own     *job
	begun   bool // something has left, and may have changed the target
	untaken bool // nothing of the record has left, and nothing will
}

// units expresses changes one after another. What follows one after which the sink is over stays
// undone.
func (r *run) units(units []unit) {
	for _, u := range units {
		if r.over != nil {
			u.job.fail(sink.Unsure, r.over)
			continue
		}
		r.unit(u)
	}
}

func (r *run) unit(u unit) {
	s := u.express()
	u.job.unfit = append(u.job.unfit, s.unfit...)
	for _, m := range s.mutations {
		if r.over != nil {
			u.job.fail(sink.Unsure, r.over)
			return
		}
		r.make(u, m)
	}
}

// make makes one mutation of a change.
func (r *run) make(u unit, m *Mutation) {
	if m.late != nil {
		if m.Body = m.late(); m.Body == nil {
			u.job.unfit = append(u.job.unfit, sink.Unfit{Delta: m.Delta, What: m.What, Reason: reasonNoToken})
			return
		}
	}
	answer, left, err := r.do(m)
	if err != nil && r.undone(u.job, m, left, err) {
		return
	}
	r.begun = true
	switch {
	case err != nil:
		r.broken(u.job, m, err)
	case answer.Status < http.StatusMultipleChoices:
		u.job.made++
		u.job.unfit = append(u.job.unfit, m.done(answer.Body)...)
	case answer.Status < http.StatusInternalServerError:
		u.job.fail(sink.Failed, statusError(answer))
	default:
		r.unsure(u.job, statusError(answer)) // a server that failed may have done so after the change
	}
}

// do makes a mutation, and says whether anything of it has left.
func (r *run) do(m *Mutation) (answer rest.Answer, left bool, err error) {
	client := r.owner
	if m.As == Contributor {
		client = r.contributor
	}
	var wrote atomic.Bool
	ctx := httptrace.WithClientTrace(r.ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	answer, err = client.Do(ctx, m.Method, m.Path, m.Body)
	return answer, wrote.Load(), err
}

// undone says whether a mutation that has no usable answer is sure to have changed nothing, and
// nothing more can: nothing of it has left, or the target let nobody in, or is elsewhere. It is
// noted.
func (r *run) undone(j *job, m *Mutation, left bool, err error) bool {
	refused, isRefused := errors.AsType[*rest.RefusedError](err)
	stranger := isRefused && refused.Status == http.StatusUnauthorized
	if left && !stranger && !errors.Is(err, rest.ErrRedirect) {
		return false
	}
	r.over = r.explain(r.ctx, m.As, err)
	r.untaken = !r.begun
	r.unsure(j, r.over)
	return true
}

// broken notes a mutation that has left and has no usable answer.
func (r *run) broken(j *job, m *Mutation, err error) {
	if refused, ok := errors.AsType[*rest.RefusedError](err); ok { // 403: not of this user, but of this one change
		j.fail(sink.Failed, &StatusError{Status: refused.Status, Message: refused.Message})
		return
	}
	why := r.explain(r.ctx, m.As, err)
	r.unsure(j, why)
	if !errors.Is(err, context.DeadlineExceeded) && r.ctx.Err() == nil {
		r.over = why
	}
}

func (r *run) unsure(j *job, err error) {
	if r.first == nil {
		r.first = err
	}
	j.fail(sink.Unsure, err)
}

// tell tells what became of records, of those that are done.
func (r *run) tell(units []unit) {
	for _, u := range units {
		if j := u.job; j.waits == 0 && !j.told && !j.untaken {
			j.told = true
			r.cfg.Tell(j.outcome())
		}
	}
}
