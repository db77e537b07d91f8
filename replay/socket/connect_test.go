package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/endpoint"
)

// counted is a token that is another one each time.
type counted struct{ n atomic.Int64 }

func (c *counted) Token(context.Context) (string, error) {
	return "token-" + strconv.FormatInt(c.n.Add(1), 10), nil
}

// failing is a token that cannot be had.
type failing struct{ err error }

func (f failing) Token(context.Context) (string, error) { return "", f.err }

// until is a handler that has seen enough at the n-th signal.
func until(n int) func(Signal) error {
	return func(Signal) error {
		if n--; n == 0 {
			return errEnough
		}
		return nil
	}
}

func TestRefusedAtFirstContact(t *testing.T) {
	for _, packet := range []string{`44{"message":"Unauthorized"}`, `44{"message":"Unauthorized","data":{}}`, `44"Unauthorized"`} {
		u := serve(t, func(_ int, p *peer) {
			p.greet(25000, 20000)
			p.connect()
			p.send(packet)
			p.untilGone()
		})
		seen, err := watch(t, to(u), nothing)
		if got := refusedOnce(t, seen, true); got != "Unauthorized" {
			t.Errorf("%s: message %q", packet, got)
		}
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Message != "Unauthorized" {
			t.Errorf("%s: error %v", packet, err)
		}
	}
}

func TestRefusalHoldsNoSecret(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.connect()
		p.send(`44{"message":"` + p.token + ` and letmein are\nno good"}`)
		p.untilGone()
	})
	cfg := to(u)
	cfg.Endpoint.Token, _ = endpoint.Static("hunter2hunter2")
	cfg.Endpoint.Header = map[string][]string{"Authorization": {"Bearer letmein"}}
	seen, err := watch(t, cfg, nothing)
	const want = "[redacted] and [redacted] are no good"
	if got := refusedOnce(t, seen, true); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if got := fmt.Sprintf("%v %+v", err, err); strings.Contains(got, "hunter2") || strings.Contains(got, "letmein") {
		t.Errorf("error %s", got)
	}
}

func TestFreshTokenAtEachAttempt(t *testing.T) {
	var tokens []string
	u := serve(t, func(n int, p *peer) {
		p.greet(25000, 20000)
		p.connect()
		tokens = append(tokens, p.token)
		switch n {
		case 1, 4:
			p.send(`40{"sid":"s1"}`)
		default:
			p.send(`44{"message":"jwt expired"}`)
			p.untilGone()
		}
	})
	cfg := to(u)
	cfg.Endpoint.Token = new(counted)
	seen, err := watch(t, cfg, nothing)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want RefusedError", err)
	}
	want := `connect s1 websocket 1
disconnect transport close
refused websocket 1 true jwt expired
refused websocket 2 true jwt expired
connect s1 websocket 3
disconnect transport close
refused websocket 1 true jwt expired
refused websocket 2 true jwt expired
refused websocket 3 true jwt expired
`
	if diff := cmp.Diff(want, lines(seen)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"token-1", "token-2", "token-3", "token-4", "token-5", "token-6", "token-7"}, tokens); diff != "" {
		t.Error(diff)
	}
}

func TestNoTokenSendsNoAuth(t *testing.T) {
	var connect []byte
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		_, connect, _ = p.ReadMessage()
		p.send(`40{"sid":"s1"}`)
		p.untilGone()
	})
	_, _ = watch(t, to(u), until(1))
	if string(connect) != "40{}" {
		t.Errorf("CONNECT was %s, want 40{}", connect)
	}
}

func TestTokenThatCannotBeHad(t *testing.T) {
	u := serve(t, func(int, *peer) { t.Error("dialled without a token") })
	cfg := to(u)
	cfg.Endpoint.Token = failing{errLocal}
	seen, err := watch(t, cfg, nothing)
	if !errors.Is(err, errLocal) {
		t.Errorf("error %v, want the token's", err)
	}
	if got := refusedOnce(t, seen, false); got != errLocal.Error() {
		t.Errorf("message %q", got)
	}
}

