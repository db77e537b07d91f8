package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// The library's transports let go of what they hold only when the server closes them. The wrappers here and in
// websocket.go mend that, and some races:
//
//   - a websocket that the client ended kept its TCP connection and a goroutine for ever, and one that the server ended
//     was cut without a close frame;
//   - a polling transport that the client ended kept a goroutine for ever; that its client went away was noticed at the
//     next ping, and waited for for 30 s in another;
//   - a poll was cleaned up by a goroutine that nothing ordered behind the one that set it up, nor before the client's
//     next poll, which was then cleaned up in its place and never answered;
//   - the server's goodbye to a polling client was put into a queue that had just been closed, so that the poll at hand, or
//     the next one, was never answered;
//   - what a fast client sent first could be read before anybody listened.

// wireTransports are the transports of a Carebase server.
func wireTransports() *types.Set[transports.TransportCtor] {
	return types.NewSet[transports.TransportCtor](pollingBuilder{engine.Polling}, webSocketBuilder{engine.WebSocket})
}

// wired serves the library's handler as the transports need it.
func wired(next http.Handler) http.Handler {
	upgrades, polls := patient(next), orderly(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if websocket.IsWebSocketUpgrade(r) {
			upgrades.ServeHTTP(w, r)
		} else {
			polls.ServeHTTP(w, r)
		}
	})
}

type pollingBuilder struct{ transports.TransportCtor }

// New makes a polling transport that does not wait for a client who is gone.
func (b pollingBuilder) New(ctx *types.HttpContext) transports.Transport {
	made := b.TransportCtor.New(ctx)
	stock, ok := made.(transports.Polling)
	if !ok {
		return made
	}
	t := &pollingTransport{Polling: stock}
	t.Prototype(t)
	return t
}

type pollingTransport struct {
	transports.Polling
	poll    atomic.Pointer[turn] // the latest
	closing atomic.Bool          // no poll gets an answer of the library's any more
}

// farewellWait is how long a poll may stay unanswered after a goodbye.
const farewellWait = 250 * time.Millisecond

// OnRequest takes a request. One that carried the client's goodbye leaves the transport closed, and not yet released.
func (t *pollingTransport) OnRequest(ctx *types.HttpContext) {
	if turn, ok := ctx.Context().Value(turnKey{}).(*turn); ok {
		// The library emits this behind the cleaning up, in which it forgets to notice that the client is gone.
		_ = ctx.Once("close", func(args ...any) {
			close(turn.cleaned)
			if err, gone := args[0].(error); gone {
				t.SetWritable(false)
				t.OnError("connection closed prematurely", err)
			}
		})
		defer close(turn.settled)
		if ctx.Request().Method == http.MethodGet {
			t.poll.Store(turn)
		}
	}
	t.Polling.OnRequest(ctx)
	// A poll that finds the transport closed leaves the release to the request that closed it: to release writes to the
	// data request at hand, which is still being answered.
	switch {
	case ctx.Request().Method == http.MethodPost && t.ReadyState() == "closed":
		t.DoClose(nil)
		t.dismiss()
	case t.closing.Load():
		t.dismiss()
	}
}

// dismiss ends a poll that a goodbye has left open: the library answers it, but not where closing is faster.
func (t *pollingTransport) dismiss() {
	poll := t.poll.Load()
	if poll == nil {
		return
	}
	time.AfterFunc(farewellWait, func() {
		select {
		case <-poll.cleaned:
		default:
			poll.abandon()
		}
	})
}

// DoClose closes the transport. Without fn nobody waits for an orderly end: the engine calls it so when it has given
// the client up.
func (t *pollingTransport) DoClose(fn types.Callable) {
	if fn == nil {
		t.Discard()
	}
	t.closing.Store(true) // before the look at Writable: a poll that comes later sees it
	if t.Writable() && t.ReadyState() != "closed" {
		t.Send([]*packet.Packet{{Type: packet.CLOSE}})
		t.Discard() // its goodbye is on its way: there is nothing to wait for
	}
	t.Polling.DoClose(fn)
}

// turn is one polling request.
type turn struct {
	settled chan struct{} // closed once the transport has set it up
	cleaned chan struct{} // closed once the transport has cleaned it up
	abandon func()        // ends it as if its client had gone
}

// turnKey finds the turn in a request's context.
type turnKey struct{}

// orderly serves requests whose contexts do not end before the request has been set up, and whose answers do not leave
// before it has been cleaned up.
func orderly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &turn{settled: make(chan struct{}), cleaned: make(chan struct{})}
		served := make(chan struct{})
		ctx := context.WithValue(context.WithoutCancel(r.Context()), turnKey{}, t)
		ctx, cancel := context.WithCancel(ctx)
		t.abandon = cancel
		stop := context.AfterFunc(r.Context(), func() {
			select {
			case <-t.settled:
			case <-served:
			}
			cancel()
		})
		defer func() {
			close(served)
			stop()
			cancel()
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
		select {
		case <-t.settled:
			<-t.cleaned
		default: // no transport took it
		}
	})
}
