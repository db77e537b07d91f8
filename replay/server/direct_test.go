package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
)

// listen starts an official client for each token, which tells what it gets, and waits until all are connected.
func (c *carebase) listen(transport string, tokens ...string) *nodetest.Process {
	c.t.Helper()
	flags := []string{"--transport", transport}
	for _, token := range tokens {
		flags = append(flags, "--client", token+" "+c.url+" "+token)
	}
	p := nodetest.Start(c.t, "listen.mjs", flags...)
	for range tokens {
		if got := p.Await("event").Text("event"); got != "connection:ack" {
			c.t.Fatalf("the first event is %q", got)
		}
	}
	return p
}

func (c *carebase) emit(user int64, event, args string) int {
	c.t.Helper()
	clients, err := c.server.Emit(c.t.Context(), user, event, []byte(args))
	if err != nil {
		c.t.Fatalf("%s %s: %v", event, args, err)
	}
	return clients
}

func TestEmitKeepsEveryByte(t *testing.T) {
	c := start(t)
	p := c.listen("websocket", ownerToken, secondToken)
	for _, e := range []struct{ event, args, packet string }{
		{"plan:item-delta", `[ {"deltas" : [1.0, 1e2,"\u0041<&>"]} ]`, `2["plan:item-delta", {"deltas" : [1.0, 1e2,"\u0041<&>"]} ]`},
		{"plan:update", `[]`, `2["plan:update"]`},
		{"plan:update", ` [ ] `, `2["plan:update"]`},
		{"a \"b\" ü", ` [ 1 ,"two", [] ] `, `2["a \"b\" ü", 1 ,"two", [] ]`},
		{"large", `["` + strings.Repeat("é", 100_000) + `"]`, `2["large","` + strings.Repeat("é", 100_000) + `"]`},
	} {
		if got := c.emit(1, e.event, e.args); got != 1 {
			t.Errorf("%d clients, want 1", got)
		}
		got := p.Await("event")
		if got.Text("raw") != e.packet || got.Text("client") != ownerToken {
			t.Errorf("%s got %.200s, want %.200s", got.Text("client"), got.Text("raw"), e.packet)
		}
	}
	if got := c.emit(3, "plan:update", `[]`); got != 0 {
		t.Errorf("%d clients of a user who has none", got)
	}
	for _, args := range []string{"", "[", "{}", "null"} {
		if _, err := c.server.Emit(t.Context(), 1, "x", []byte(args)); !errors.Is(err, ErrArgs) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestEmitDuringAHandshake: who was told to be connected misses nothing.
func TestEmitDuringAHandshake(t *testing.T) {
	c := start(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			args := fmt.Appendf(nil, "[%d]", n)
			if _, err := c.server.Emit(context.Background(), 1, "n", args); err != nil {
				t.Error(err)
				return
			}
			for i := range args { // it is the caller's again
				args[i] = '?'
			}
			time.Sleep(50 * time.Microsecond)
		}
	}()
	for range 30 {
		conn := dialFast(t, c, "")
		readFast(t, conn)
		writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
		if got := readFast(t, conn); !strings.HasPrefix(got, `40{"sid":`) {
			t.Fatalf("packet %s, want the connect packet", got)
		}
		if got, want := readFast(t, conn), `42["connection:ack",{"ok":true}]`; got != want {
			t.Fatalf("packet %s, want %s", got, want)
		}
		last := 0
		for range 20 {
			var n int
			if _, err := fmt.Sscanf(readFast(t, conn), `42["n",%d]`, &n); err != nil || last != 0 && n != last+1 {
				t.Fatalf("%d follows %d (%v)", n, last, err)
			}
			last = n
		}
		conn.Close()
	}
	close(stop)
	<-done
}

// TestEmitWaitsForSlowClients: what a client has not read does not pile up, and nothing of it is lost.
func TestEmitWaitsForSlowClients(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn := enterFast(t, c)
	defer conn.Close()
	text := strings.Repeat("x", 1<<20)
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("slow"))
	defer cancel()
	sent := 0
	var err error
	for ; sent < 200 && err == nil; sent++ {
		_, err = c.server.Emit(ctx, 1, "n", fmt.Appendf(nil, `[%d,"%s"]`, sent, text))
	}
	if err == nil || err.Error() != "slow" {
		t.Fatalf("%d MiB were emitted to a client that does not read: %v", sent, err)
	}
	sent-- // the last was refused
	for n := range sent {
		if got, want := readFast(t, conn), fmt.Sprintf(`42["n",%d,`, n); !strings.HasPrefix(got, want) {
			t.Fatalf("packet %.30s, want %s", got, want)
		}
	}
	c.emit(1, "n", "[]")
	if got := readFast(t, conn); got != `42["n"]` {
		t.Errorf("packet %.30s", got)
	}
}

