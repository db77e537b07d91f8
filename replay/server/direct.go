package server

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
)

// This file is for who plays a recorded stream through the server: events that leave as they are, beside the plan's own
// mutations, and connections that end when the recording says so.

// errArgs is text that is no JSON array.
var errArgs = errors.New("the arguments of an event are a JSON array")

// Emit sends an event to the room of a user, and returns how many clients are there. args is the JSON array of its
// arguments, whose bytes are kept; nobody looks at what is between its brackets. The plan does not change. Where a client
// reads slower than events are emitted, Emit waits for it, so that what waits in memory stays bounded; when ctx ends
// meanwhile, it returns its cause, and nothing was sent. In a cluster the event goes to the clients of every server, and only
// those here are counted.
func (s *Server) Emit(ctx context.Context, user int64, event string, args []byte) (clients int, err error) {
	args = bytes.TrimSpace(args)
	if len(args) < 2 || args[0] != '[' || args[len(args)-1] != ']' {
		return 0, errArgs
	}
	if err := s.sockets.backlog.wait(ctx); err != nil {
		return 0, err
	}
	inner := bytes.TrimSpace(args[1 : len(args)-1])
	if s.cluster == nil {
		s.outboxes.of(user).direct(event, inner)
	} else if err := s.cluster.Publish(roomOf(user), event, inner); err != nil {
		s.logf("not for sure with the other servers: %q to user %d: %v", event, user, err)
	}
	return s.sockets.presence.of(user), nil
}

// Clients is how many clients are connected, over all users.
func (s *Server) Clients() int { return s.sockets.presence.all() }

// AwaitClients waits until so many clients are connected, over all users.
func (s *Server) AwaitClients(ctx context.Context, n int) error {
	return s.sockets.presence.await(ctx, func(clients int) bool { return clients >= n })
}

// Drain waits until everything that was emitted is with the connections' writers.
func (s *Server) Drain(ctx context.Context) error { return s.sockets.backlog.empty(ctx) }

// Sever ends every client's connection, and returns how many there were. Politely is a server that sends its clients
// away ("io server disconnect": the official client does not come back by itself); else the connection just ends
// ("transport close"; "transport error" to a client that is between two polls). What was emitted before is sent first.
func (s *Server) Sever(ctx context.Context, politely bool) int {
	severed := s.sockets.presence.all()
	if politely {
		_ = s.sockets.backlog.empty(ctx)
		s.sockets.io.DisconnectSockets(false)
	} else {
		s.sockets.drop(ctx)
	}
	_ = s.sockets.presence.await(ctx, func(clients int) bool { return clients == 0 })
	return severed
}

// drop closes every connection once what was emitted to it is on its way. A poll is answered with a farewell by drain:
// the transport must not wait for another to say its own.
func (s *sockets) drop(ctx context.Context) {
	var closing sync.WaitGroup
	s.io.Engine().Clients().Range(func(_ string, conn engine.Socket) bool {
		closing.Go(func() {
			drain(ctx, conn)
			conn.Close(conn.Transport().Name() == transports.POLLING)
		})
		return true
	})
	closing.Wait()
}
