package server

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// The library's transports let go of what they hold only when the server closes them. The wrappers here mend that, and a
// data race:
//
//   - a websocket that the client ended kept its TCP connection and a goroutine for ever, and one that the server ended
//     was cut without a close frame;
//   - a polling transport that the client ended kept a goroutine for ever, and one whose client went away waited for it
//     for 30 s in another;
//   - a poll whose client went away was cleaned up by a goroutine that nothing ordered behind the one that set it up.

// closeFrameTimeout bounds how long the goodbye to a client that does not read may take.
const closeFrameTimeout = 200 * time.Millisecond

func wireTransports() *types.Set[transports.TransportCtor] {
	return types.NewSet[transports.TransportCtor](pollingBuilder{engine.Polling}, webSocketBuilder{engine.WebSocket})
}

type webSocketBuilder struct{ transports.TransportCtor }

// New makes a websocket transport that closes politely and completely.
func (b webSocketBuilder) New(ctx *types.HttpContext) transports.Transport {
	t := &webSocketTransport{Transport: b.TransportCtor.New(ctx), conn: ctx.Websocket}
	t.stock = t.Transport.Proto()
	t.Prototype(t)
	// On a goroutine: closing emits the event again, whose listeners run once and are running now.
	_ = t.Once("close", func(...any) { go t.stock.DoClose(nil) })
	return t
}

type webSocketTransport struct {
	transports.Transport
	stock transports.Transport
	conn  *types.WebSocketConn
}

// DoClose says goodbye and closes the connection.
func (t *webSocketTransport) DoClose(fn types.Callable) {
	_ = t.conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(closeFrameTimeout))
	t.stock.DoClose(fn)
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

type pollingTransport struct{ transports.Polling }

// OnRequest takes a request. One that carried the client's goodbye leaves the transport closed, and not yet released.
func (t *pollingTransport) OnRequest(ctx *types.HttpContext) {
	t.Polling.OnRequest(ctx)
	if settled, ok := ctx.Context().Value(settledKey{}).(chan struct{}); ok {
		close(settled)
	}
	if t.ReadyState() == "closed" {
		t.DoClose(nil)
	}
}

// DoClose closes the transport. Without fn nobody waits for an orderly end: the engine calls it so when it has given
// the client up.
func (t *pollingTransport) DoClose(fn types.Callable) {
	if fn == nil {
		t.Discard()
	}
	t.Polling.DoClose(fn)
}

// settledKey finds the channel that is closed once a polling request has been set up.
type settledKey struct{}

// orderly serves requests whose contexts do not end before the request has been set up.
func orderly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		settled, served := make(chan struct{}), make(chan struct{})
		ctx := context.WithValue(context.WithoutCancel(r.Context()), settledKey{}, settled)
		ctx, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(r.Context(), func() {
			select {
			case <-settled:
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
	})
}
