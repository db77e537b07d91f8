// Package server is a stand-in Carebase server: Socket.IO and REST over a store of plans. A mutation changes the plan,
// bumps its version and emits to the owner's room in one step, coalesced per tick, by the rules of the contract and as
// a real server was observed to do it.
//
// It must not know the client's side (package plancache): a client and a server that share a bug agree on it.
package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/carebase/deltatap/replay/server/store"
)

// SessionCookie is the name of the cookie that authenticates a browser. Its value is the user's token.
const SessionCookie = "carebase.session"

// Config says what a server is made of.
type Config struct {
	// Store holds users and plans. The server closes it.
	Store store.Store
	// Tokens maps a bearer token to the id of the user that it stands for. Tokens do not expire.
	Tokens map[string]int64
	// OperatorToken opens POST /_deltatap/deltas; "" keeps it shut.
	OperatorToken string
	// Now is the server's clock; time.Now where nil. Days begin at midnight UTC.
	Now func() time.Time
	// Logf is told of every mutation and of the server's own faults, never of a token or a payload; nil discards.
	Logf func(format string, args ...any)
}

// Server is a stand-in Carebase.
type Server struct {
	store store.Store
}

// New makes a server.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil {
		return nil, errors.New("a server needs a store")
	}
	return &Server{store: cfg.Store}, nil
}

// Handler serves REST and Socket.IO (under /socket.io/).
func (s *Server) Handler() http.Handler { return http.NotFoundHandler() }

// Close ends the server: requests in flight are answered, later ones refused with 503, what was emitted is sent, and
// the sockets are closed ("transport close" to their clients, who may try again elsewhere). It returns the context's
// error when that ends first; the sockets are closed all the same.
func (s *Server) Close(_ context.Context) error { return s.store.Close() }
