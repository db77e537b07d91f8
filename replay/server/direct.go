package server

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
)

// This file is for who plays a recorded stream through the server: events that leave as they are,
// beside the plan's own mutations, and connections that end when the recording says so.

// Errors of Emit: nothing was sent.
var (
	ErrArgs   = errors.New("the arguments of an event are a JSON array")
	ErrClosed = errors.New("the server is closed")
)

// Emit sends an event to the room of a user, and returns how many clients are there. args is the
// JSON array of its arguments, whose bytes between the brackets are kept, and not looked at. The
// plan does not change. Where a client reads slower than events are emitted, Emit waits for it, so
// that what waits in memory stays bounded; when ctx ends meanwhile, it returns its cause, and
// nothing was sent. In a cluster the event goes to the clients of every server, and only those here
// are counted.
func (s *Server) Emit(ctx context.Context, user int64, event string, args []byte) (clients int, err error) {
	args = bytes.TrimSpace(args)
	if len(args) < 2 || args[0] != '[' || args[len(args)-1] != ']' {
		return 0, ErrArgs
	}
	if s.requests.closed() {
		return 0, ErrClosed
	}
	if err := s.outboxes.waiting.wait(ctx); err != nil {
		return 0, err
	}
	if err := s.sockets.backlog.wait(ctx); err != nil {
		return 0, err
	}
	inner := args[1 : len(args)-1]
	if len(bytes.TrimSpace(inner)) == 0 {
		inner = nil // no comma behind the name
	}
	if s.cluster == nil {
		s.outboxes.of(user).direct(event, inner)
	} else if err := s.cluster.Publish(roomOf(user), event, inner); err != nil {
		s.logf("not for sure with the other servers: %q to user %d: %v", event, user, err)
	}
	s.observedDirect(event, args)
	return s.sockets.presence.of(user), nil
}

// Clients is how many clients are connected, over all users.
func (s *Server) Clients() int { return s.sockets.presence.all() }

// ClientsOf is how many clients of a user are connected.
func (s *Server) ClientsOf(user int64) int { return s.sockets.presence.of(user) }

// AwaitClients waits until so many clients are connected, over all users.
func (s *Server) AwaitClients(ctx context.Context, n int) error {
	p := &s.sockets.presence
	return p.await(ctx, func() bool { return p.total >= n })
}

// AwaitClientsOf waits until so many clients of a user are connected.
func (s *Server) AwaitClientsOf(ctx context.Context, user int64, n int) error {
	p := &s.sockets.presence
	return p.await(ctx, func() bool { return p.users[user] >= n })
}

// Drain waits until everything that was emitted is with the connections' writers.
func (s *Server) Drain(ctx context.Context) error {
	if err := s.outboxes.waiting.empty(ctx); err != nil {
		return err
	}
	return s.sockets.backlog.empty(ctx)
}

// Sever ends the connections of a user's clients, and returns how many there were. Until Admit,
// none of that user's connects again: its connection ends before it is told that it is connected,
// and where every user is severed, before it has shaken hands. Politely is a server that sends its
// clients away ("io server disconnect": the official client does not come back by itself); else the
// connection just ends ("transport close"; "transport error" to a client that is between two
// polls). What was emitted before is sent first, to those who read it within moments.
func (s *Server) Sever(ctx context.Context, user int64, politely bool) int {
	s.sockets.door.close(user)
	severed := s.sockets.presence.of(user)
	ctx, cancel := context.WithTimeout(ctx, severGrace)
	defer cancel()
	_ = s.outboxes.waiting.empty(ctx)
	if politely {
		_ = s.sockets.backlog.empty(ctx)
		s.sockets.io.In(socket.Room(roomOf(user))).DisconnectSockets(false)
	} else {
		s.sockets.drop(ctx, user)
	}
	p := &s.sockets.presence
	_ = p.await(ctx, func() bool { return p.users[user] == 0 })
	return severed
}

// severGrace is how long clients get to take what was emitted before their connections end.
const severGrace = 2 * time.Second

// Admit lets the clients of a user connect again.
func (s *Server) Admit(user int64) { s.sockets.door.open(user) }

// Freeze refuses every mutation from now on, or no longer: who plays a recording knows how the plan
// changes.
func (s *Server) Freeze(frozen bool) { s.frozen.Store(frozen) }

// drop closes a user's connections once what was emitted to them is on its way. A poll is answered
// with a farewell by drain: the transport must not wait for another to say its own.
func (s *sockets) drop(ctx context.Context, user int64) {
	var closing sync.WaitGroup
	s.io.Sockets().Sockets().Range(func(_ socket.SocketId, client *socket.Socket) bool {
		if admitted, ok := client.Data().(admission); !ok || admitted.user != user {
			return true
		}
		closing.Go(func() {
			conn := client.Conn()
			drain(ctx, conn)
			conn.Close(conn.Transport().Name() == transports.POLLING || ctx.Err() != nil)
		})
		return true
	})
	closing.Wait()
}
