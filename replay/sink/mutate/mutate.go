package mutate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// days is how many days of the target's plan are read, so that items are found that a session moves
// into its own: the most that a server answers.
const days = 30

// Config says where mutations go.
type Config struct {
	// Endpoint is the server, with the token of the plan's owner. Its Timeout is how long each answer
	// may take.
	Endpoint *endpoint.Endpoint
	// Contributor is the same server with the token of a collaborator, for the changes that only one
	// makes. nil where there is none: they are unfit.
	Contributor *endpoint.Endpoint
	// Session is the body of the session's first plan; nil where its record will be sent before any
	// delta.
	Session []byte
	// Behind says that the replay begins in the middle of the session: the target may have taken what
	// came before, or some of it. Its records are shown by Skip, before anything is sent.
	Behind bool
	// IDs are the target's ids where the caller knows them.
	IDs IDs
	// User is the session's user whose plan this is, where the session has several: records of another
	// are unfit. 0: the first who is named.
	User int64
	// Home is the user whom the session's header names, whose are the records that name nobody; 0
	// where it names none.
	Home int64
	// Tell is told what became of records.
	Tell sink.Tell
}

// Sink makes mutations, one at a time: Send returns when the target has answered. It may be used by
// one goroutine.
type Sink struct {
	cfg         Config
	translator  *Translator
	owner       *rest.Client
	contributor *rest.Client
	first       error // of the first answer that will never come
	over        error // why no more is taken
	close       sync.Once
}

// Dial reads the target's plan. The error is a *sink.RefusedError (of either token), a *sink.LostError, that of a token
// that cannot be had, the cause of ctx, or says why there is no plan. Nothing is changed: a Sink that is only asked for
// its Plan writes nothing.
func Dial(ctx context.Context, cfg Config) (*Sink, error) {
	s := &Sink{cfg: cfg, owner: rest.New(cfg.Endpoint)}
	if cfg.Contributor != nil {
		s.contributor = rest.New(cfg.Contributor)
	}
	if err := s.meet(ctx); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

func (s *Sink) meet(ctx context.Context) error {
	answer, err := s.owner.Plan(ctx, days)
	if err != nil {
		return s.explain(ctx, Owner, err)
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("the plan of %s: %w", s.cfg.Endpoint.Server(), statusError(answer))
	}
	if s.contributor != nil {
		if _, err := s.contributor.Version(ctx); err != nil {
			return s.explain(ctx, Contributor, err)
		}
	}
	s.translator, err = NewTranslator(Knowledge{
		Target: answer.Body, Session: s.cfg.Session, Behind: s.cfg.Behind, IDs: s.cfg.IDs, Contributor: s.contributor != nil,
		User: s.cfg.User, Home: s.cfg.Home,
	})
	return err
}

// explain turns an error of REST into one of a sink.
func (s *Sink) explain(ctx context.Context, as Role, err error) error {
	target := s.cfg.Endpoint.Server()
	if as == Contributor {
		target = s.cfg.Contributor.Server() + " (as the contributor)"
	}
	var (
		refused     *rest.RefusedError
		unreachable *rest.UnreachableError
	)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &refused):
		return &sink.RefusedError{Target: target, Err: &StatusError{Status: refused.Status, Message: refused.Message}}
	case errors.As(err, &unreachable):
		return &sink.LostError{Target: target, Err: &reasonError{unreachable.Reason, unreachable}}
	}
	return err
}

// reasonError says why without naming the server again.
type reasonError struct {
	reason string
	err    error
}

func (e *reasonError) Error() string { return e.reason }

func (e *reasonError) Unwrap() error { return e.err }

// StatusError is an answer that was no consent.
type StatusError struct {
	Status  int    // HTTP status
	Message string // the server's: one line without secrets; may be empty
}

func (e *StatusError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answered %d", e.Status)
	}
	return fmt.Sprintf("the server answered %d: %s", e.Status, e.Message)
}

func statusError(answer rest.Answer) *StatusError {
	return &StatusError{Status: answer.Status, Message: answer.Says}
}

// Skip is shown a record that is not sent, of those before the first that is. It makes nothing of
// it.
func (s *Sink) Skip(rec *session.Record) { s.translator.Skip(rec) }

// Plan says which mutations a record becomes, and makes none: for a dry run, in place of Send. What
// an answer would have told, the id of an item that the target made for instance, is taken to be
// what the session has.
func (s *Sink) Plan(rec *session.Record) Plan { return s.translator.Plan(rec) }

// Rest says what becomes of what Plan still held after the last record.
func (s *Sink) Rest() Plan { return s.translator.Rest() }

// Send makes the mutations of a record, and those of records before it that it explains.
func (s *Sink) Send(ctx context.Context, rec *session.Record) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case s.over != nil:
		return s.over
	}
	own, units := s.translator.units(rec)
	r := &run{Sink: s, ctx: ctx, own: own}
	r.units(units)
	if r.untaken {
		own.untaken = true
		r.tell(units)
		return s.over
	}
	r.tell(append(units, unit{job: own}))
	return nil
}

// Settle gives up what is still held: the replay wants to know. All else has been answered, or
// never will be.
func (s *Sink) Settle(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.abandon()
	return s.first
}

// abandon tells that what is held cannot be expressed; or, where the sink is over, that nobody
// knows.
func (s *Sink) abandon() {
	units := s.translator.abandon()
	r := &run{Sink: s}
	for _, u := range units {
		if s.over != nil {
			u.job.fail(sink.Unsure, sink.ErrNoAnswer)
		} else {
			u.job.unfit = append(u.job.unfit, u.express().unfit...)
		}
	}
	r.tell(units)
}

// Close lets go of the connections.
func (s *Sink) Close() error {
	s.close.Do(func() {
		s.abandon()
		s.release()
	})
	return nil
}

func (s *Sink) release() {
	s.owner.Close()
	if s.contributor != nil {
		s.contributor.Close()
	}
}

var _ sink.Sink = (*Sink)(nil)
