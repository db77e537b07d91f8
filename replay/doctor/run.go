package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
)

// outcome is how one check went.
type outcome struct {
	check   *check
	done    chan struct{}
	line    Line
	skipped string // the check that failed, where this one was not made
}

// failed is the check that a check which needs this one waits for in vain; "" where it may begin.
func (o *outcome) failed() string {
	switch {
	case o.skipped != "":
		return o.skipped
	case o.line.Status == Fail:
		return o.check.name
	}
	return ""
}

// examination is one run of all checks. What a check finds for others, they read once it is over.
type examination struct {
	cfg      Config
	ctx      context.Context
	cancel   context.CancelFunc
	outcomes []*outcome

	target *endpoint.Endpoint // with the token that was got once
	client *rest.Client
	proxy  *endpoint.Proxy
	dials  []string // hosts and ports to connect to

	skew    *time.Duration // how far this clock is ahead
	unsure  time.Duration  // how far off that may be, because the answer took its time
	claims  *claims        // of a JWT
	version *int64         // by /api/plan/version
	people  *people        // of the plan
	role    string

	websocket, polling *stream
	primary            *stream // that deltas are expected on
	streams            sync.WaitGroup

	mu     sync.Mutex
	cached []rest.Answer // those that a cache gave
}

func newExamination(ctx context.Context, cfg Config) *examination {
	e := &examination{cfg: cfg, target: cfg.Endpoint, client: rest.New(cfg.Endpoint)}
	e.ctx, e.cancel = context.WithCancel(ctx)
	e.client.OnCached = e.noteCached
	for i := range checks {
		e.outcomes = append(e.outcomes, &outcome{check: &checks[i], done: make(chan struct{})})
	}
	return e
}

// close ends what checks left running for others, and waits for its end.
func (e *examination) close() {
	e.cancel()
	e.streams.Wait()
	e.client.Close()
}

func (e *examination) runAll() {
	var all sync.WaitGroup
	for _, o := range e.outcomes {
		all.Go(func() {
			defer close(o.done)
			e.runOne(o)
		})
	}
	all.Wait()
}

func (e *examination) runOne(o *outcome) {
	for _, name := range o.check.after {
		<-e.outcome(name).done
	}
	for _, name := range o.check.needs {
		need := e.outcome(name)
		<-need.done
		if o.skipped == "" {
			o.skipped = need.failed()
		}
	}
	if o.skipped != "" {
		return
	}
	begin := e.cfg.Now()
	o.line = o.check.run(e, e.ctx)
	if o.skipped = o.line.skip; o.skipped != "" {
		return
	}
	o.line.Check = o.check.name
	o.line.Took = e.cfg.Now().Sub(begin).Seconds()
}

func (e *examination) outcome(name string) *outcome {
	for _, o := range e.outcomes {
		if o.check.name == name {
			return o
		}
	}
	panic("no check is called " + name)
}

func (e *examination) noteCached(answer rest.Answer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cached = append(e.cached, answer)
}

// within bounds a step that has no bound of its own by the endpoint's time.
func (e *examination) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.cfg.Endpoint.Patience())
}
