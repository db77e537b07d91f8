package tap

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/carebase/deltatap/replay/endpoint"
)

// speaker runs a server of WebSockets.
func speaker(t *testing.T, speak func(*websocket.Conn)) string {
	t.Helper()
	upgrader := websocket.Upgrader{EnableCompression: true, CheckOrigin: func(*http.Request) bool { return true }}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		speak(conn)
	})
}

// listen is an app of a server of WebSockets.
func listen(t *testing.T, address string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{EnableCompression: true}
	conn, answer, err := dialer.Dial(strings.Replace(address, "http", "ws", 1)+"/any/path?x", nil)
	if err != nil {
		t.Fatalf("%v, %v", err, answer)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// echo sends back what it gets.
func echo(conn *websocket.Conn) {
	for {
		kind, text, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, text) != nil {
			return
		}
	}
}

// Messages of any size and both kinds pass in both directions, of many apps at once.
func TestMessagesPassForManyApps(t *testing.T) {
	address := before(t, speaker(t, echo), Config{})
	var apps sync.WaitGroup
	for app := range 50 {
		conn := listen(t, address)
		apps.Go(func() {
			for i, size := range []int{0, 1, 125, 126, 65535, 65536, 200_000} {
				kind := websocket.TextMessage + i%2
				sent := bytes.Repeat([]byte{byte('a' + app%26)}, size)
				if err := conn.WriteMessage(kind, sent); err != nil {
					t.Error(err)
					return
				}
				got, text, err := conn.ReadMessage()
				if err != nil || got != kind || !bytes.Equal(text, sent) {
					t.Errorf("app %d: %d bytes of kind %d, %v; want %d of kind %d", app, len(text), got, err, size, kind)
					return
				}
			}
		})
	}
	apps.Wait()
}

// How a WebSocket is closed, and pings, pass too.
func TestClosingPasses(t *testing.T) {
	address := before(t, speaker(t, func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.PingMessage, []byte("are you there"))
		_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "enough"))
	}), Config{})
	conn := listen(t, address)
	var ping string
	conn.SetPingHandler(func(text string) error { ping = text; return nil })
	_, _, err := conn.ReadMessage()
	if !websocket.IsCloseError(err, 4001) || ping != "are you there" {
		t.Errorf("%v, ping %q", err, ping)
	}
}

// An app that does not read keeps no other from reading.
func TestSlowAppSlowsItselfAlone(t *testing.T) {
	var flood sync.WaitGroup
	address := before(t, speaker(t, func(conn *websocket.Conn) {
		flood.Add(1)
		defer flood.Done()
		text := bytes.Repeat([]byte("x"), 1<<20)
		for range 100 {
			if conn.WriteMessage(websocket.TextMessage, text) != nil {
				return
			}
		}
	}), Config{})
	slow, fast := listen(t, address), listen(t, address)
	for _, conn := range []*websocket.Conn{fast, slow} { // slow does not read before fast has read all
		for n := range 100 {
			if _, text, err := conn.ReadMessage(); err != nil || len(text) != 1<<20 {
				t.Fatalf("message %d: %d bytes, %v", n, len(text), err)
			}
		}
	}
	flood.Wait()
}

// Close cuts what is open, and lets nothing new begin.
func TestCloseCuts(t *testing.T) {
	server, _ := url.Parse(speaker(t, echo))
	tap := New(Config{Server: &endpoint.Endpoint{URL: server}})
	web := httptest.NewServer(tap)
	defer web.Close()
	conn := listen(t, web.URL)
	tap.Close()
	if _, _, err := conn.ReadMessage(); err == nil {
		t.Error("a WebSocket outlived its tap")
	}
	if _, _, err := websocket.DefaultDialer.Dial(strings.Replace(web.URL, "http", "ws", 1), nil); err == nil {
		t.Error("a WebSocket began behind the tap's end")
	}
}
