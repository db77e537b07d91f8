package standin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// state waits until a client's connection is in a state.
func (l *listener) state(want string) (reason string) {
	for {
		if line := l.Await("state"); line.Text("state") == want {
			return line.Text("reason")
		}
	}
}

// TestRecordedAckIsNotSaidAgain: the server's own is the one that clients see, once a connection.
func TestRecordedAckIsNotSaidAgain(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, toFirst)
	l := s.listen("websocket", 1)
	s.play(s.next(session.Record{Kind: session.KindEvent, Event: sink.Greeting, Args: []byte(`[{"ok":true}]`)}))
	s.play(s.next(session.Record{Kind: session.KindEvent, Event: "plan:update", Args: []byte(`[]`)}))
	if got := l.take(); got.Name != "plan:update" {
		t.Errorf("the client got %q", got.Name)
	}
	if a := s.ledger.Account(); a.Acknowledged != 1 || a.Sent != 1 {
		t.Errorf("%+v", a)
	}
}

func toFirst(cfg *Config) { cfg.Users = sink.Users{Default: 1} }

// TestOfflineIsOffline: a client that the recording disconnects is away until the recording connects, and is there for
// what comes behind.
func TestOfflineIsOffline(t *testing.T) {
	for reason, seen := range map[string]string{
		"transport close": "transport close", "ping timeout": "transport close", "io server disconnect": "io server disconnect",
	} {
		t.Run(reason, func(t *testing.T) {
			s := open(t, map[int64]string{1: empty}, toFirst)
			l := s.listen("websocket", 1)
			s.play(s.next(session.Record{Kind: session.KindEvent, Event: "before", Args: []byte(`[]`)}))
			s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: reason}))
			if got := l.state("disconnect"); got != seen {
				t.Errorf("reason %q, want %q", got, seen)
			}
			if seen == "io server disconnect" {
				l.Tell("reconnect") // an official client that was sent away does not try by itself
			}
			l.state("connect_error")
			s.play(s.next(session.Record{Kind: session.KindEvent, Event: "lost", Args: []byte(`[]`)}))
			s.expect(1, "0") // REST is there
			s.play(s.next(session.Record{Kind: session.KindConnect, SID: "b", Transport: "websocket", Attempt: 3}))
			s.play(s.next(session.Record{Kind: session.KindEvent, Event: "behind", Args: []byte(`[]`)}))
			for _, want := range []string{"before", sink.Greeting, "behind"} {
				if got := l.take().Name; got != want {
					t.Errorf("event %q, want %q", got, want)
				}
			}
			// Before, disconnect, connect and behind were heard; what was lost was not.
			if a := s.ledger.Account(); a.Acknowledged != 5 || a.Unheard != 1 || a.Failed+a.Unsure != 0 {
				t.Errorf("%+v", a)
			}
		})
	}
}

// TestClientsGoodbyeIsItsOwn: a server cannot play it.
func TestClientsGoodbyeIsItsOwn(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, toFirst)
	s.listen("websocket", 1)
	s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: "io client disconnect"}))
	if got := s.server.Clients(); got != 1 {
		t.Errorf("%d clients are left", got)
	}
}

// TestEveryWayBackIn: the end of the session, the end of the sink, and a connection with nobody to wait for.
func TestEveryWayBackIn(t *testing.T) {
	for name, open1 := range map[string]func(s *stand){
		"connect": func(s *stand) { s.play(s.next(session.Record{Kind: session.KindConnect})) },
		"end":     func(s *stand) { s.play(s.next(session.Record{Kind: session.KindEnd})) },
		"close":   func(s *stand) { _ = s.sink.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, map[int64]string{1: empty}, toFirst)
			s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: "transport close"}))
			if _, err := s.http.Get(s.url + "/socket.io/?EIO=4&transport=polling"); err == nil {
				t.Error("a handshake is answered while the session is offline")
			}
			began := time.Now()
			open1(s)
			if took := time.Since(began); took >= DefaultReturn {
				t.Errorf("it waited %v for nobody", took)
			}
			s.listen("websocket", 1)
		})
	}
}