// What the server does before it has accepted the client.
func TestNoConsent(t *testing.T) {
	const noAnswer = "no answer in 200ms"
	tests := []struct {
		name    string
		script  func(*peer)
		message string
	}{
		{"never greets", func(p *peer) { p.untilGone() }, noAnswer},
		{"never accepts", func(p *peer) { p.greet(25000, 20000); p.untilGone() }, noAnswer},
		{"hangs up at once", func(*peer) {}, "the connection was closed before the server answered"},
		{"hangs up after the greeting", func(p *peer) { p.greet(25000, 20000) }, "the connection was closed before the server answered"},
		{"hangs up after CONNECT", func(p *peer) { p.greet(25000, 20000); p.connect() }, "the connection was closed before the server answered"},
		{"falls silent", func(p *peer) { p.greet(30, 30); p.untilGone() }, "no ping from the server"},
		{"greets oddly", func(p *peer) { p.send("hello"); p.untilGone() }, "the server does not speak Engine.IO 4"},
		{"greets with nonsense", func(p *peer) { p.send(`0{"sid":"","pingInterval":-1}`); p.untilGone() }, "the server does not speak Engine.IO 4"},
		{"accepts without a name", func(p *peer) { p.greet(25000, 20000); p.send("40[]"); p.untilGone() }, "not a Socket.IO packet"},
		{"sends away", func(p *peer) { p.greet(25000, 20000); p.send("41"); p.untilGone() }, "io server disconnect"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := to(serve(t, func(_ int, p *peer) { test.script(p) }))
			if test.message == noAnswer {
				cfg.Endpoint.Timeout = 200 * time.Millisecond
			}
			seen, err := watch(t, cfg, nothing)
			if got := refusedOnce(t, seen, false); got != test.message {
				t.Errorf("message %q, want %q", got, test.message)
			}
			var gone *UnreachableError
			if !errors.As(err, &gone) {
				t.Errorf("error %v, want UnreachableError", err)
			}
		})
	}
}

// How a period ends; the client is there again after each.
func TestPeriodEnds(t *testing.T) {
	tests := []struct {
		name, reason string
		script       func(*peer)
	}{
		{"close frame", ReasonTransportClose, func(p *peer) {
			_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1001, ""), time.Now().Add(time.Second))
			p.untilGone()
		}},
		{"no close frame", ReasonTransportClose, func(*peer) {}},
		{"CLOSE packet", ReasonTransportClose, func(p *peer) { p.send("1"); p.untilGone() }},
		{"reset", ReasonTransportError, func(p *peer) { _ = p.NetConn().(*net.TCPConn).SetLinger(0) }},
		{"DISCONNECT", ReasonServerDisconnect, func(p *peer) { p.send("41"); p.untilGone() }},
		{"CONNECT_ERROR", ReasonServerDisconnect, func(p *peer) { p.send(`44{"message":"x"}`); p.untilGone() }},
		{"no event", ReasonParseError, func(p *peer) { p.send(`42{"a":1}`); p.untilGone() }},
		{"no Socket.IO", ReasonParseError, func(p *peer) { p.send(`49`); p.untilGone() }},
		{"no Engine.IO", ReasonParseError, func(p *peer) { p.send(`x`); p.untilGone() }},
		{"nothing", ReasonParseError, func(p *peer) { p.send(``); p.untilGone() }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := serve(t, func(_ int, p *peer) {
				p.greet(25000, 20000)
				p.accept()
				p.send(`42["before",1]`)
				test.script(p)
			})
			var kinds []string
			_, err := watch(t, to(u), func(s Signal) error {
				kinds = append(kinds, strings.TrimSpace(lines([]Signal{s})))
				if len(kinds) == 5 {
					return errEnough
				}
				return nil
			})
			connect, before := "connect s1 websocket 1", "event before [1]"
			want := []string{connect, before, "disconnect " + test.reason, connect, before}
			if diff := cmp.Diff(want, kinds); diff != "" || err != errEnough {
				t.Error(err, diff)
			}
		})
	}
}

