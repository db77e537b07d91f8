package cluster

import (
	"context"
	"errors"
	"slices"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// Sink sends the events of a session into the rooms of a cluster. It is a sink.Sink.
type Sink struct {
	queue *Queue
	users sink.Users
	tell  sink.Tell
	write Write
}

// Write appends what is published for an event. It may mark the message. The error is ErrArguments.
type Write func(dst []byte, m *Message, room, event string, args []byte) ([]byte, error)

// New makes a sink that publishes what write makes of events. It owns the publisher.
func New(publisher Publisher, users sink.Users, tell sink.Tell, write Write) *Sink {
	return &Sink{queue: NewQueue(publisher, tell), users: users, tell: tell, write: write}
}

// Send takes a record. All but events are ignored, and a server's greeting. An *sink.UnknownUserError says that it goes into nobody's room.
func (s *Sink) Send(ctx context.Context, rec *session.Record) error {
	if rec.Kind != session.KindEvent || sink.IsGreeting(rec) {
		return s.at(ctx, sink.Outcome{N: rec.N, Fate: sink.Ignored})
	}
	if slices.Contains(reserved, rec.Event) {
		return s.at(ctx, sink.Outcome{N: rec.N, Fate: sink.Inexpressible, Unfit: unfit(rec.Event, reasonReserved)})
	}
	user, err := s.users.User(rec)
	if err != nil {
		return err
	}
	err = s.queue.Add(ctx, Message{N: rec.N, User: user}, func(dst []byte, m *Message) ([]byte, error) {
		return s.write(dst, m, sink.Room(user), rec.Event, rec.Args)
	})
	if errors.Is(err, ErrArguments) {
		return s.at(ctx, sink.Outcome{N: rec.N, Fate: sink.Inexpressible, Unfit: unfit(rec.Event, err.Error())})
	}
	return err
}

// at tells of a record at once.
func (s *Sink) at(ctx context.Context, o sink.Outcome) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.tell(o)
	return nil
}

// Settle waits until the target has answered for every event taken so far.
func (s *Sink) Settle(ctx context.Context) error { return s.queue.Settle(ctx) }

// Close lets go of the target.
func (s *Sink) Close() error { return s.queue.Close() }

var _ sink.Sink = (*Sink)(nil)
