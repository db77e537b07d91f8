package server

import (
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// wireTransports are the transports of a Carebase server. The library's own cut a websocket without a close frame, and
// wait half a minute for one more poll of a client that has been given up.
func wireTransports() *types.Set[transports.TransportCtor] {
	return types.NewSet[transports.TransportCtor](pollingBuilder{engine.Polling}, webSocketBuilder{engine.WebSocket})
}

type pollingBuilder struct{ transports.TransportCtor }

// New makes a polling transport that does not wait for a client who is gone.
func (b pollingBuilder) New(ctx *types.HttpContext) transports.Transport {
	made := b.TransportCtor.New(ctx)
	stock, ok := made.(transports.Polling)
	if !ok {
		return made
	}
	t := &pollingTransport{stock}
	t.Prototype(t)
	return t
}

type pollingTransport struct{ transports.Polling }

// DoClose closes the transport. Without fn nobody waits for an orderly end: the engine calls it so when it has given
// the client up.
func (t *pollingTransport) DoClose(fn types.Callable) {
	if fn == nil {
		t.Discard()
	}
	t.Polling.DoClose(fn)
}
