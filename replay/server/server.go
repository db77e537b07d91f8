// Package server is a stand-in Carebase server: Socket.IO and REST over a store of plans. A
// mutation changes the plan, bumps its version and emits to the owner's room in one step, coalesced
// per tick, by the rules of the contract and as a real server was observed to do it.
//
// It must not know the client's side (package plancache): a client and a server that share a bug
// agree on it.
package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/carebase/deltatap/replay/server/store"
)

// SessionCookie is the name of the cookie that authenticates a browser. Its value is the user's
// token.
const SessionCookie = "carebase.session"

// Config says what a server is made of.
type Config struct {
	// Store holds users and plans. The server closes it.
	Store store.Store
	// Cluster joins the server to others; nil: it stands alone. The server closes it.
	Cluster Cluster
	// Tokens maps a bearer token to the id of the user that it stands for. Tokens do not expire.
	Tokens map[string]int64
	// OperatorToken opens POST /_deltatap/deltas; "" keeps it shut.
	OperatorToken string
	// Quirks has the server spell the hour of midnight as a Carebase server does: 24, in deltas and in
	// /api/plan. Without it, items are written as they are stored.
	Quirks bool
	// Origins are those of the web pages that may use the server from a browser, as ParseOrigin
	// spells them, beside those of this machine (localhost, 127.0.0.1) and the server's own.
	Origins []string
	// Hosts are the names that the server is asked for by, beside localhost and every address.
	Hosts []string
	// RowsFirst is how long a mutation waits between writing its rows and bumping the version, as a
	// Carebase server does for a moment; 0: both are one step.
	RowsFirst time.Duration
	// SwapOrder has the later of two mutations of a plan bump the version first, where both have
	// written their rows: as may happen at a Carebase server. The first waits for RowsFirst, or 200
	// ms, whether another comes.
	SwapOrder bool
	// Wait waits for so long, or until ctx ends; by the wall clock where nil.
	Wait func(ctx context.Context, d time.Duration)
	// MaxUnsent is how many bytes may wait for one client that does not read before it is sent
	// away; DefaultMaxUnsent where 0.
	MaxUnsent int
	// Timers are those of the connections.
	Timers Timers
	// Now is the server's clock; time.Now where nil. Days begin at midnight UTC.
	Now func() time.Time
	// Logf is told of the server's own faults, never of a token or a payload; nil discards.
	Logf func(format string, args ...any)
	// Observer is told what the server does; nil: nobody.
	Observer Observer
	// Metrics answers GET /metrics, without a token; nil: there is no such route.
	Metrics http.Handler
}

// Timers are those of Engine.IO and Socket.IO; where 0, those of an official server.
type Timers struct {
	// PingInterval is how often a client is asked whether it is there (25 s), and PingTimeout how long
	// it may take to answer (20 s).
	PingInterval, PingTimeout time.Duration
	// Connect is how long a client may take to ask for a namespace (45 s).
	Connect time.Duration
}

// DefaultMaxUnsent is how many bytes may wait for one client unless told otherwise: 4 MiB, which is
// more than Emit lets come together.
const DefaultMaxUnsent = 4 << 20

// Server is a stand-in Carebase.
type Server struct {
	store    store.Store
	cluster  Cluster
	guard    guard
	users    []int64
	now      func() time.Time
	logf     func(format string, args ...any)
	outboxes *outboxes
	sockets  *sockets
	handler  http.Handler
	requests gate
	frozen   atomic.Bool
	quirks   bool

	rowsFirst time.Duration // 0: rows and version are one step
	swapOrder bool
	wait      func(ctx context.Context, d time.Duration)
	closing   context.Context // ends every pause
	close     func()

	sentAway atomic.Int64 // clients that did not read
	observer Observer
	metrics  http.Handler
}

// New makes a server.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil {
		return nil, errors.New("a server needs a store")
	}
	s := &Server{
		store:   cfg.Store,
		cluster: cfg.Cluster,
		guard:   newGuard(cfg.Tokens, cfg.OperatorToken),
		users:   distinct(cfg.Tokens),
		now:     cfg.Now,
		quirks:  cfg.Quirks,

		rowsFirst: cfg.RowsFirst,
		swapOrder: cfg.SwapOrder,
		wait:      cfg.Wait,
		logf:      cfg.Logf,
		observer:  cfg.Observer,
		metrics:   cfg.Metrics,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.closing, s.close = context.WithCancel(context.Background())
	if s.wait == nil {
		s.wait = sleep
	}
	if s.swapOrder && s.rowsFirst == 0 {
		s.rowsFirst = swapPause
	}
	if s.logf == nil {
		s.logf = func(string, ...any) {}
	}
	s.outboxes = newOutboxes(
		func(room, event string, args []byte) { s.sockets.emit(room, event, args) },
		func(room string, b *burst) { s.sockets.send(room, b) })
	s.outboxes.observer = s.observer
	s.sockets = newSockets(cfg.Timers, len(s.users), s.guard.handshake, func(user int64) func() { return s.outboxes.of(user).hold() })
	s.sockets.backlog.most = cmp.Or(cfg.MaxUnsent, DefaultMaxUnsent)
	s.sockets.sentAway = s.noteSentAway
	if s.observer != nil {
		s.sockets.presence.told = s.observer.Connected
	}
	s.handler = newPages(cfg.Origins, cfg.Hosts, s.logf).guard(s.routes())
	if s.cluster != nil {
		if err := s.cluster.Start(s.arrive); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// noteSentAway counts a client that was sent away, and says so.
func (s *Server) noteSentAway(user int64, bytes int) {
	if s.observer != nil {
		s.observer.SentAway()
	}
	s.logf("a client of user %d was sent away: it does not read, and %.1f MiB waited for it (%d so far)", user, float64(bytes)/(1<<20), s.sentAway.Add(1))
}

func distinct(tokens map[string]int64) []int64 {
	seen := map[int64]bool{}
	var users []int64
	for _, user := range tokens {
		if !seen[user] {
			seen[user] = true
			users = append(users, user)
		}
	}
	return users
}

// Handler serves REST and Socket.IO (under /socket.io/). Give the http.Server a ReadHeaderTimeout,
// but neither a ReadTimeout nor a WriteTimeout: they would cut long polls.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends the server: requests in flight are answered, later ones refused with 503, what was
// emitted is sent, and the sockets are closed ("transport close" to their clients, who may try
// again). It returns the context's error when that ends first; sockets and store are closed all the
// same.
func (s *Server) Close(ctx context.Context) error {
	s.close()
	waited := s.requests.close(ctx)
	_ = s.outboxes.waiting.empty(ctx)
	s.sockets.close(ctx)
	return errors.Join(waited, s.leave(), s.store.Close())
}

// gate counts the requests in flight, and lets no more in once it is closed. The zero value is
// open.
type gate struct {
	mu     sync.Mutex
	inside int
	empty  chan struct{} // made when the gate closes; closed when nobody is inside any more
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.empty != nil {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.inside == 0 && g.empty != nil {
		close(g.empty)
	}
}

// count is how many are inside.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}

// closed says whether the gate lets nobody in any more.
func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.empty != nil
}

// close shuts the gate and waits until nobody is inside.
func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	if g.empty == nil {
		g.empty = make(chan struct{})
		if g.inside == 0 {
			close(g.empty)
		}
	}
	empty := g.empty
	g.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
