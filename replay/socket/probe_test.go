package socket

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/carebase/deltatap/replay/endpoint"
)

// probed is an endpoint of a server that answers polling with greeting, and hands each WebSocket to
// open.
func probed(t *testing.T, greeting string, open func(*websocket.Conn, *http.Request)) *endpoint.Endpoint {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") == transportPolling {
			http.SetCookie(w, &http.Cookie{Name: "node", Value: "b"})
			_, _ = io.WriteString(w, greeting)
			return
		}
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		open(conn, r)
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &endpoint.Endpoint{URL: u, Header: http.Header{}, Token: endpoint.Anonymous, Timeout: time.Minute}
}

const probeGreeting = `0{"sid":"a b&c","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}`

// The WebSocket names the session that polling began, and comes with the cookies by which a
// balancer knows it.
func TestProbeUpgrade(t *testing.T) {
	for answer, want := range map[string]error{"3probe": nil, "3": ErrUpgrade, "6": ErrUpgrade, "": ErrUpgrade} {
		e := probed(t, probeGreeting, func(conn *websocket.Conn, r *http.Request) {
			cookie, err := r.Cookie("node")
			if sid := r.URL.Query().Get("sid"); sid != "a b&c" || err != nil || cookie.Value != "b" {
				t.Errorf("sid %q, cookie %v, %v", sid, cookie, err)
			}
			if _, text, err := conn.ReadMessage(); err != nil || string(text) != "2probe" {
				t.Errorf("%q, %v", text, err)
			}
			if answer != "" {
				_ = conn.WriteMessage(websocket.TextMessage, []byte(answer))
			}
		})
		if err := ProbeUpgrade(t.Context(), e); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%q: %v, want %v", answer, err, want)
		}
	}
}

func TestProbeUpgradeOfNoServer(t *testing.T) {
	e := probed(t, "<html>", func(*websocket.Conn, *http.Request) { t.Error("a WebSocket without a session") })
	err := ProbeUpgrade(t.Context(), e)
	if unreachable, ok := errors.AsType[*UnreachableError](err); !ok || !strings.Contains(unreachable.Error(), "Engine.IO") {
		t.Errorf("%v", err)
	}
}

func TestProbePing(t *testing.T) {
	seen := make(chan struct{}, 3)
	e := probed(t, "", func(conn *websocket.Conn, _ *http.Request) {
		answer := conn.PingHandler()
		conn.SetPingHandler(func(data string) error {
			seen <- struct{}{}
			return answer(data)
		})
		_ = conn.WriteMessage(websocket.TextMessage, []byte(probeGreeting))
		_, _, _ = conn.ReadMessage()
	})
	took := make([]time.Duration, 3)
	if err := ProbePing(t.Context(), e, took); err != nil {
		t.Fatal(err)
	}
	for i := range took {
		<-seen
		if took[i] <= 0 {
			t.Errorf("took %v", took)
		}
	}
}

// A server that answers no ping, or hangs up at the first, is waited for no longer than said.
func TestProbePingWithoutAnswer(t *testing.T) {
	pinged, hung := make(chan struct{}), make(chan struct{})
	silent := func(end func()) *endpoint.Endpoint {
		return probed(t, "", func(conn *websocket.Conn, _ *http.Request) {
			conn.SetPingHandler(func(string) error {
				end()
				return nil
			})
			_ = conn.WriteMessage(websocket.TextMessage, []byte(probeGreeting))
			_, _, _ = conn.ReadMessage()
			close(hung)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	e := silent(func() { close(pinged) })
	go func() {
		<-pinged
		cancel()
	}()
	if err := ProbePing(ctx, e, make([]time.Duration, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	<-hung
	e = probed(t, "", func(conn *websocket.Conn, _ *http.Request) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(probeGreeting))
	})
	if err := ProbePing(t.Context(), e, make([]time.Duration, 1)); err == nil {
		t.Error("who hung up answered")
	}
}
