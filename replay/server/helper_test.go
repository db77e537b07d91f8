package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/server/store"
)

// patience bounds every wait of these tests.
const patience = time.Minute

const (
	ownerToken       = "owner-token"
	contributorToken = "contributor-token"
	outsiderToken    = "outsider-token"
	secondToken      = "second-token"
	operatorToken    = "operator-token"
)

// clock is a clock that stands still until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func mustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// carebase is a server that listens, with four users: 1 owns a plan, 2 contributes to it, 3 has none, 4 owns another.
type carebase struct {
	t      testing.TB
	server *Server
	clock  *clock
	url    string
	http   *http.Client
}

func start(t testing.TB) *carebase {
	t.Helper()
	at := mustTime(t, "2026-11-23T00:52:59.939Z")
	owner := store.User{ID: 1, Email: "a@x"}
	second := store.User{ID: 4, Email: "d@x"}
	return startSeed(t, at, store.Seed{
		Users: []store.User{owner, {ID: 2, Email: "b@x"}, {ID: 3, Email: "c@x"}, second},
		Plans: []store.Plan{store.NewPlan(owner, 1, "Alex", at), store.NewPlan(second, 9, "Sam", at)},
	})
}

// startAlone is a server whose only plan is user 1's.
func startAlone(t testing.TB, with ...func(*Config)) *carebase {
	t.Helper()
	at := mustTime(t, "2026-11-23T00:52:59.939Z")
	owner := store.User{ID: 1, Email: "a@x"}
	return startSeed(t, at, store.Seed{Users: []store.User{owner}, Plans: []store.Plan{store.NewPlan(owner, 1, "Alex", at)}}, with...)
}

// collaborate makes user 2 an accepted contributor to the plan of user 1.
func (c *carebase) collaborate() {
	c.t.Helper()
	err := c.server.store.Update(context.Background(), 1, func(tx store.Tx) error {
		return tx.PutCollaborator(store.Collaborator{
			ID: 2, UserID: 2, Email: "b@x", Role: store.Contributor, Status: store.Accepted, InviteToken: "used",
			InvitedBy: 1, InvitedAt: c.clock.Now(), AcceptedAt: c.clock.Now(),
		})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// startSeed starts a server of a seed; with changes what it is made of.
func startSeed(t testing.TB, at time.Time, seed store.Seed, with ...func(*Config)) *carebase {
	t.Helper()
	memory, err := store.NewMemory(seed)
	if err != nil {
		t.Fatal(err)
	}
	c := &carebase{t: t, clock: &clock{at: at}}
	cfg := Config{
		Store: memory,
		Tokens: map[string]int64{
			ownerToken: 1, contributorToken: 2, outsiderToken: 3, secondToken: 4,
		},
		OperatorToken: operatorToken,
		Now:           c.clock.Now,
		Logf:          t.Logf,
	}
	for _, change := range with {
		change(&cfg)
	}
	c.server, err = New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(c.server.Handler())
	c.url, c.http = listening.URL, listening.Client()
	t.Cleanup(func() {
		c.close()
		listening.Close()
	})
	return c
}

// close closes the server, which may be closed already.
func (c *carebase) close() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.server.Close(ctx); err != nil {
		c.t.Errorf("close: %v", err)
	}
	if ctx.Err() != nil {
		c.t.Error("close took all the time that it was given")
	}
}

// try sends a request and returns the answer's status and body.
func (c *carebase) try(token, method, path, body string) (int, string) {
	c.t.Helper()
	answer := servertest.Ask(c.t, c.http, token, method, c.url+path, body)
	if got, want := answer.Header.Get("Content-Type"), "application/json; charset=utf-8"; got != want {
		c.t.Errorf("%s %s: Content-Type %q, want %q", method, path, got, want)
	}
	return answer.Status, answer.Text
}

// do sends a request that must succeed.
func (c *carebase) do(token, method, path, body string) string {
	c.t.Helper()
	status, text := c.try(token, method, path, body)
	if status != http.StatusOK && status != http.StatusCreated {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, status, text)
	}
	return text
}

// operate posts deltas as the operator.
func (c *carebase) operate(deltas string) string {
	c.t.Helper()
	return c.do(operatorToken, "POST", "/_deltatap/deltas", `{"user":1,"deltas":[`+deltas+`]}`)
}

// create puts a bill or an appointment on the plan, as the operator, since REST has no way to: the fields that are given, the
// others by default.
func (c *carebase) create(kind, fields string) {
	c.t.Helper()
	c.operate(`{"itemType":"` + kind + `","action":"created","data":{"` + kind + `":` + fields + `}}`)
}

// get reads a member of a JSON object.
func get(t testing.TB, object, name string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatalf("%v: %s", err, object)
	}
	return string(members[name])
}

