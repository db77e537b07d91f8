package standin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// patience bounds every wait of these tests.
const patience = time.Minute

// started is when the sessions of these tests begin.
var started = time.Date(2026, 11, 23, 1, 28, 31, 365e6, time.UTC)

// stand is a stand-in that listens, with a sink that plays into it.
type stand struct {
	t      testing.TB
	server *server.Server
	sink   *Sink
	ledger *sink.Ledger
	url    string
	http   *http.Client
	n      int64
}

// token is the bearer token of a user of these tests.
func token(user int64) string { return "token-" + string(rune('0'+user)) }

// open makes a stand-in whose users have these plans, each the JSON of /api/plan, "" for a user without one.
func open(t testing.TB, plans map[int64]string, change func(*Config)) *stand {
	t.Helper()
	var seed store.Seed
	tokens := map[string]int64{}
	for user, text := range plans {
		seed.Users = append(seed.Users, store.User{ID: user})
		tokens[token(user)] = user
		if text == "" {
			continue
		}
		plan, err := store.ParsePlan([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		plan.Recipient.UserID = user
		seed.Plans = append(seed.Plans, plan)
	}
	memory, err := store.NewMemory(seed)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{t: t, ledger: sink.NewLedger()}
	s.server, err = server.New(server.Config{Store: memory, Tokens: tokens, Now: func() time.Time { return started }, Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(s.server.Handler())
	s.url, s.http = listening.URL, listening.Client()
	cfg := Config{Server: s.server, Store: memory, Target: "serve://test", Tell: s.ledger.Tell, Started: started}
	if change != nil {
		change(&cfg)
	}
	s.sink = New(cfg)
	t.Cleanup(func() {
		if err := s.sink.Close(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.server.Close(ctx); err != nil {
			t.Error(err)
		}
		listening.Close()
	})
	return s
}

// play follows a record and sends it, as a replay without faults does.
func (s *stand) play(rec *session.Record) {
	s.t.Helper()
	s.follow(rec)
	s.send(rec)
}

func (s *stand) follow(rec *session.Record) {
	s.t.Helper()
	if err := s.sink.Follow(rec); err != nil {
		s.t.Fatalf("record %d: %v", rec.N, err)
	}
}

func (s *stand) send(rec *session.Record) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.sink.Send(ctx, rec); err != nil {
		s.t.Fatalf("record %d: %v", rec.N, err)
	}
	s.ledger.Taken(rec.N)
}

// next gives a record its number and time.
func (s *stand) next(rec session.Record) *session.Record {
	s.n++
	rec.N, rec.T = s.n, time.Duration(s.n)*time.Second
	return &rec
}

// deltas is an event record with these deltas.
func (s *stand) deltas(deltas ...string) *session.Record {
	return s.next(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(`[{"deltas":[` + strings.Join(deltas, ",") + `]}]`)})
}

// get reads over REST.
func (s *stand) get(user int64, path string) string {
	s.t.Helper()
	status, text := s.try(user, "GET", path, "")
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, status, text)
	}
	return text
}

func (s *stand) try(user int64, method, path, body string) (int, string) {
	s.t.Helper()
	answer := servertest.Ask(s.t, s.http, token(user), method, s.url+path, body)
	return answer.Status, answer.Text
}

// expect checks /api/plan/version.
func (s *stand) expect(user int64, version string) {
	s.t.Helper()
	if got := s.get(user, "/api/plan/version"); !strings.HasPrefix(got, `{"planVersion":`+version+`,`) {
		s.t.Errorf("the version is %s, want %s", got, version)
	}
}

// listener is official clients that tell what they get, each by its name.
type listener struct {
	*nodetest.Process
	events map[string][]sinktest.Event
}

// listen starts an official client for each user, called by the user's token, and waits until all are connected.
func (s *stand) listen(transport string, users ...int64) *listener {
	s.t.Helper()
	flags := []string{"--transport", transport, "--delay", "20"}
	for _, user := range users {
		flags = append(flags, "--client", token(user)+" "+s.url+" "+token(user))
	}
	l := &listener{Process: nodetest.Start(s.t, "listen.mjs", flags...), events: map[string][]sinktest.Event{}}
	for range users {
		if got := l.take(); got.Name != sink.Greeting {
			s.t.Fatalf("the first event is %q", got.Name)
		}
	}
	l.events = map[string][]sinktest.Event{}
	return l
}

// take takes the next event that any client got.
func (l *listener) take() sinktest.Event {
	line := l.Await("event")
	event := sinktest.Event{Name: line.Text("event"), Args: argsOf(line.Text("raw"))}
	client := line.Text("client")
	l.events[client] = append(l.events[client], event)
	return event
}

// received waits until a user's client has n events, and returns those that it has.
func (l *listener) received(user int64, n int) []sinktest.Event {
	for len(l.events[token(user)]) < n {
		l.take()
	}
	return l.events[token(user)]
}

// argsOf is the array of arguments in the packet of an event: 2["name",…].
func argsOf(packet string) string {
	end := 3
	for packet[end] != '"' {
		if packet[end] == '\\' {
			end++
		}
		end++
	}
	return "[" + strings.TrimPrefix(packet[end+1:], ",")
}

// empty is a plan of nothing.
const empty = `{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},` +
	`"appointments":[],"bills":[],"planVersion":0,"planUpdatedAt":null,"collaborators":[]}`

// second is another plan of nothing.
var second = strings.Replace(empty, `"id":1`, `"id":2`, 1)
