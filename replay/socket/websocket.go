package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// readBuffer is how much is read from the network in one go.
	readBuffer = 64 << 10
	// writeWait bounds one write; farewellWait the last.
	writeWait    = 10 * time.Second
	farewellWait = 500 * time.Millisecond
)

// websocketLink is a link over one WebSocket.
type websocketLink struct {
	conn  *websocket.Conn
	tap   *tap
	hello greeting
	slab  slab
	most  int // bytes of a message
	once  sync.Once
}

// timeless hides a context's deadline: a dialer that knew it would race the context to it, and win
// half the time, with an error that says less.
type timeless struct{ context.Context }

func (timeless) Deadline() (time.Time, bool) { return time.Time{}, false }

// dialWebsocket opens a WebSocket and waits for the server's greeting.
func dialWebsocket(ctx context.Context, t target) (link, error) {
	way := &route{target: t}
	dialer := websocket.Dialer{
		Proxy:           way.socks,
		TLSClientConfig: t.http1(),
		ReadBufferSize:  readBuffer,
		NetDialContext:  way.dial,
	}
	conn, answer, err := dialer.DialContext(way.traced(timeless{ctx}), t.url(transportWebsocket, "").String(), t.header)
	if errors.Is(err, websocket.ErrBadHandshake) && answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
		err = readStatus(answer)
	}
	if isHTTP2(err) || err != nil && way.http2Alone(ctx) {
		err = ErrHTTP2
	}
	if err != nil {
		return nil, dialError(ctx, way.blame(err))
	}
	conn.SetReadLimit(0) // next bounds what is kept, and reads past what is too long
	l := &websocketLink{conn: conn, tap: way.tap, most: t.most}
	if err := l.greet(ctx); err != nil {
		l.abort()
		return nil, err
	}
	return l, nil
}

// greet reads the greeting; the context's end closes the connection.
func (l *websocketLink) greet(ctx context.Context) error {
	kind, text, err := l.next()
	if err != nil {
		err = l.reason(err)
	}
	if err == nil && kind != websocket.TextMessage {
		err = errNotEngine
	}
	if err == nil {
		l.hello, err = parseGreeting(text)
	}
	if !l.tap.unwatch() && err == nil {
		err = net.ErrClosed
	}
	return dialError(ctx, err)
}

func (l *websocketLink) name() string       { return transportWebsocket }
func (l *websocketLink) greeting() greeting { return l.hello }

// next reads a message. Of one that is too long it reads past the rest, and returns a *longMessage.
func (l *websocketLink) next() (kind int, data []byte, err error) {
	kind, r, err := l.conn.NextReader()
	if err != nil {
		return 0, nil, err
	}
	data, err = l.slab.read(r, l.most)
	if errors.Is(err, errTooLarge) {
		rest, broken := io.Copy(io.Discard, r)
		err = &longMessage{size: int64(l.most) + 1 + rest, err: broken}
	}
	return kind, data, err
}

func (l *websocketLink) read(r receiver) error {
	l.tap.watch(r, l.hello.patience())
	for {
		kind, data, err := l.next()
		if long, ok := errors.AsType[*longMessage](err); ok {
			if err = r.unread(1, long.size); err == nil {
				err = long.err
			}
			if err == nil {
				continue
			}
		}
		if err != nil {
			return l.reason(err)
		}
		binary := kind == websocket.BinaryMessage
		if !binary && len(data) > 0 && data[0] == enginePing {
			l.tap.alive()
		}
		keep, err := r.packet(data, binary)
		if err != nil {
			return err
		}
		if keep {
			l.slab.keep(data)
		}
	}
}

// reason tells silence, and an orderly end, from a broken connection.
func (l *websocketLink) reason(err error) error {
	var (
		closed  *websocket.CloseError
		network net.Error
	)
	switch {
	case errors.As(err, &network) && network.Timeout():
		return errSilent
	case errors.As(err, &closed):
		return errServerClose
	}
	return err
}

func (l *websocketLink) write(packets []outgoing) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(writeWait))
	for _, p := range packets {
		kind := websocket.TextMessage
		if p.binary {
			kind = websocket.BinaryMessage
		}
		if err := l.conn.WriteMessage(kind, p.data); err != nil {
			return err
		}
	}
	return nil
}

// close leaves the reader a moment to see the server close as well: a connection that is closed
// with text unread is reset, and the server would never read what was sent last.
func (l *websocketLink) close() {
	by := time.Now().Add(farewellWait)
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	if l.conn.WriteControl(websocket.CloseMessage, bye, by) != nil {
		l.abort()
		return
	}
	_ = l.tap.Conn.SetReadDeadline(by)
}

func (l *websocketLink) abort() { l.once.Do(func() { _ = l.tap.Conn.Close() }) }

// A reader that is faster than the server reads message by message, and wakes up for each: on one
// machine that costs the server a tenth of its speed. When busyReads reads in a row found something
// within quickRead, there are thousands of messages a second, and the reader lets them gather for a
// lull.
const (
	busyReads = 16
	quickRead = 200 * time.Microsecond
	lull      = 2 * time.Millisecond
)

// tap is the network connection under a WebSocket. It is where reading waits for the network, so it
// is where the receiver is told so, and where silence is noticed.
type tap struct {
	net.Conn
	unwatch  func() bool // ends the dialling context's hold on the connection
	receiver receiver
	patience time.Duration
	spare    int  // bytes that may come before the receiver watches; 0 where that is not bounded
	quick    int  // reads in a row that did not have to wait
	drained  bool // the last one left nothing behind
}

// watch begins to tell r, and to expect a ping at least once in patience.
func (t *tap) watch(r receiver, patience time.Duration) {
	t.receiver, t.patience = r, patience
	r.arrived()
	t.alive()
}

// alive starts to wait for the next ping.
func (t *tap) alive() { _ = t.Conn.SetReadDeadline(time.Now().Add(t.patience)) }

func (t *tap) Read(p []byte) (int, error) {
	if t.receiver == nil {
		return t.readHead(p)
	}
	if t.receiver.idle() {
		t.alive() // the server's pings may lie unread: the silence was ours
	}
	if t.drained && t.quick >= busyReads {
		time.Sleep(lull)
	}
	start := time.Now()
	n, err := t.Conn.Read(p)
	t.receiver.arrived()
	t.drained = n < len(p)
	if t.quick++; time.Since(start) > quickRead {
		t.quick = 0
	}
	return n, err
}

// readHead reads what comes before the connection is open: headers, which may have no end.
func (t *tap) readHead(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if t.spare > 0 {
		if t.spare -= n; t.spare <= 0 {
			t.spare = 1 // and stays so
			return 0, errHeaders
		}
	}
	return n, err
}
