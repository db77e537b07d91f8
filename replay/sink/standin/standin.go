// Package standin is the sink of serve://: the stand-in server, whose clients see the session as it
// was recorded, and whose REST agrees with the position of the replay.
//
// Events are emitted byte for byte to the room of the record's user. connection:ack is the
// exception: the server says it itself to whoever connects, so that a recorded one would be a
// second.
//
// A recorded disconnection ends the connections of the user's clients, politely where the server
// sent them away, and keeps them from connecting until the recording connects again. (Where the
// client itself said goodbye, there is nothing that a server could play: clients stay.) REST stays
// open meanwhile: a session tells of the socket alone, and who watches a replay reads its position
// there. The record of the connection waits for the clients that were sent away, a bounded time,
// because the recorded client was there for what comes next.
//
// The plan moves in Follow, before what is sent at the same place: a client that fetches the plan
// on an event finds that event's version in it, or a later one. Deltas are applied to the plan with
// their own versions, and plan and version records make it what they say. Nothing makes the version
// go back but the next round of a session that is played again, which begins with the plan that the
// sink was made with. Meanwhile mutations over REST are refused with 409: the versions that they
// would make are those of the recording's next deltas, for other changes.
//
// It must not know the client's side (package plancache): a client and a server that share a bug
// agree on it.
package standin

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// Config says where records go.
type Config struct {
	Server *server.Server
	Store  *store.Memory // the Server's, seeded with the session's first plan
	Target string        // its address, for errors
	Users  sink.Users
	Tell   sink.Tell

	// Started is when the session began: a delta's planUpdatedAt is its record's time. With the zero
	// time, planUpdatedAt moves with plan and version records only.
	Started time.Time
	// Return is how long the record of a connection waits for clients that a disconnection sent away;
	// 0 is DefaultReturn, and below 0 it does not wait.
	Return time.Duration
}

// DefaultReturn is longer than an official client pauses between two attempts to connect.
const DefaultReturn = 10 * time.Second

// Sink plays records into a stand-in server. An event is acknowledged when the server has it for
// the clients that are there, a disconnection when its clients are gone, a connection when they are
// back. Everything else is ignored: it moves the plan, in Follow, or nothing.
//
// Send waits where a client reads slower than events come. One that does not read at all is given
// up at its ping timeout, as every server does.
type Sink struct {
	cfg    Config
	seed   *store.Snapshot
	away   map[int64]int // how many clients of a user were sent away
	closed sync.Once

	last    int64 // the number of the record followed last
	message contract.Message
	told    []store.Told
	plans   map[int64]*position // by owner
	ready   *answer             // what was prepared; nil: nothing
}

// New makes a sink, which freezes the server's plans until it is closed. It does not close the
// server.
func New(cfg Config) *Sink {
	if cfg.Return == 0 {
		cfg.Return = DefaultReturn
	}
	cfg.Server.Freeze(true)
	return &Sink{cfg: cfg, seed: cfg.Store.Snapshot(), away: map[int64]int{}, plans: map[int64]*position{}}
}

// Send plays a record to the clients.
func (s *Sink) Send(ctx context.Context, rec *session.Record) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	outcome := sink.Outcome{N: rec.N, Fate: sink.Ignored, Reach: sink.ReachUnknown}
	var err error
	switch rec.Kind {
	case session.KindEvent:
		err = s.event(ctx, rec, &outcome)
	case session.KindDisconnect:
		s.disconnect(ctx, rec, &outcome)
	case session.KindConnect:
		err = s.connect(ctx, rec, &outcome)
	case session.KindEnd:
		s.admitAll()
	}
	if err != nil {
		return err
	}
	s.cfg.Tell(outcome)
	return nil
}

func (s *Sink) event(ctx context.Context, rec *session.Record, o *sink.Outcome) error {
	if sink.IsGreeting(rec) {
		return nil
	}
	user, err := s.cfg.Users.User(rec)
	if err != nil {
		o.Fate, o.Err = sink.Failed, err
		return nil
	}
	clients, err := s.cfg.Server.Emit(ctx, user, rec.Event, rec.Args)
	switch {
	case errors.Is(err, server.ErrArgs):
		o.Fate = sink.Inexpressible
		o.Unfit = []sink.Unfit{{Delta: -1, What: rec.Event, Reason: err.Error()}}
	case errors.Is(err, server.ErrClosed):
		return &sink.LostError{Target: s.cfg.Target, Err: err}
	case err != nil:
		return err
	default:
		o.Fate, o.Reach = sink.Acknowledged, clients
	}
	return nil
}

// Reasons of a disconnection that are not of the network.
const (
	ByClient = "io client disconnect" // there is nothing that a server could play
	byServer = "io server disconnect"
)

func (s *Sink) disconnect(ctx context.Context, rec *session.Record, o *sink.Outcome) {
	user, err := s.cfg.Users.User(rec)
	if err != nil || rec.Reason == ByClient {
		return
	}
	if n := s.cfg.Server.Sever(ctx, user, rec.Reason == byServer); n > 0 {
		s.away[user] += n
		o.Fate, o.Reach = sink.Acknowledged, n
	} else if _, shut := s.away[user]; !shut {
		s.away[user] = 0
	}
}

func (s *Sink) connect(ctx context.Context, rec *session.Record, o *sink.Outcome) error {
	user, err := s.cfg.Users.User(rec)
	if err != nil {
		return nil
	}
	n := s.away[user]
	s.admit(user)
	if n == 0 || s.cfg.Return < 0 {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, s.cfg.Return)
	defer cancel()
	_ = s.cfg.Server.AwaitClientsOf(waiting, user, n) // those who have not come back by then may come later
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o.Fate, o.Reach = sink.Acknowledged, s.cfg.Server.ClientsOf(user)
	return nil
}

func (s *Sink) admit(user int64) {
	s.cfg.Server.Admit(user)
	delete(s.away, user)
}

// admitAll lets everybody in again: what comes after a session's end is not the session's.
func (s *Sink) admitAll() {
	for user := range s.away {
		s.admit(user)
	}
}

// Settle waits until everything that was emitted has been written to the clients' connections.
func (s *Sink) Settle(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return s.cfg.Server.Drain(ctx)
}

// Close lets clients connect, and plans change.
func (s *Sink) Close() error {
	s.closed.Do(func() {
		s.admitAll()
		s.cfg.Server.Freeze(false)
	})
	return nil
}

var (
	_ sink.Sink     = (*Sink)(nil)
	_ sink.Follower = (*Sink)(nil)
)