// TestReturnIsBounded: clients that do not come back do not stop a replay.
func TestReturnIsBounded(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, func(cfg *Config) { toFirst(cfg); cfg.Return = 50 * time.Millisecond })
	l := s.listen("websocket", 1)
	s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: "io server disconnect"}))
	l.state("disconnect")
	s.play(s.next(session.Record{Kind: session.KindConnect}))
	if a := s.ledger.Account(); a.Acknowledged != 2 || a.Unheard != 1 {
		t.Errorf("%+v", a)
	}
	s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})) // of nobody
	if a := s.ledger.Account(); a.Acknowledged != 2 {
		t.Errorf("%+v", a)
	}
}

// TestReturnEndsWithItsContext: nor does waiting for them keep a replay that is to end.
func TestReturnEndsWithItsContext(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, toFirst)
	l := s.listen("websocket", 1)
	s.play(s.next(session.Record{Kind: session.KindDisconnect, Reason: "io server disconnect"}))
	l.state("disconnect")
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(enough) })
	if err := s.sink.Send(ctx, s.next(session.Record{Kind: session.KindConnect})); !errors.Is(err, enough) {
		t.Error(err)
	}
}

// TestUsersHaveTheirOwnConnections: what one user's record says is said to that user's clients.
func TestUsersHaveTheirOwnConnections(t *testing.T) {
	s := open(t, map[int64]string{1: empty, 2: second}, func(cfg *Config) { cfg.Users = sink.Users{Of: map[int64]int64{11: 1, 12: 2}} })
	l := s.listen("websocket", 1, 2)
	of := func(user, text string) *session.Record {
		s.n++
		line := strings.Replace(text, `{`, `{"n":`+string(rune('0'+s.n))+`,"t":0,"user":`+user+`,`, 1)
		rec := new(session.Record)
		if err := session.ParseRecord([]byte(line), rec); err != nil {
			t.Fatal(err)
		}
		return rec
	}
	s.play(of("11", `{"kind":"disconnect","reason":"transport close"}`))
	l.state("disconnect")
	s.play(of("11", `{"kind":"event","event":"first","args":[]}`))
	s.play(of("12", `{"kind":"event","event":"second","args":[]}`))
	s.play(of("11", `{"kind":"connect","sid":"b"}`))
	s.play(of("11", `{"kind":"event","event":"third","args":[]}`))
	s.play(of("13", `{"kind":"event","event":"nobody's","args":[]}`))
	s.play(of("13", `{"kind":"disconnect","reason":"transport close"}`))
	for user, want := range map[int64]string{1: sink.Greeting + " third", 2: "second"} {
		var names []string
		for _, e := range l.received(user, strings.Count(want, " ")+1) {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("user %d got %q, want %q", user, got, want)
		}
	}
	var unknown *sink.UnknownUserError
	if a := s.ledger.Account(); a.Failed != 1 || a.FailedAt.First() != 6 || !errors.As(a.FirstFailure, &unknown) {
		t.Errorf("%+v", a)
	}
}

// TestArgumentsThatAreNone cannot be emitted, and are told of.
func TestArgumentsThatAreNone(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, toFirst)
	s.play(s.next(session.Record{Kind: session.KindEvent, Event: "odd", Args: []byte(`"text"`)}))
	if a := s.ledger.Account(); a.Inexpressible != 1 || a.UnfitAt.First() != 1 || a.Unfit[0].Sample[0] != "odd" {
		t.Errorf("%+v", a)
	}
}

// TestSendWaitsForSlowClients, and ends with its context; what it did not take is not told of.
func TestSendWaitsForSlowClients(t *testing.T) {
	s := open(t, map[int64]string{1: empty}, toFirst)
	conn := dial(t, s.url) // which nobody reads
	defer conn.Close()
	text := []byte(`["` + strings.Repeat("x", 1<<20) + `"]`)
	slow := errors.New("slow")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, slow)
	defer cancel()
	var err error
	for s.n < 200 && err == nil {
		if err = s.sink.Send(ctx, s.next(session.Record{Kind: session.KindEvent, Event: "n", Args: text})); err == nil {
			s.ledger.Taken(s.n)
		}
	}
	if !errors.Is(err, slow) {
		t.Fatalf("%d MiB were sent to a client that does not read: %v", s.n, err)
	}
	if err := s.sink.Settle(ctx); !errors.Is(err, slow) {
		t.Errorf("settle: %v", err)
	}
	if a := s.ledger.Account(); a.Acknowledged != s.n-1 || a.Last != s.n-1 || a.Resume() != s.n {
		t.Errorf("%+v after %d", a, s.n)
	}
}
