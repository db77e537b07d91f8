package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdOdd starts a server with odd manners and sets ODD to its address: odd MANNER.
func cmdOdd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || oddServers[args[0]] == nil {
		ts.Fatalf("usage: odd MANNER")
	}
	server := httptest.NewUnstartedServer(oddServers[args[0]])
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	ts.Defer(server.Close)
	ts.Setenv("ODD", server.URL)
	ts.Setenv("ODDHOST", strings.TrimPrefix(server.URL, "http://"))
}

const (
	oddVersion = `{"planVersion":5,"planUpdatedAt":"2025-11-24T00:00:00.000Z"}`
	oddPlan    = `{"recipient":{"id":1,"displayName":"A"},` +
		`"dateRange":{"start":"2025-11-24T00:00:00.000Z","end":"2025-12-01T00:00:00.000Z"},` +
		`"appointments":[],"bills":[],"planVersion":5,"planUpdatedAt":"2025-11-24T00:00:00.000Z","collaborators":[]}`
)

// oddBody is what is asked for.
func oddBody(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/version") {
		return oddVersion
	}
	return oddPlan
}

var oddServers = map[string]http.HandlerFunc{
	"silent":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"cached":   answerCached,
	"singles":  answerSingles,
	"chatty":   answerTooMuch,
	"enormous": answerEnormous,
	"locked":   oddSocket(`44{"message":"Plan locked","data":{"code":"E1","retryAfter":30}}`),
	"brotli":   answerBrotli,
	"later":    oddSocket(`44"not today"`),
	"eio3": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `85:0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":5000}2:40`)
	},
	"moved": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://care.example/s3cret", http.StatusFound)
	},
	"password": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) },
	"blocked": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<html>blocked by policy</html>")
	},
}

// answerCached answers as a cache that asks the server again for whom no answer of its own will do,
// yet hits all the same for the plan.
func answerCached(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Cache-Control") != "no-cache" || !strings.HasSuffix(r.URL.Path, "/version") {
		w.Header().Set("Age", "42")
		w.Header().Set("X-Cache", "HIT")
	}
	_, _ = io.WriteString(w, oddBody(r))
}

// answerTooMuch answers with more than Content-Length says: what follows arrives unasked.
func answerTooMuch(w http.ResponseWriter, r *http.Request) {
	body := oddBody(r)
	conn, _, _ := w.(http.Hijacker).Hijack()
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s{\"inviteToken\":\"S3CRET\"}", len(body), body)
	_, _ = conn.Read(make([]byte, 1)) // until the client is gone
}

func answerBrotli(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "br")
	_, _ = io.WriteString(w, "\x0b\x02\x80{}\x03")
}

func answerEnormous(w http.ResponseWriter, _ *http.Request) {
	text := []byte(strings.Repeat(" ", 1<<20))
	for range 65 {
		if _, err := w.Write(text); err != nil {
			return
		}
	}
}

// oddSocket greets each WebSocket, and answers CONNECT with these packets.
func oddSocket(packets ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"e","upgrades":[]}`))
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
		for _, packet := range packets {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(packet))
		}
		for err == nil {
			_, _, err = conn.ReadMessage()
		}
	}
}

// answerSingles has the items of a plan, and bill 8 beyond its dates, by themselves; bill 9 is gone.
func answerSingles(w http.ResponseWriter, r *http.Request) {
	items := map[string]string{"/api/bills/8": `{"id":8,"dueDate":"2027-01-31T00:00:00.000Z"}`}
	switch item, found := items[r.URL.Path]; {
	case found:
		_, _ = io.WriteString(w, item)
	case strings.HasPrefix(r.URL.Path, "/api/bills/"):
		http.Error(w, `{"error":"Bill not found"}`, http.StatusNotFound)
	default:
		_, _ = io.WriteString(w, oddBody(r))
	}
}
