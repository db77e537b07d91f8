package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// The tests of this file are clients that lose no time. The library alone lost a packet of one in some hundreds.

const fastClients = 300

func TestFastWebSockets(t *testing.T) {
	t.Parallel()
	c := startUnhurried(t)
	for range fastClients {
		conn := enterFast(t, c)
		conn.Close()
	}
	eventually(t, "no connection", func() bool { return c.connections() == 0 })
}

func TestFastPolls(t *testing.T) {
	t.Parallel()
	c := startUnhurried(t)
	sid := c.openPolling(t)
	// Each poll races with the message that answers it.
	const messages = 10 * fastClients
	next := make(chan struct{}, messages)
	var emitting sync.WaitGroup
	emitting.Go(func() {
		for range next {
			c.server.sockets.emit(roomOf(1), eventDelta, []byte(`{"deltas":[]}`))
		}
	})
	for sent, seen := 0, 0; seen < messages; {
		if sent < messages {
			next <- struct{}{}
			sent++
		}
		seen += strings.Count(c.poll(t, sid, ""), `42["plan:item-delta",`)
	}
	close(next)
	emitting.Wait()
	c.poll(t, sid, "1") // goodbye
}

// A long answer is with its client before whoever writes it is done: the next poll, by another connection, races with that.
func TestFastPollsOfLongAnswers(t *testing.T) {
	t.Parallel()
	c := startUnhurried(t)
	sid := c.openPolling(t)
	stock := c.http
	var clients []*http.Client
	for range 4 {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		clients = append(clients, &http.Client{Transport: transport})
	}
	text := []byte(`"` + strings.Repeat("x", 20_000) + `"`)
	const messages = 5 * fastClients
	next := make(chan struct{}, messages)
	var emitting sync.WaitGroup
	emitting.Go(func() {
		for range next {
			c.server.sockets.emit(roomOf(1), "long", text)
		}
	})
	for sent, seen := 0, 0; seen < messages; {
		if sent < messages {
			next <- struct{}{}
			sent++
		}
		c.http = clients[sent%len(clients)]
		seen += strings.Count(c.poll(t, sid, ""), `42["long",`)
	}
	close(next)
	emitting.Wait()
	c.poll(t, sid, "1") // goodbye
	c.http = stock
}

func TestFastUpgrades(t *testing.T) {
	t.Parallel()
	c := startUnhurried(t)
	for range fastClients / 3 {
		sid := c.openPolling(t)
		conn := dialFast(t, c, sid)
		writeFast(t, conn, "2probe")
		if got, want := readFast(t, conn), "3probe"; got != want {
			t.Fatalf("packet %s, want %s", got, want)
		}
		writeFast(t, conn, "5")
		eventually(t, "the connection is a websocket", func() bool {
			client, ok := c.server.sockets.io.Engine().Clients().Load(sid)
			return ok && client.Transport().Name() == "websocket"
		})
		c.operate(`{"itemType":"plan"}`)
		if got := readFast(t, conn); !strings.HasPrefix(got, `42["plan:item-delta",`) {
			t.Fatalf("packet %s, want a message", got)
		}
		conn.Close()
	}
	eventually(t, "no connection", func() bool { return c.connections() == 0 })
}

// TestWebSocketPings: a client may ping on the level of frames.
func TestWebSocketPings(t *testing.T) {
	c := startUnhurried(t)
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	pong := make(chan string, 1)
	conn.SetPongHandler(func(data string) error { pong <- data; return nil })
	if err := conn.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
	readFast(t, conn) // the pong comes before the answer
	if got, want := <-pong, "there?"; got != want {
		t.Errorf("pong %q, want %q", got, want)
	}
}

// TestFrames reads frames of every size that has another header.
func TestFrames(t *testing.T) {
	c := startUnhurried(t)
	conn := enterFast(t, c)
	defer conn.Close()
	for _, size := range []int{1, 125, 126, 127, 1000, 65535, 65536, 1 << 20} {
		padding := strings.Repeat("x", size)
		c.operate(`{"itemType":"plan","padding":"` + padding + `"}`)
		if got := readFast(t, conn); !strings.Contains(got, `"padding":"`+padding+`"`) {
			t.Errorf("padding of %d bytes: packet of %d", size, len(got))
		}
	}
}

// TestRoomsDoNotVanish: one socket of a user comes while the other goes.
func TestRoomsDoNotVanish(t *testing.T) {
	t.Parallel()
	c := startUnhurried(t)
	adapter := c.server.sockets.io.Sockets().Adapter()
	room := socket.Room(roomOf(1))
	for n := range 20_000 {
		going, coming := socket.SocketId(fmt.Sprint(n)), socket.SocketId(fmt.Sprint(n+1))
		if n == 0 {
			adapter.AddAll(going, types.NewSet(room))
		}
		var both sync.WaitGroup
		both.Go(func() { adapter.DelAll(going) })
		both.Go(func() { adapter.AddAll(coming, types.NewSet(room)) })
		both.Wait()
		if ids, ok := adapter.Rooms().Load(room); !ok || !ids.Has(coming) {
			t.Fatalf("socket %s is not in its room", coming)
		}
	}
}

func dialFast(t *testing.T, c *carebase, sid string) *websocket.Conn {
	t.Helper()
	url := "ws" + strings.TrimPrefix(c.url, "http") + "/socket.io/?EIO=4&transport=websocket"
	if sid != "" {
		url += "&sid=" + sid
	}
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

// enterFast connects the owner, up to the acknowledgement.
func enterFast(t *testing.T, c *carebase) *websocket.Conn {
	t.Helper()
	conn := dialFast(t, c, "")
	if got := readFast(t, conn); !strings.HasPrefix(got, `0{`) {
		t.Fatalf("packet %s, want the open packet", got)
	}
	writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
	if got := readFast(t, conn); !strings.HasPrefix(got, `40{"sid":`) {
		t.Fatalf("packet %s, want the connect packet", got)
	}
	if got, want := readFast(t, conn), `42["connection:ack",{"ok":true}]`; got != want {
		t.Fatalf("packet %s, want %s", got, want)
	}
	return conn
}

func readFast(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	_, packet, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(packet)
}

func writeFast(t *testing.T, conn *websocket.Conn, packet string) {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		t.Fatal(err)
	}
}

// openPolling connects a polling client, and returns its session once it is acknowledged.
func (c *carebase) openPolling(t *testing.T) string {
	t.Helper()
	_, rest, ok := strings.Cut(c.poll(t, "", ""), `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no session")
	}
	c.poll(t, sid, `40{"token":"`+ownerToken+`"}`)
	for !strings.Contains(c.poll(t, sid, ""), "connection:ack") {
	}
	return sid
}

// poll asks for packets, or posts some.
func (c *carebase) poll(t *testing.T, sid, packets string) string {
	t.Helper()
	method, url := http.MethodGet, c.url+"/socket.io/?EIO=4&transport=polling"
	if sid != "" {
		url += "&sid=" + sid
	}
	if packets != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, url, strings.NewReader(packets))
	if err != nil {
		t.Fatal(err)
	}
	client := *c.http
	client.Timeout = patience
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", method, answer.StatusCode, text, err)
	}
	return string(text)
}

// startUnhurried is a server that asks for no sign of life while a test lasts, however slow the machine is: these clients answer no ping.
func startUnhurried(t *testing.T) *carebase {
	t.Helper()
	return startTimers(t, Timers{PingInterval: time.Hour, PingTimeout: time.Hour})
}
