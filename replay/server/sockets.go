package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// The library answers a client of Engine.IO 3 with the code of what is forbidden. The official
// server has one of its own, by which clients tell their users what is wrong.
func init() { engine.UNSUPPORTED_PROTOCOL_VERSION.Code = 5 }

// The events of a Carebase server.
const (
	eventDelta = "plan:item-delta"
	eventAck   = "connection:ack"
)

// sockets is the Socket.IO side of the server: who may connect, which room they are in, and what is
// emitted to it.
type sockets struct {
	io       *socket.Server
	handler  http.Handler
	presence presence
	backlog  backlog
	door     door
	// sentAway is told of a client that was sent away because it did not read, while so many bytes
	// waited for it.
	sentAway func(user int64, bytes int)
}

// admission is what a socket remembers between its authentication and its connection.
type admission struct {
	user    int64
	release func()
}

// newSockets makes the Socket.IO server for so many users. authenticate tells the user of a
// handshake. enter is called when one is let in, and returns what to call once it is in its room.
func newSockets(timers Timers, users int, authenticate func(r *http.Request, token string) (int64, bool), enter func(user int64) (release func())) *sockets {
	opts := socket.DefaultServerOptions()
	opts.SetServeClient(false)
	opts.SetParser(wireParser{parser.NewParser()})
	opts.SetTransports(wireTransports())
	opts.SetAdapter(roomsBuilder{&socket.AdapterBuilder{}})
	timers.set(opts)
	s := &sockets{io: socket.NewServer(nil, opts), door: door{users: users}}
	s.io.Use(func(client *socket.Socket, next func(*socket.ExtendedError)) {
		token, _ := client.Handshake().Auth["token"].(string)
		user, ok := authenticate(client.Request().Request(), token)
		if !ok {
			next(socket.NewExtendedError("Unauthorized", nil))
			return
		}
		if s.door.shutTo(user) {
			client.Conn().Close(true)
			next(socket.NewExtendedError("", nil)) // nobody reads it, and the library lets go of the client
			return
		}
		s.admit(client, user, enter(user))
		next(nil)
	})
	_ = s.io.On("connection", func(args ...any) {
		if client, ok := args[0].(*socket.Socket); ok {
			s.connected(client)
		}
	})
	s.handler = s.io.ServeHandler(nil)
	return s
}

// set sets those that are not 0.
func (t Timers) set(opts *socket.ServerOptions) {
	for _, timer := range []struct {
		value time.Duration
		set   func(time.Duration)
	}{{t.PingInterval, opts.SetPingInterval}, {t.PingTimeout, opts.SetPingTimeout}, {t.Connect, opts.SetConnectTimeout}} {
		if timer.value > 0 {
			timer.set(timer.value)
		}
	}
}

// admit holds the user's tick until the socket is in its room, or gone: a client that was told that
// it is connected misses nothing, and hears connection:ack first.
func (s *sockets) admit(client *socket.Socket, user int64, release func()) {
	client.SetData(admission{user: user, release: release})
	_ = client.Conn().Once("close", func(...any) { release() })
	if client.Conn().ReadyState() != "open" {
		release()
	}
}

func (s *sockets) connected(client *socket.Socket) {
	admitted, ok := client.Data().(admission)
	if !ok {
		return
	}
	s.backlog.watch(client.Conn(), func(bytes int) { go s.sendAway(client, admitted.user, bytes) })
	client.Join(socket.Room(roomOf(admitted.user)))
	s.count(client, admitted.user)
	if s.door.shutTo(admitted.user) {
		client.Conn().Close(true) // it slipped in while its like were sent away
		return
	}
	_ = client.Emit(eventAck, rawArgs(`{"ok":true}`))
	admitted.release()
}

// sendAway ends the connection of a client that does not read. What waited for it is let go of.
func (s *sockets) sendAway(client *socket.Socket, user int64, bytes int) {
	client.Conn().Close(true)
	s.sentAway(user, bytes)
}

// count counts a client until it is gone, which it may be already: the library tells only those of
// a disconnection who listen by then, and forgets a client whose connection closes while it is
// being connected.
func (s *sockets) count(client *socket.Socket, user int64) {
	s.presence.add(user, 1)
	gone := sync.OnceFunc(func() { s.presence.add(user, -1) })
	_ = client.Once("disconnect", func(...any) { gone() })
	if client.Conn().ReadyState() == "closed" {
		client.Disconnect(false)
	}
	if !client.Connected() {
		gone()
	}
}

// emit sends an event to a room; args are its arguments, with commas between. All clients share its
// text: the library makes a copy for each, which waits as long as the client does not read.
func (s *sockets) emit(room, event string, args []byte) {
	s.send(room, burstOf(event, args))
}

// broadcast sends an event to the sockets in any of some rooms (none: to all) and in none of
// others.
func (s *sockets) broadcast(into, except []string, event string, args []byte) {
	s.io.Sockets().Adapter().Broadcast(
		&parser.Packet{Type: parser.EVENT, Data: []any{event, rawArgs(args)}},
		&socket.BroadcastOptions{Rooms: roomSet(into), Except: roomSet(except), Flags: &socket.BroadcastFlags{}},
	)
}

func roomSet(names []string) *types.Set[socket.Room] {
	set := types.NewSet[socket.Room]()
	for _, name := range names {
		set.Add(socket.Room(name))
	}
	return set
}

// close closes every connection, after what was emitted to it is on its way, or ctx ended.
func (s *sockets) close(ctx context.Context) {
	var closing sync.WaitGroup
	s.io.Engine().Clients().Range(func(_ string, conn engine.Socket) bool {
		closing.Go(func() { drain(ctx, conn) })
		return true
	})
	closing.Wait()
	s.io.Close(nil)
}

// drain waits until everything that was written to a connection has been handed to the network. A
// polling client that waits for an answer gets one; what is meant for a polling client that does
// not ask is lost, as it is for one that is away.
func drain(ctx context.Context, conn engine.Socket) {
	sent := make(chan struct{})
	done := sync.OnceFunc(func() { close(sent) })
	_ = conn.Once("close", func(...any) { done() })
	if conn.ReadyState() == "closed" {
		return
	}
	switch transport := conn.Transport(); {
	case transport.Name() == transports.WEBSOCKET:
		// "6" is the Engine.IO packet that means nothing: when it has been sent, everything before it
		// has.
		noop := &packet.Options{WsPreEncodedFrame: types.NewStringBufferString("6")}
		conn.Send(types.NewStringBuffer(nil), noop, func(transports.Transport) { done() })
	case transport.Writable():
		_ = transport.Once("drain", func(...any) { done() })
		transport.Send([]*packet.Packet{{Type: packet.CLOSE}})
	default:
		return
	}
	select {
	case <-sent:
	case <-ctx.Done():
	}
}
