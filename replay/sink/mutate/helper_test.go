package mutate

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

const (
	ownerToken       = "owner-token-1"
	contributorToken = "contributor-token-2"
	operatorToken    = "operator-token-0"
)

// carebase is a stand-in server with a plan, and a user 2 (c@x) who may be invited to it.
type carebase struct {
	t      *testing.T
	url    *url.URL
	listen *httptest.Server
	mu     sync.Mutex
	before func(w http.ResponseWriter, r *http.Request) bool
}

// first has fn see each request first, and say whether it has answered it; nil ends that.
func (c *carebase) first(fn func(w http.ResponseWriter, r *http.Request) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = fn
}

func (c *carebase) answers(w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	before := c.before
	c.mu.Unlock()
	return before != nil && before(w, r)
}

// serve starts a server with that plan, in the shape of /api/plan.
func serve(t *testing.T, plan string) *carebase {
	t.Helper()
	parsed, err := store.ParsePlan([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	owner := parsed.Recipient.UserID
	memory, err := store.NewMemory(store.Seed{
		Users: []store.User{{ID: owner, Email: "a@x"}, {ID: 2, Email: "c@x"}},
		Plans: []store.Plan{parsed},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{
		Store:         memory,
		Tokens:        map[string]int64{ownerToken: owner, contributorToken: 2},
		OperatorToken: operatorToken,
		Now:           func() time.Time { return time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &carebase{t: t}
	c.listen = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.answers(w, r) {
			s.Handler().ServeHTTP(w, r)
		}
	}))
	c.url, _ = url.Parse(c.listen.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), sinktest.Patience)
		defer cancel()
		_ = s.Close(ctx)
		c.kill()
	})
	return c
}

// countMutations counts the requests that change something.
func (c *carebase) countMutations(n *int) {
	c.first(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet {
			*n++
		}
		return false
	})
}

func (c *carebase) kill() {
	c.listen.CloseClientConnections()
	c.listen.Close()
}

func (c *carebase) endpoint(token string) *endpoint.Endpoint {
	static, err := endpoint.Static(token)
	if err != nil {
		c.t.Fatal(err)
	}
	return &endpoint.Endpoint{URL: c.url, Token: static, Header: http.Header{}, Timeout: sinktest.Patience}
}

// do sends a request that must succeed.
func (c *carebase) do(token, method, path, body string) string {
	c.t.Helper()
	return servertest.Do(c.t, c.listen.Client(), token, method, c.url.String()+path, body)
}

// plan is the target's plan as it is now.
func (c *carebase) plan() string { return c.do(ownerToken, "GET", "/api/plan", "") }

// dial makes a sink; its contributor is there where it is asked for.
func (c *carebase) dial(cfg Config, withContributor bool) *Sink {
	c.t.Helper()
	if cfg.Endpoint == nil {
		cfg.Endpoint = c.endpoint(ownerToken)
	}
	if withContributor {
		cfg.Contributor = c.endpoint(contributorToken)
	}
	s, err := Dial(c.t.Context(), cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = s.Close() })
	return s
}

// told gathers what became of records, in order, as text.
type told struct {
	ledger *sink.Ledger
	lines  []string
}

func newTold() *told { return &told{ledger: sink.NewLedger()} }

func (l *told) tell(o sink.Outcome) {
	l.ledger.Tell(o)
	if o.Fate == sink.Ignored {
		return
	}
	line := fmt.Sprintf("%d %s", o.N, o.Fate)
	if o.Err != nil {
		line += ": " + o.Err.Error()
	}
	l.lines = append(l.lines, line)
	for _, u := range o.Unfit {
		l.lines = append(l.lines, fmt.Sprintf("  %s: %s", u.What, u.Reason))
	}
}

// play sends records that must all be taken, and settles.
func (l *told) play(t *testing.T, s *Sink, records []session.Record) {
	t.Helper()
	for i := range records {
		if err := s.Send(t.Context(), &records[i]); err != nil {
			t.Fatalf("record %d: %v", records[i].N, err)
		}
		l.ledger.Taken(records[i].N)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatalf("settle: %v", err)
	}
	if a := l.ledger.Account(); a.OpenAt.Len() > 0 {
		t.Errorf("no outcome of %s", a.OpenAt.String())
	}
}

// planRecord is a record of /api/plan.
func planRecord(n int64, body string) session.Record {
	return session.Record{N: n, Kind: session.KindPlan, Status: 200, Body: []byte(body)}
}

// message is an event with deltas.
func message(n int64, deltas ...string) session.Record {
	return sinktest.Args(n, contract.Event, `[{"deltas":[`+strings.Join(deltas, ",")+`]}]`)
}

// planOfItems is a plan with these appointments, bills and collaborators beside the owner.
func planOfItems(appointments, bills string, collaborators ...string) string {
	owner := `{"id":1,"recipientId":1,"userId":1,"email":"a@x","role":"owner","status":"accepted","inviteToken":"","invitedBy":1,` +
		`"invitedAt":"2026-11-23T01:28:31.407Z","acceptedAt":"2026-11-23T01:28:31.407Z"}`
	return `{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},` +
		`"appointments":[` + appointments + `],"bills":[` + bills + `],"planVersion":0,"planUpdatedAt":"2026-11-23T00:52:59.939Z",` +
		`"collaborators":[` + strings.Join(append([]string{owner}, collaborators...), ",") + `]}`
}
