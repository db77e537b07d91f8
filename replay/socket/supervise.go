package socket

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxRefusals is how often in a row a server that has accepted this client once may refuse it, each
// time with a fresh token, before the client believes it.
const maxRefusals = 3

// outcome is how one attempt went: a connection period that has ended, or a failure to connect.
type outcome struct {
	period  *period  // nil: no connection came about
	failure *failure // nil: there was a connection
}

// period is a connection period that is over.
type period struct {
	lasted time.Duration
	ended  time.Time // by the client's clock
	reason string
}

// failure says why no connection came about.
type failure struct {
	transport string
	message   string // one line, no token
	auth      bool   // the server said no
	data      []byte // what it said beside the message: JSON; may be nil
	anonymous bool   // it was not told who asks
	err       error  // the cause, for errors.As; may be nil
	local     bool   // not the server's or the network's doing: the token could not be had
}

// supervisor decides when to try, when to wait and when to give up. It knows no network.
type supervisor struct {
	attempt func(ctx context.Context, n int) outcome
	report  func(Signal)
	now     func() time.Time
	backoff backoff.BackOff
	stable  time.Duration
}

// run makes attempt after attempt until the context ends or there is no point in going on; it says
// why it ended.
func (s *supervisor) run(ctx context.Context) error {
	var met bool // the server has accepted this client at least once
	var refusals int
	for n := 1; ; n++ {
		o := s.attempt(ctx, n)
		var last error
		if o.period != nil {
			met, refusals, n = true, 0, 0
			s.report(Signal{At: o.period.ended, Kind: Disconnected, Reason: o.period.reason})
			if o.period.lasted >= s.stable {
				s.backoff.Reset()
			}
			last = errors.New(o.period.reason)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if f := o.failure; f != nil {
			s.report(Signal{At: s.now(), Kind: Refused, Transport: f.transport, Attempt: n, Message: f.message, Data: f.data, Auth: f.auth})
			refusals++
			if !f.auth {
				refusals = 0
			}
			if !met || refusals == maxRefusals {
				return f.verdict()
			}
			last = f
		}
		if err := s.wait(ctx, last); err != nil {
			return err
		}
	}
}

// wait sleeps until the next attempt is due.
func (s *supervisor) wait(ctx context.Context, last error) error {
	d := s.backoff.NextBackOff()
	if d == backoff.Stop {
		return &UnreachableError{Err: last}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.err }

// verdict is the failure as the error that ends Run.
func (f *failure) verdict() error {
	switch {
	case f.auth:
		refused := &RefusedError{Message: f.message, Data: f.data, Anonymous: f.anonymous}
		if status, ok := errors.AsType[*statusError](f.err); ok {
			refused.Status = status.code
		}
		return refused
	case f.local:
		return f
	}
	return &UnreachableError{Err: f}
}

// defaultBackoff waits from half a second to half a minute, give or take a half: clients that lost
// their server together do not come back together.
func defaultBackoff() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 500 * time.Millisecond
	b.Multiplier = 2
	b.RandomizationFactor = 0.5
	b.MaxInterval = 30 * time.Second
	return b
}