// TestEmitGoesOnWithoutClientsThatStall: one of many who reads nothing holds the others up until its pings are overdue, and no
// longer; they miss nothing.
func TestEmitGoesOnWithoutClientsThatStall(t *testing.T) {
	t.Parallel()
	c := start(t)
	pings := c.server.sockets.io.Engine().Opts()
	pings.SetPingInterval(2 * time.Second)
	pings.SetPingTimeout(20 * time.Second) // who reads is in time, however busy the machine
	var conns []*websocket.Conn
	for range 3 {
		conn := enterFast(t, c)
		defer conn.Close()
		conns = append(conns, conn)
	}
	const events = 16
	done := make(chan bool, len(conns))
	for _, conn := range conns[1:] { // not the first
		go func() { done <- readsAll(conn, events) }()
	}
	text := strings.Repeat("x", 1<<20)
	began := time.Now()
	for n := range events {
		c.emit(1, "n", fmt.Sprintf(`[%d,"%s"]`, n, text))
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("nobody waited for the one that stalls: %v", took)
	}
	eventually(t, "the one that stalls is gone", func() bool { return c.server.Clients() == len(conns)-1 })
	c.emit(1, "end", "[]")
	for range conns[1:] {
		if !<-done {
			t.Error("a client that reads has missed something")
		}
	}
}

// readsAll reads events that are numbered from 0, and the one behind them; it answers pings meanwhile.
func readsAll(conn *websocket.Conn, events int) bool {
	for n := 0; ; {
		_, packet, err := conn.ReadMessage()
		switch text := string(packet); {
		case err != nil:
			return false
		case text == "2":
			if err := conn.WriteMessage(websocket.TextMessage, []byte("3")); err != nil {
				return false
			}
		case text == `42["end"]`:
			return n == events
		case strings.HasPrefix(text, fmt.Sprintf(`42["n",%d,`, n)):
			n++
		default:
			return false
		}
	}
}

func TestEmitGoesOnWithoutClientsThatLeft(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn := enterFast(t, c)
	text := `["` + strings.Repeat("x", 1<<20) + `"]`
	time.AfterFunc(500*time.Millisecond, func() { conn.Close() })
	for range 200 {
		c.emit(1, "n", text)
	}
	if err := c.server.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "no client", func() bool { return c.server.Clients() == 0 })
}

// TestSever: the connections of one user end as they should, after what was sent before, and others stay.
func TestSever(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"websocket", "polling"} {
		for politely, reason := range map[bool]string{false: "transport close", true: "io server disconnect"} {
			t.Run(transport+" "+reason, func(t *testing.T) {
				c := start(t)
				other := c.listen(transport, secondToken)
				p := c.listen(transport, ownerToken)
				const events = 50
				for range events {
					c.emit(1, "n", "[]")
				}
				if transport == "polling" { // a poll takes what has gathered; what comes after it waits for the next
					for range events {
						p.Await("event")
					}
				}
				if got := c.server.Sever(t.Context(), 1, politely); got != 1 {
					t.Errorf("%d connections ended, want 1", got)
				}
				if transport != "polling" {
					for range events {
						p.Await("event")
					}
				}
				got := p.Await("state")
				for got.Text("state") != "disconnect" {
					got = p.Await("state")
				}
				// A client that is between two polls learns of the end by a poll that fails.
				between := transport == "polling" && !politely && got.Text("reason") == "transport error"
				if got.Text("reason") != reason && !between {
					t.Errorf("reason %q, want %q", got.Text("reason"), reason)
				}
				c.server.Admit(1)
				if politely {
					p.Tell("reconnect")
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := c.server.AwaitClientsOf(ctx, 1, 1); err != nil {
					t.Errorf("it does not come back: %v", err)
				}
				c.emit(4, "still", "[]")
				if got := other.Await("event").Text("event"); got != "still" {
					t.Errorf("the other user's client got %q", got)
				}
			})
		}
	}
}

