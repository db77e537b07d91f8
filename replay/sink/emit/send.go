package emit

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/socket"
)

// Send emits the event of a record. It waits while a window of events is unanswered.
func (s *Sink) Send(ctx context.Context, rec *session.Record) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-s.broken:
		return s.lost
	default:
	}
	if rec.Kind != session.KindEvent || sink.IsGreeting(rec) {
		s.cfg.Tell(sink.Outcome{N: rec.N, Fate: sink.Ignored, Reach: sink.ReachUnknown})
		return nil
	}
	if plan.Valid(rec.Args) != nil {
		s.cannot(rec, "its arguments are no JSON, at which a server closes the connection")
		return nil
	}
	select {
	case s.window <- struct{}{}:
		return s.emit(ctx, rec)
	case <-s.broken:
		return s.lost
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cannot tells that a record is no event that a client could emit.
func (s *Sink) cannot(rec *session.Record, reason string) {
	s.cfg.Tell(sink.Outcome{
		N: rec.N, Fate: sink.Inexpressible, Reach: sink.ReachUnknown,
		Unfit: []sink.Unfit{{Delta: -1, What: "event " + strconv.Quote(rec.Event), Reason: reason}},
	})
}

// emit emits the event of a record, for which there is a place in the window.
func (s *Sink) emit(ctx context.Context, rec *session.Record) error {
	id, e := s.enter(rec.N)
	err := s.client.Emit(ctx, id, rec.Event, rec.Args)
	var (
		odd   *socket.NotEventError
		large *socket.TooLargeError
	)
	switch {
	case err == nil:
		s.taken(id, e)
		return nil
	case errors.As(err, &odd):
		s.leave(id, e)
		s.cannot(rec, "a client cannot emit it: "+odd.Reason)
		return nil
	case errors.As(err, &large): // its size is no part of the reason, so that equal ones add up
		s.leave(id, e)
		s.cannot(rec, fmt.Sprintf("a client cannot emit it: the server takes packets of %d bytes at most", large.Limit))
		return nil
	}
	s.leave(id, e)
	if !errors.Is(err, socket.ErrNotConnected) {
		return err
	}
	select {
	case <-s.broken: // the end of the connection is on its way here
		return s.lost
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Settle waits until every event is answered, or will never be.
func (s *Sink) Settle(ctx context.Context) error {
	s.mu.Lock()
	quiet := s.quiet
	s.mu.Unlock()
	select {
	case <-quiet:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// Close says goodbye to the server. What has no answer by then is unsure.
func (s *Sink) Close() error {
	s.cancel()
	<-s.ended
	return nil
}

var _ sink.Sink = (*Sink)(nil)
