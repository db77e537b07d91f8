package doctor

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// speaking answers each WebSocket with these packets, once its CONNECT came, and hangs up at the end.
func speaking(w http.ResponseWriter, r *http.Request, end <-chan struct{}, packets ...string) {
	conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`))
	if _, _, err := conn.ReadMessage(); err != nil {
		return
	}
	for _, packet := range packets {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(packet))
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for err == nil {
			_, _, err = conn.ReadMessage()
		}
	}()
	select {
	case <-end:
		_ = conn.Close()
		<-gone
	case <-gone:
	}
}

// dials tells a WebSocket that begins a session.
func dials(r *http.Request) bool {
	return r.Header.Get("Upgrade") != "" && !r.URL.Query().Has("sid")
}

const accepted = `40{"sid":"e"}`

func TestServerThatDoesNotGreet(t *testing.T) {
	for _, test := range []struct{ packet, want string }{
		{`42["hello"]`, "ack warn no connection:ack within 2s"},
		{`42["connection:ack",{"ok":false}]`, "ack warn not ok"},
	} {
		s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if dials(r) {
				speaking(w, r, nil, accepted, test.packet)
				return
			}
			next.ServeHTTP(w, r)
		})
		report := examine(t, s.URL, func(p *patient) { p.Timeout = 2 * time.Second })
		want(t, report, Warned, test.want, "socket ok")
	}
}

// The connection ends while somebody waits for a delta: nobody waits for the rest of the time.
func TestConnectionEndsWhileWaiting(t *testing.T) {
	var reads atomic.Int64
	var once sync.Once
	end := make(chan struct{})
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if dials(r) {
			speaking(w, r, end, accepted, `42["connection:ack",{"ok":true}]`)
			return
		}
		next.ServeHTTP(w, r)
		if r.URL.Path == "/api/plan/version" && reads.Add(1) == 3 {
			once.Do(func() { close(end) })
		}
	})
	report := examine(t, s.URL, func(p *patient) { p.wait = 100 * patience })
	line := find(report, checkDelta)
	if line == nil || line.Status != Fail || !strings.Contains(line.Says, "the connection ended while waiting: transport") {
		t.Errorf("%+v", line)
	}
	if report.Verdict != Failed {
		t.Errorf("verdict %s", report.Verdict)
	}
}

// REST answers, and the socket accepts and says nothing.
func TestSocketThatHangs(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/socket.io") {
			<-r.Context().Done()
			return
		}
		next.ServeHTTP(w, r)
	})
	report := examine(t, s.URL, func(p *patient) { p.Timeout = 2 * time.Second })
	want(t, report, Unreachable, "rest ok", "websocket fail no answer in 2s", "polling warn no answer in 2s", "socket fail no answer in 2s")
}

// A server that refuses over the connection says why in words of its own: they are shown, and hide nothing.
func TestRefusalInWordsOfItsOwn(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if dials(r) {
			speaking(w, r, nil, `44{"message":"Plan locked\u001b[2J\u202e `+ownerToken+`"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Refused, "websocket ok reaches the server", "socket fail Plan locked[2J [redacted]")
}

func TestForbidden(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) { w.WriteHeader(http.StatusForbidden) })
	report := examine(t, s.URL)
	want(t, report, Refused, "http warn 403", "rest fail 403", "websocket fail 403", "polling warn 403", "socket fail 403")
	if next := find(report, checkREST).Next; !strings.Contains(next, "in front of it") {
		t.Errorf("next: %s", next)
	}
}

// A user without a plan is told so, and connects.
func TestNoPlanYet(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/api/plan") {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error":"No recipient found"}`))
			return
		}
		next.ServeHTTP(w, r)
	})
	report := examine(t, s.URL)
	want(t, report, Warned, "rest warn no plan yet", "socket ok")
	if find(report, checkPlan) != nil || find(report, checkRole) != nil {
		t.Error("a plan that is not there was judged")
	}
}

// An answer that took long tells little of the clock: whoever made it may have looked at its clock first or last.
func TestSlowAnswerIsNoSkew(t *testing.T) {
	var asked atomic.Int64
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.URL.Path == "/health" {
			asked.Add(16)
		}
	})
	late := func() time.Time { return time.Now().Add(time.Duration(asked.Load()) * time.Second) }
	if line := find(examine(t, s.URL, func(p *patient) { p.now = late }), checkClock); line.Status != OK {
		t.Errorf("%+v", line)
	}
}