// idsOf lists the ids of a list of items, in order.
func idsOf(t testing.TB, items string) string {
	t.Helper()
	var list []struct{ ID json.Number }
	if err := json.Unmarshal([]byte(items), &list); err != nil {
		t.Fatalf("%v: %s", err, items)
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID.String()
	}
	return strings.Join(ids, ",")
}

// line is one line of the official client.
type line struct {
	Event     string
	Message   string
	Reason    string
	Transport string
	Raw       string
	Args      json.RawMessage
	Outcomes  []string

	Equal       bool
	Differences json.RawMessage
	Outside     []string
	Messages    int
	Deltas      int
	Applied     int
	Refreshes   int
	PlanVersion int64
}

// follower is the official JavaScript client at work.
type follower struct {
	t      testing.TB
	lines  chan line
	stdin  io.WriteCloser
	cmd    *exec.Cmd
	killed bool
}

// follow starts the official client and waits until it is acknowledged.
func (c *carebase) follow(token string, args ...string) *follower {
	c.t.Helper()
	f := c.launch(token, args...)
	f.await("connection:ack")
	return f
}

// launch starts the official client.
func (c *carebase) launch(token string, args ...string) *follower {
	c.t.Helper()
	cmd := exec.Command("node", append([]string{"follow.mjs", c.url}, args...)...)
	cmd.Dir = nodetest.Need(c.t)
	cmd.Env = append(os.Environ(), "DELTATAP_TOKEN="+token)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	f := &follower{t: c.t, lines: make(chan line, 1<<16), stdin: stdin, cmd: cmd}
	read := make(chan struct{})
	go func() {
		defer close(read)
		f.read(stdout)
	}()
	c.t.Cleanup(func() {
		_ = stdin.Close()
		killer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		<-read
		err := cmd.Wait()
		if !killer.Stop() || err != nil && !f.killed {
			c.t.Errorf("follow.mjs: %v\n%s", err, stderr.Bytes())
		}
	})
	return f
}

func (f *follower) read(stdout io.Reader) {
	defer close(f.lines)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			f.t.Errorf("follow.mjs wrote %q: %v", lines.Bytes(), err)
			continue
		}
		f.lines <- l
	}
}

// await is the next line of an event; others before it are passed over, but messages.
func (f *follower) await(event string) line {
	f.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case l, ok := <-f.lines:
			switch {
			case !ok:
				f.t.Fatalf("follow.mjs ended before %q", event)
			case l.Event == event:
				return l
			case l.Event == "plan:item-delta" || l.Event == "error":
				f.t.Fatalf("while waiting for %q: %+v", event, l)
			}
		case <-timeout:
			f.t.Fatalf("no %q in %v", event, patience)
		}
	}
}

// kill ends the client's process without a goodbye.
func (f *follower) kill() {
	f.killed = true
	if err := f.cmd.Process.Kill(); err != nil {
		f.t.Error(err)
	}
}

// message is the next message, as the text of its deltas: the list inside the event's argument, as it was on the wire.
func (f *follower) message() string {
	f.t.Helper()
	return deltasOf(f.t, f.await("plan:item-delta"))
}

func deltasOf(t testing.TB, l line) string {
	t.Helper()
	const head, tail = `2["plan:item-delta",{"deltas":[`, `]}]`
	text, ok := strings.CutPrefix(l.Raw, head)
	if !ok || !strings.HasSuffix(text, tail) {
		t.Fatalf("the packet is %s", l.Raw)
	}
	return strings.TrimSuffix(text, tail)
}

// end makes the client compare what it holds with the server's plan.
func (f *follower) end() line {
	f.t.Helper()
	if _, err := io.WriteString(f.stdin, "end\n"); err != nil {
		f.t.Fatal(err)
	}
	return f.await("end")
}
