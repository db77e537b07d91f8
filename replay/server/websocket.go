package server

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/v3/pkg/queue"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

type webSocketBuilder struct{ transports.TransportCtor }

// New makes a websocket transport that writes in bulk, and closes politely.
func (b webSocketBuilder) New(ctx *types.HttpContext) transports.Transport {
	t := &webSocketTransport{Transport: b.TransportCtor.New(ctx), conn: ctx.Websocket, writing: queue.New()}
	t.stock = t.Transport.Proto()
	t.Prototype(t)
	t.conn.SetPingHandler(func(data string) error {
		t.pong(data)
		return nil
	})
	// On a goroutine: closing emits the event again, whose listeners run once and are running now.
	return t
}

// webSocketTransport writes frames itself. The library's transport makes one system call and a
// score of allocations of each packet; this one writes what has gathered while the last write was
// under way in one go.
type webSocketTransport struct {
	transports.Transport
	stock   transports.Transport
	conn    *types.WebSocketConn
	writing *queue.Queue
	out     net.Buffers // of the goroutine that writes
	ponging atomic.Bool // an answer to a ping waits
}

// pong answers a ping of the client's. While an answer waits, later pings get none: it is the
// client who does not read.
func (t *webSocketTransport) pong(data string) {
	if !t.ponging.CompareAndSwap(false, true) {
		return
	}
	t.writing.Enqueue(func() {
		t.ponging.Store(false)
		t.write(appendFrame(nil, websocket.PongMessage, []byte(data)))
	})
}

// The limits of a transport's writes.
const (
	closeFrameTimeout = 200 * time.Millisecond // for the goodbye to a client that does not read
	bulk              = 256                    // pieces that are gathered before they are written
)

// Send writes packets, and then tells the engine that there may be more.
func (t *webSocketTransport) Send(packets []*packet.Packet) {
	t.SetWritable(false)
	t.writing.Enqueue(func() {
		t.send(packets)
		t.Emit("drain")
		t.SetWritable(true)
		t.Emit("ready")
	})
}

func (t *webSocketTransport) send(packets []*packet.Packet) {
	for _, p := range packets {
		if err := t.gather(p); err != nil {
			t.fail(err)
			return
		}
		if len(t.out) >= bulk && !t.writeOut() {
			return
		}
	}
	t.writeOut()
}

// gather puts the frame of a packet, or its frames, behind what is to be written. What many
// connections share is not copied.
func (t *webSocketTransport) gather(p *packet.Packet) error {
	if p.Options != nil && p.Options.WsPreEncodedFrame != nil {
		text := p.Options.WsPreEncodedFrame.Bytes()
		if _, framed := p.Options.WsPreEncodedFrame.(frames); !framed {
			t.out = append(t.out, appendHeader(nil, websocket.TextMessage, len(text)))
		}
		t.out = append(t.out, text)
		return nil
	}
	data, err := t.Parser().EncodePacket(p, t.SupportsBinary())
	if err != nil {
		return err
	}
	kind := websocket.BinaryMessage
	if _, text := data.(*types.StringBuffer); text {
		kind = websocket.TextMessage
	}
	t.out = append(t.out, appendHeader(nil, kind, data.Len()), data.Bytes())
	return nil
}

// writeOut hands what was gathered to the network.
func (t *webSocketTransport) writeOut() bool {
	pieces := t.out
	t.out = t.out[:0]
	if len(pieces) == 0 {
		return true
	}
	conn := t.conn.NetConn()
	if _, ok := conn.(*net.TCPConn); !ok {
		return t.write(slices.Concat(pieces...))
	}
	_, err := pieces.WriteTo(conn) // in one go, where it fits
	if err != nil {
		t.fail(err)
	}
	clear(t.out[:cap(t.out)])
	return err == nil
}

// write hands frames to the network. Whole frames only: the library writes control frames beside.
func (t *webSocketTransport) write(frames []byte) bool {
	_, err := t.conn.NetConn().Write(frames)
	if err != nil {
		t.fail(err)
	}
	return err == nil
}

// fail reports an error the way the library's transport does.
func (t *webSocketTransport) fail(err error) {
	if errors.Is(err, net.ErrClosed) {
		t.conn.Emit("close")
		return
	}
	t.conn.Emit("error", err)
}

// appendFrame writes an unmasked, unfragmented frame to dst (RFC 6455, section 5.2).
func appendFrame(dst []byte, kind int, data []byte) []byte {
	return append(appendHeader(dst, kind, len(data)), data...)
}

// appendHeader writes the header of such a frame, of n bytes.
func appendHeader(dst []byte, kind, n int) []byte {
	const final = 1 << 7
	dst = append(dst, final|byte(kind))
	switch {
	case n < 126:
		return append(dst, byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
}

// DoClose says goodbye and closes the connection.
func (t *webSocketTransport) DoClose(fn types.Callable) {
	_ = t.conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(closeFrameTimeout))
	t.writing.TryClose()
	t.stock.DoClose(fn)
}
