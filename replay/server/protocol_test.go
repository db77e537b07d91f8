package server

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// The tests of this file ask of the stand-in what the official test suites of the Engine.IO protocol (4) and of the Socket.IO
// protocol (5) ask of a server, where a Carebase has the handler for it: it echoes nothing, and has one namespace.

// requested is the status and the body of a request to the path of Socket.IO.
func (c *carebase) requested(method, query, body string) (status int, text string) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.url+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Error(err)
	}
	return answer.StatusCode, string(read)
}

const pollingQuery = "EIO=4&transport=polling"

// ask sends a request that is answered with a status, and returns the body.
func (c *carebase) ask(method, query, body string, want int) string {
	c.t.Helper()
	status, text := c.requested(method, query, body)
	if status != want {
		c.t.Errorf("%s ?%s %q: %d %s, want %d", method, query, body, status, text, want)
	}
	return text
}

// session opens a polling session, and returns the query of its requests.
func (c *carebase) session() (sid, query string) {
	c.t.Helper()
	var hello struct{ SID string }
	text := c.ask("GET", pollingQuery, "", http.StatusOK)
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &hello); err != nil || hello.SID == "" {
		c.t.Fatalf("the greeting is %s", text)
	}
	return hello.SID, pollingQuery + "&sid=" + hello.SID
}

// waits waits until a poll of a session waits for its answer.
func (c *carebase) waits(t *testing.T, sid string) {
	t.Helper()
	eventually(t, "the poll waits", func() bool {
		client, ok := c.server.sockets.io.Engine().Clients().Load(sid)
		return ok && client.Transport().Writable()
	})
}

// closes reads a websocket to its end, which must come without any packet but those.
func closes(t *testing.T, conn *websocket.Conn, allowed ...string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, packet, err := conn.ReadMessage()
		if err != nil {
			if ne, ok := err.(interface{ Timeout() bool }); ok && ne.Timeout() {
				t.Error("the connection stays")
			}
			return
		}
		if !slices.Contains(allowed, string(packet)) {
			t.Errorf("packet %s", packet)
		}
	}
}

func startTimers(t *testing.T, timers Timers) *carebase {
	t.Helper()
	return startAlone(t, func(cfg *Config) { cfg.Timers = timers })
}

func TestProtocolHandshake(t *testing.T) {
	c := startTimers(t, Timers{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond})
	conn := dialFast(t, c, "")
	defer conn.Close()
	for transport, text := range map[string]string{"polling": c.ask("GET", pollingQuery, "", http.StatusOK), "websocket": readFast(t, conn)} {
		var hello map[string]any
		if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &hello); err != nil || text[0] != '0' {
			t.Fatalf("%s: the greeting is %s", transport, text)
		}
		upgrades := []any{"websocket"}
		if transport == "websocket" {
			upgrades = []any{}
		}
		if sid, ok := hello["sid"].(string); !ok || sid == "" {
			t.Errorf("%s: the session is %v", transport, hello["sid"])
		}
		delete(hello, "sid")
		want := map[string]any{"upgrades": upgrades, "pingInterval": 300.0, "pingTimeout": 200.0, "maxPayload": 1000000.0}
		if diff := cmp.Diff(want, hello); diff != "" {
			t.Errorf("%s: %s", transport, diff)
		}
	}
}

func TestProtocolRefusals(t *testing.T) {
	c := startAlone(t)
	for _, query := range []string{"transport=polling", "EIO=abc&transport=polling", "EIO=4", "EIO=4&transport=abc", pollingQuery + "&sid=unknown"} {
		c.ask("GET", query, "", http.StatusBadRequest)
	}
	c.ask("POST", pollingQuery, "", http.StatusBadRequest)
	c.ask("PUT", pollingQuery, "", http.StatusBadRequest)
	for _, query := range []string{"transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"} {
		conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.url, "http")+"/socket.io/?"+query, nil)
		if err == nil {
			closes(t, conn)
			conn.Close()
		}
	}
}

func TestProtocolHeartbeat(t *testing.T) {
	c := startTimers(t, Timers{PingInterval: 50 * time.Millisecond, PingTimeout: patience})
	_, query := c.session()
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	for range 3 {
		if got := c.ask("GET", query, "", http.StatusOK); got != "2" {
			t.Errorf("a poll gets %q, want a ping", got)
		}
		c.ask("POST", query, "3", http.StatusOK)
		if got := readFast(t, conn); got != "2" {
			t.Errorf("a websocket gets %q, want a ping", got)
		}
		writeFast(t, conn, "3")
	}
}

func TestProtocolPingTimeout(t *testing.T) {
	c := startTimers(t, Timers{PingInterval: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond})
	sid, query := c.session()
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	closes(t, conn, "2")
	eventually(t, "the session is gone", func() bool {
		_, ok := c.server.sockets.io.Engine().Clients().Load(sid)
		return !ok
	})
	c.ask("GET", query, "", http.StatusBadRequest)
}