// TestSeveredStayAway: while the door is shut nobody is told that they are connected, and once it opens they are.
func TestSeveredStayAway(t *testing.T) {
	c := start(t)
	c.server.Sever(t.Context(), 1, false)
	conn := dialFast(t, c, "")
	readFast(t, conn)
	writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
	if _, packet, err := conn.ReadMessage(); err == nil {
		t.Errorf("a severed user was told %s", packet)
	}
	conn.Close()
	for _, user := range []int64{2, 3, 4} {
		c.server.Sever(t.Context(), user, false)
	}
	if conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.url, "http")+"/socket.io/?EIO=4&transport=websocket", nil); err == nil {
		conn.Close()
		t.Errorf("a handshake at a door that is shut to all: %v", answer.Status)
	}
	if got := c.do(ownerToken, "GET", "/api/plan/version", ""); !strings.HasPrefix(got, `{"planVersion":0,`) {
		t.Errorf("REST says %s", got)
	}
	p := nodetest.Start(t, "listen.mjs", "--client", "a "+c.url+" "+ownerToken)
	if got := p.Await("state").Text("state"); got != "connect_error" {
		t.Errorf("the official client says %q", got)
	}
	c.server.Admit(1)
	if got := p.Await("event").Text("event"); got != "connection:ack" {
		t.Errorf("the official client got %q", got)
	}
	eventually(t, "one connection", func() bool { return c.connections() == 1 })
}

// TestSeverRacesWithHandshakes: whoever is let in before, during or after, nobody is there once it is done.
func TestSeverRacesWithHandshakes(t *testing.T) {
	c := start(t)
	for n := range 60 {
		var dialing sync.WaitGroup
		for range 4 {
			dialing.Go(func() {
				conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.url, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_ = conn.SetReadDeadline(time.Now().Add(patience))
				_ = conn.WriteMessage(websocket.TextMessage, []byte(`40{"token":"`+ownerToken+`"}`))
				for err == nil { // until the server ends it
					_, _, err = conn.ReadMessage()
				}
			})
		}
		time.Sleep(time.Duration(n%20) * 100 * time.Microsecond)
		c.server.Sever(t.Context(), 1, n%2 == 0)
		if n%2 == 0 { // who is sent away politely keeps its connection, and may say hello again
			c.server.Sever(t.Context(), 1, false)
			c.drop()
		}
		dialing.Wait()
		eventually(t, "nobody is there", func() bool { return c.server.ClientsOf(1) == 0 })
		c.server.Admit(1)
	}
}

// drop ends the connections that are left without a client.
func (c *carebase) drop() {
	c.server.sockets.io.Engine().Clients().Range(func(_ string, conn engine.Socket) bool {
		conn.Close(true)
		return true
	})
}

// TestSeverGivesUpOnStalledClients: who does not read does not keep the connection.
func TestSeverGivesUpOnStalledClients(t *testing.T) {
	c := start(t)
	conn := enterFast(t, c)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var err error
	for err == nil {
		_, err = c.server.Emit(ctx, 1, "n", []byte(`["`+strings.Repeat("x", 1<<20)+`"]`))
	}
	began := time.Now()
	c.server.Sever(t.Context(), 1, false)
	if took := time.Since(began); took > patience/2 {
		t.Errorf("it took %v", took)
	}
	eventually(t, "no connection", func() bool { return c.connections() == 0 })
}

// TestFrozenPlansDoNotChange: every mutation is refused, and reading is not.
func TestFrozenPlansDoNotChange(t *testing.T) {
	c := start(t)
	c.seedItems(1)
	c.server.Freeze(true)
	before := c.do(ownerToken, "GET", "/api/plan", "")
	for _, m := range [][3]string{
		{"PATCH", "/api/bills/1", `{"status":"paid"}`},
		{"DELETE", "/api/bills/1", ``},
		{"POST", "/api/bills/1/mark-paid", ``},
		{"POST", "/api/collaborators", `{"email":"x@x"}`},
	} {
		if status, text := c.try(ownerToken, m[0], m[1], m[2]); status != http.StatusConflict || !strings.Contains(text, "recording") {
			t.Errorf("%s %s: %d %s", m[0], m[1], status, text)
		}
	}
	if status, text := c.try(operatorToken, "POST", "/_deltatap/deltas", `{"user":1,"deltas":[{"itemType":"plan"}]}`); status != http.StatusConflict {
		t.Errorf("operator: %d %s", status, text)
	}
	if after := c.do(ownerToken, "GET", "/api/plan", ""); after != before {
		t.Errorf("the plan is\n%s, and was\n%s", after, before)
	}
	c.server.Freeze(false)
	c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
}

func TestEmitOnAClosedServer(t *testing.T) {
	c := start(t)
	c.close()
	if _, err := c.server.Emit(t.Context(), 1, "n", []byte("[]")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestAwaitClientsEndsWithItsContext(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	time.AfterFunc(10*time.Millisecond, func() { cancel(enough) })
	if err := c.server.AwaitClients(ctx, 1); !errors.Is(err, enough) {
		t.Error(err)
	}
}
