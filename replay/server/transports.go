package server

import (
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// wireTransports are the transports of a Carebase server. The library's own cut a websocket without
// a close frame, wait half a minute for one more poll of a client that has been given up, and pass
// over what is no packet in a POST.
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

// OnData takes the packets of a POST. What is no packet ends the session, which the library passes
// over.
func (t *pollingTransport) OnData(data types.BufferInterface) {
	packets, err := t.Parser().DecodePayload(data)
	for _, p := range packets {
		if p.Type == packet.CLOSE {
			t.OnClose()
			return
		}
		t.OnPacket(p)
	}
	if err != nil {
		t.OnPacket(&packet.Packet{Type: packet.ERROR})
	}
}

// DoClose closes the transport. Without fn nobody waits for an orderly end: the engine calls it so
// when it has given the client up.
func (t *pollingTransport) DoClose(fn types.Callable) {
	if fn == nil {
		t.Discard()
	}
	t.Polling.DoClose(fn)
}
