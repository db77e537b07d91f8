package socket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/endpoint"
)

// patience bounds every wait of a test.
const patience = time.Minute

// errEnough is what a handler returns when a test has seen enough.
var errEnough = errors.New("enough")

// peer is the server's end of one WebSocket, played by a test.
type peer struct {
	*websocket.Conn
	token string // as the client authenticated
}

// greet says the Engine.IO greeting, with a patience in milliseconds.
func (p *peer) greet(interval, timeout int) {
	p.send(fmt.Sprintf(`0{"sid":"e1","upgrades":[],"pingInterval":%d,"pingTimeout":%d,"maxPayload":1000000}`, interval, timeout))
}

// accept waits for CONNECT and says yes.
func (p *peer) accept() {
	p.connect()
	p.send(`40{"sid":"s1"}`)
}

// connect waits for CONNECT.
func (p *peer) connect() {
	_, text, _ := p.ReadMessage()
	if _, auth, ok := strings.Cut(string(text), `"token":"`); ok {
		p.token, _, _ = strings.Cut(auth, `"`)
	}
}

func (p *peer) send(packets ...string) {
	for _, packet := range packets {
		_ = p.WriteMessage(websocket.TextMessage, []byte(packet))
	}
}

// untilGone reads until the client is gone.
func (p *peer) untilGone() {
	for {
		if _, _, err := p.ReadMessage(); err != nil {
			return
		}
	}
}

// serve starts a server that plays script with every WebSocket, one after the other numbered from
// 1, and returns its address.
func serve(t testing.TB, script func(n int, p *peer)) *url.URL {
	t.Helper()
	n := 0
	upgrader := websocket.Upgrader{}
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		n++
		script(n, &peer{Conn: conn})
	})
}

func serveHTTP(t testing.TB, handler http.HandlerFunc) *url.URL {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return parse(t, server.URL)
}

func parse(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// to is a configuration for tests: WebSocket, and no long waits.
func to(u *url.URL) Config {
	return Config{
		Endpoint: &endpoint.Endpoint{URL: u, Transport: endpoint.WebSocket, Timeout: patience / 2},
		Backoff:  func() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) },
	}
}

// watch runs a client and gathers what it tells, until handle errs or it ends by itself; then no
// goroutine may be left.
func watch(t testing.TB, cfg Config, handle func(Signal) error) ([]Signal, error) {
	t.Helper()
	const wires = "github.com/carebase/deltatap/replay/socket.(*wires)."
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(),
		goleak.IgnoreAnyFunction(wires+"join"), goleak.IgnoreAnyFunction(wires+"join.func1"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var seen []Signal
	err := New(cfg).Run(ctx, func(s Signal) error {
		seen = append(seen, s)
		return handle(s)
	})
	if ctx.Err() != nil {
		t.Fatalf("no end in %v; seen: %s", patience, lines(seen))
	}
	return seen, err
}

// lines writes signals one a line, without what differs from run to run.
func lines(signals []Signal) string {
	var b strings.Builder
	for _, s := range signals {
		switch s.Kind {
		case Connected:
			fmt.Fprintf(&b, "connect %s %s %d\n", s.SID, s.Transport, s.Attempt)
		case Event:
			fmt.Fprintf(&b, "event %s %s\n", s.Event, s.Args)
		case Disconnected:
			fmt.Fprintf(&b, "disconnect %s\n", s.Reason)
		case Unread:
			fmt.Fprintf(&b, "unread %d\n", s.Packets)
		case Refused:
			fmt.Fprintf(&b, "refused %s %d %v %s\n", s.Transport, s.Attempt, s.Auth, s.Message)
		}
	}
	return b.String()
}