// A server that is there and sends no pings is left, whether or not it sends anything else. The
// first connection lets the client know the server, so that one that is slow to accept is tried
// again.
func TestSilenceEndsAPeriod(t *testing.T) {
	for name, script := range map[string]func(*peer){
		"silence": func(p *peer) { p.untilGone() },
		"events, yet no pings": func(p *peer) {
			for p.WriteMessage(websocket.TextMessage, []byte(`42["x"]`)) == nil {
				time.Sleep(5 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := serve(t, func(n int, p *peer) {
				if n == 1 {
					p.greet(25000, 20000)
					p.accept()
					return
				}
				p.greet(100, 100)
				p.accept()
				script(p)
			})
			var reasons []string
			_, err := watch(t, to(u), func(s Signal) error {
				if s.Kind != Disconnected {
					return nil
				}
				if reasons = append(reasons, s.Reason); len(reasons) == 2 {
					return errEnough
				}
				return nil
			})
			if diff := cmp.Diff([]string{ReasonTransportClose, ReasonPingTimeout}, reasons); diff != "" || err != errEnough {
				t.Error(err, diff)
			}
		})
	}
}

func TestEventsAreTakenAsTheyCome(t *testing.T) {
	big := `["big","` + strings.Repeat("x", 3*slabSize) + `"]`
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.connect()
		p.send(`42["early",0]`, `40{"sid":"s1"}`, `40{"sid":"again"}`)
		p.send(`42["a", 1.0 ,{"z":1,"a":9007199254740993}]`, `4217["asks",1]`, `42/other,["foreign"]`, `40/other,{"sid":"o"}`)
		p.send(`452-["binary",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
		_ = p.WriteMessage(websocket.BinaryMessage, []byte{1})
		p.send(`42["between"]`)
		_ = p.WriteMessage(websocket.BinaryMessage, []byte{2})
		p.send(`461-9[{"_placeholder":true,"num":0}]`)
		_ = p.WriteMessage(websocket.BinaryMessage, []byte{3})
		p.send(`430["an answer nobody asked for"]`, `6`, "42"+big, `42["é\u00e9"]`)
		p.untilGone()
	})
	seen, _ := watch(t, to(u), until(8))
	want := `connect s1 websocket 1
event early [0]
event a [ 1.0 ,{"z":1,"a":9007199254740993}]
event asks [1]
event binary [{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
event between []
event big ` + "[" + strings.TrimPrefix(big, `["big",`) + `
event éé []
`
	if diff := cmp.Diff(want, lines(seen)); diff != "" {
		t.Error(diff)
	}
	for i, s := range seen {
		if s.At.IsZero() || i > 0 && s.At.Before(seen[i-1].At) {
			t.Errorf("signal %d is stamped %v", i, s.At)
		}
	}
}

func TestPingsAreAnswered(t *testing.T) {
	answers := make(chan string, 3)
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		for range cap(answers) {
			p.send("2")
			_, text, _ := p.ReadMessage()
			answers <- string(text)
		}
		p.send(`42["done"]`)
		p.untilGone()
	})
	seen, err := watch(t, to(u), until(2))
	if err != errEnough || seen[1].Event != "done" {
		t.Fatalf("error %v, seen %s", err, lines(seen))
	}
	for range cap(answers) {
		if got := <-answers; got != "3" {
			t.Errorf("a ping was answered with %q", got)
		}
	}
}

// A handler that does not keep up slows the server; nothing is lost.
func TestSlowHandlerSlowsReading(t *testing.T) {
	const events, size = 400, 100 << 10 // 40 MB: more than the network's buffers hold
	var sent atomic.Int64
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		filler := strings.Repeat("x", size)
		for i := range events {
			p.send(fmt.Sprintf(`42["e",%d,"%s"]`, i, filler))
			sent.Add(1)
		}
		p.untilGone()
	})
	cfg := to(u)
	cfg.QueueBytes = 1 << 20
	n := 0
	_, err := watch(t, cfg, func(s Signal) error {
		switch {
		case s.Kind == Disconnected:
			t.Fatalf("disconnected: %s", s.Reason)
		case s.Kind != Event:
			return nil
		case !strings.HasPrefix(string(s.Args), fmt.Sprintf("[%d,", n)):
			t.Fatalf("event %d is %.20s", n, s.Args)
		case n == 0:
			waitUntilStuck(&sent)
			if got := sent.Load(); got == events {
				t.Errorf("the server could send all of %d events to a handler that took one", got)
			}
		}
		if n++; n == events {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		t.Errorf("error %v", err)
	}
}

// waitUntilStuck waits until a count has not grown for a while.
func waitUntilStuck(count *atomic.Int64) {
	for before := int64(-1); before != count.Load(); time.Sleep(200 * time.Millisecond) {
		before = count.Load()
	}
}

// The context ends while the reader waits for room: what it has read is handed over, and all
// goroutines go.
func TestContextEndsWithAFullQueue(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		flood(p.NetConn(), 200_000)
	})
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := to(u)
	cfg.QueueBytes = 64 << 10
	ctx, cancel := context.WithCancelCause(context.Background())
	c := New(cfg)
	handled := 0
	var last Signal
	err := c.Run(ctx, func(s Signal) error {
		last = s
		if s.Kind == Event {
			handled++
		}
		if handled == 100 && ctx.Err() == nil {
			for !full(c.queue) {
				time.Sleep(time.Millisecond)
			}
			cancel(errCause)
		}
		return nil
	})
	if err != errCause {
		t.Errorf("error %v, want the cause", err)
	}
	if last.Kind != Disconnected || last.Reason != ReasonClientDisconnect {
		t.Errorf("the last signal is %s, want the end of the period", lines([]Signal{last}))
	}
	if handled <= 100 || c.Lost() != 0 || c.Pending() != 0 {
		t.Errorf("%d handled, %d lost, %d pending; want what was queued handled too", handled, c.Lost(), c.Pending())
	}
}

// full reports whether a queue has more than it should: the next to put waits.
func full(q *queue) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes > q.limit
}

// The context ends in every phase of an attempt.
func TestContextEndsAnAttempt(t *testing.T) {
	silent := func(p *peer) { p.untilGone() }
	greets := func(p *peer) { p.greet(25000, 20000); p.untilGone() }
	for name, script := range map[string]func(*peer){"before the greeting": silent, "before consent": greets} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			u := serve(t, func(_ int, p *peer) {
				time.AfterFunc(20*time.Millisecond, func() { cancel(errCause) })
				script(p)
			})
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			err := New(to(u)).Run(ctx, func(s Signal) error {
				t.Errorf("signal %s", lines([]Signal{s}))
				return nil
			})
			if err != errCause {
				t.Errorf("error %v, want the cause", err)
			}
		})
	}
}
