package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

var transportNames = []string{"websocket", "polling", "auto"}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(time.Millisecond)
	}
}

func (c *carebase) connections() int { return len(c.server.sockets.io.Sockets().Sockets().Keys()) }

func (c *carebase) writable() bool {
	for _, client := range c.server.sockets.io.Sockets().Sockets().Values() {
		if !client.Conn().Transport().Writable() {
			return false
		}
	}
	return true
}

// TestClientsWhoLeave: however a client goes, the server lets go of it. (TestMain sees what stays behind.)
func TestClientsWhoLeave(t *testing.T) {
	t.Parallel()
	for _, transport := range transportNames {
		t.Run(transport, func(t *testing.T) {
			c := start(t)
			politely := c.follow(ownerToken, "--transport", transport)
			abruptly := c.follow(ownerToken, "--transport", transport)
			if got := c.connections(); got != 2 {
				t.Errorf("%d connections, want 2", got)
			}
			politely.end()
			// A polling client that is not polling is missed only when a ping has gone unanswered.
			eventually(t, "every connection waits to be written to", c.writable)
			abruptly.kill()
			eventually(t, "no connection", func() bool { return c.connections() == 0 })
			c.operate(`{"itemType":"plan"}`) // to nobody
		})
	}
}

// TestCloseSendsWhatWasEmitted: a mutation that was answered reaches the clients, then their connections end.
func TestCloseSendsWhatWasEmitted(t *testing.T) {
	t.Parallel()
	for _, transport := range transportNames {
		t.Run(transport, func(t *testing.T) {
			c := start(t)
			c.seedItems(1)
			f := c.follow(ownerToken, "--transport", transport)
			if transport == "polling" {
				// A poll takes one message; a client that is about to poll again is away at that moment.
				c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
				f.message()
				c.close()
				f.await("disconnect")
				return
			}
			for range 100 {
				c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
			}
			c.close()
			for range 100 {
				f.message()
			}
			if got, want := f.await("disconnect").Reason, "transport close"; got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
		})
	}
}

// TestCloseRefusesWhatComesLater, after it has answered what is under way.
func TestCloseRefusesWhatComesLater(t *testing.T) {
	c := start(t)
	c.seedItems(1)
	body, feed := io.Pipe()
	r, err := http.NewRequest("PATCH", c.url+"/api/bills/1", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ownerToken)
	type result struct {
		status int
		err    error
	}
	answered := make(chan result, 1)
	go func() {
		answer, err := c.http.Do(r)
		if err != nil {
			answered <- result{err: err}
			return
		}
		answer.Body.Close()
		answered <- result{status: answer.StatusCode}
	}()
	if _, err := io.WriteString(feed, `{"amount":`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is in", func() bool { return c.server.requests.count() == 1 })

	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- c.server.Close(ctx)
	}()
	eventually(t, "the gate is shut", c.server.requests.closed)
	for _, path := range []string{"/health", "/socket.io/?EIO=4&transport=polling"} {
		if status, text := c.try("", "GET", path, ""); status != 503 || text != `{"error":"Server is shutting down"}` {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, err := io.WriteString(feed, `1}`); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if got := <-answered; got.err != nil || got.status != http.StatusOK {
		t.Errorf("the request under way: %+v", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestCloseGivesUpAtItsDeadline, and closes what is left.
func TestCloseGivesUpAtItsDeadline(t *testing.T) {
	c := start(t)
	if !c.server.requests.enter() {
		t.Fatal("the gate is shut")
	}
	defer c.server.requests.leave()
	f := c.follow(ownerToken)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.server.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v", err)
	}
	f.await("disconnect")
}

// TestRefusedSockets: the message is the server's, without data.
func TestRefusedSockets(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, args := range [][]string{
		{"--transport", "websocket", "--auth", "token"},
		{"--transport", "polling", "--auth", "header"},
		{"--transport", "auto", "--auth", "cookie"},
	} {
		f := c.launch("wrong", args...)
		if got, want := f.await("connect_error").Raw, `4{"message":"Unauthorized"}`; got != want {
			t.Errorf("%v: packet %s, want %s", args, got, want)
		}
	}
}

// TestAdmittedSockets: by token, header or cookie.
func TestAdmittedSockets(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, auth := range []string{"token", "header", "cookie"} {
		f := c.follow(ownerToken, "--auth", auth)
		c.operate(`{"itemType":"plan"}`)
		f.message()
	}
}

// TestAHalfHandshake: a connection that never asks for the namespace does not outlive the server.
func TestAHalfHandshake(t *testing.T) {
	c := start(t)
	host := strings.TrimPrefix(c.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	upgrade := "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := io.WriteString(conn, upgrade); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 512)
	if n, err := io.ReadAtLeast(conn, answer, 160); err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 101 ") {
		t.Fatalf("%v: %s", err, answer[:n])
	}
	c.close()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection did not end: %v", err)
	}
}

// TestCloseIsPolite: a websocket is told that it is closed, and not cut.
func TestCloseIsPolite(t *testing.T) {
	c := start(t)
	conn := enterFast(t, c)
	defer conn.Close()
	c.close()
	for {
		_, _, err := conn.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseNoStatusReceived) {
			return
		}
		if err != nil {
			t.Fatalf("it ends with %v", err)
		}
	}
}

// TestAPollThatAClosingFinds: a poll that came in just before its connection is closed gets an answer.
func TestAPollThatAClosingFinds(t *testing.T) {
	c := start(t)
	sid := c.openPolling(t)
	conn, ok := c.server.sockets.io.Engine().Clients().Load(sid)
	if !ok {
		t.Fatal("no connection")
	}
	answered := make(chan string, 1)
	go func() { answered <- c.poll(t, sid, "") }()
	eventually(t, "the poll waits", func() bool { return conn.Transport().Writable() })
	conn.Close(true)
	select {
	case got := <-answered:
		if want := "1"; got != want {
			t.Errorf("the poll gets %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatal("the poll has no answer")
	}
}