// A client that says goodbye gets its poll answered. The official suite sends both at once, by two connections, where the
// goodbye may come first.
func TestProtocolClose(t *testing.T) {
	c := startAlone(t)
	sid, query := c.session()
	polled := make(chan string, 1)
	go func() { polled <- c.ask("GET", query, "", http.StatusOK) }()
	c.waits(t, sid)
	c.ask("POST", query, "1", http.StatusOK)
	if got, want := <-polled, "6"; got != want {
		t.Errorf("the poll gets %q, want %q", got, want)
	}
	c.ask("GET", query, "", http.StatusBadRequest)
}

// A websocket ends by its close frame. The packet of a goodbye alone ends it no sooner than its pings, as at an official
// server.
func TestProtocolCloseOfAWebSocket(t *testing.T) {
	c := startTimers(t, Timers{PingInterval: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond})
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	writeFast(t, conn, "1")
	closes(t, conn, "2")
}

func TestProtocolUpgrade(t *testing.T) {
	c := startAlone(t)
	sid, query := c.session()
	conn := dialFast(t, c, sid)
	defer conn.Close()
	writeFast(t, conn, "2probe")
	if got, want := readFast(t, conn), "3probe"; got != want {
		t.Fatalf("packet %s, want %s", got, want)
	}
	if got, want := c.ask("GET", query, "", http.StatusOK), "6"; got != want {
		t.Errorf("the poll gets %q, want %q", got, want)
	}
	writeFast(t, conn, "5")
	eventually(t, "the connection is a websocket", func() bool {
		client, ok := c.server.sockets.io.Engine().Clients().Load(sid)
		return ok && client.Transport().Name() == "websocket"
	})
	c.ask("GET", query, "", http.StatusBadRequest)
	second := dialFast(t, c, sid)
	defer second.Close()
	closes(t, second)
	writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
	if got := readFast(t, conn); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Errorf("packet %s after others came with its session", got)
	}
}

// What is no packet ends the session.
func TestProtocolPacketsThatAreNone(t *testing.T) {
	c := startAlone(t)
	for _, packet := range []string{"abc", "4abc", "42{}", `42abc["x",1]`, "42", `42[]`, `42[{}]`, `45["x"]`, `43{}`, "41{}"} {
		conn := enterFast(t, c)
		writeFast(t, conn, packet)
		t.Run(packet, func(t *testing.T) { closes(t, conn) })
		conn.Close()
	}
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	writeFast(t, conn, "4abc")
	closes(t, conn)

	_, query := c.session()
	c.requested("POST", query, "abc") // whatever it gets
	c.ask("GET", query, "", http.StatusBadRequest)
}

func TestProtocolOverlappingPolls(t *testing.T) {
	c := startAlone(t)
	sid, query := c.session()
	first := make(chan string, 1)
	go func() { first <- c.ask("GET", query, "", http.StatusOK) }()
	c.waits(t, sid)
	if status, _ := c.requested("GET", query, ""); status != http.StatusBadRequest && status != http.StatusInternalServerError {
		t.Errorf("the second poll gets %d", status)
	}
	if got, want := <-first, "1"; got != want {
		t.Errorf("the first poll gets %q, want %q", got, want)
	}
	c.ask("GET", query, "", http.StatusBadRequest)
}

func TestProtocolConnect(t *testing.T) {
	c := startTimers(t, Timers{Connect: 100 * time.Millisecond})
	conn := dialFast(t, c, "") // which asks for nothing
	defer conn.Close()
	readFast(t, conn)
	closes(t, conn)
}

func TestProtocolNamespaces(t *testing.T) {
	c := startTimers(t, Timers{PingInterval: 50 * time.Millisecond, PingTimeout: patience})
	conn := dialFast(t, c, "")
	defer conn.Close()
	readFast(t, conn)
	writeFast(t, conn, "40/random")
	got := readFast(t, conn)
	for got == "2" {
		writeFast(t, conn, "3")
		got = readFast(t, conn)
	}
	if want := `44/random,{"message":"Invalid namespace"}`; got != want {
		t.Errorf("packet %s, want %s", got, want)
	}
	writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
	var packets []string
	for len(packets) < 2 {
		if got := readFast(t, conn); got != "2" {
			packets = append(packets, got)
		}
	}
	var connected map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(packets[0], "40")), &connected); err != nil || !slices.Equal(slices.Collect(maps.Keys(connected)), []string{"sid"}) {
		t.Errorf("packet %s", packets[0])
	}
	writeFast(t, conn, "41") // leaves the namespace, and keeps the connection
	if got := readFast(t, conn); got != "2" {
		t.Errorf("packet %s, want a ping", got)
	}
}
