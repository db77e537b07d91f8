package emit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

const token = "hunter2hunter2"

// recorder is an official server that records what it gets.
type recorder struct {
	*nodetest.Process
	t   *testing.T
	url *url.URL
	got []sinktest.Event
}

func record(t *testing.T, flags ...string) *recorder {
	t.Helper()
	p := nodetest.Start(t, "recorder.mjs", append([]string{"--token", token}, flags...)...)
	u, err := url.Parse(p.Await("url").Text("url"))
	if err != nil {
		t.Fatal(err)
	}
	return &recorder{Process: p, t: t, url: u}
}

// received waits for n events; their arguments are cut out of the packets' texts, as they came.
func (r *recorder) received(n int) []sinktest.Event {
	r.t.Helper()
	for len(r.got) < n {
		line := r.Await("event")
		raw := strings.TrimLeft(line.Text("raw"), "0123456789")
		args, ok := strings.CutPrefix(raw, "["+string(line["event"]))
		if !ok {
			r.t.Fatalf("the packet of %s is %.100s", line["event"], raw)
		}
		r.got = append(r.got, sinktest.Event{Name: line.Text("event"), Args: "[" + strings.TrimPrefix(args, ",")})
	}
	return r.got
}

func (r *recorder) endpoint(transport endpoint.Transport) *endpoint.Endpoint {
	static, _ := endpoint.Static(token)
	return &endpoint.Endpoint{URL: r.url, Transport: transport, Token: static, Timeout: sinktest.Patience}
}

// dial makes a sink to a recorder.
func (r *recorder) dial(cfg Config) *Sink {
	r.t.Helper()
	if cfg.Endpoint == nil {
		cfg.Endpoint = r.endpoint(endpoint.WebSocket)
	}
	s, err := Dial(context.Background(), cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = s.Close() })
	return s
}

var transports = []endpoint.Transport{endpoint.WebSocket, endpoint.Polling}

func TestSuite(t *testing.T) {
	for _, transport := range transports {
		for _, window := range []int{1, 0} {
			t.Run(fmt.Sprintf("%s, window %d", transport, window), func(t *testing.T) {
				t.Parallel()
				sinktest.Run(t, func(t *testing.T, tell sink.Tell) *sinktest.Target {
					r := record(t, "--limit", "10000000")
					return &sinktest.Target{
						Sink:     r.dial(Config{Endpoint: r.endpoint(transport), Window: window, Tell: tell}),
						Received: r.received,
						Kill:     r.kill,
						Exact:    true,
					}
				})
			})
		}
	}
}

// kill takes the server away, and waits until it is gone.
func (r *recorder) kill() {
	r.CloseInput()
	r.Await("ended")
}

// send sends events, and returns the account of them once they are settled, with the error of Settle.
func send(t *testing.T, s *Sink, ledger *sink.Ledger, events int64) (sink.Account, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), sinktest.Patience)
	defer cancel()
	for n := int64(1); n <= events; n++ {
		rec := sinktest.Delta(n, 0)
		if err := s.Send(ctx, &rec); err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
		ledger.Taken(n)
	}
	err := s.Settle(ctx)
	return ledger.Account(), err
}

func TestServerThatRejects(t *testing.T) {
	r := record(t, "--answer", "reject")
	ledger := sink.NewLedger()
	a, err := send(t, r.dial(Config{Tell: ledger.Tell}), ledger, 20)
	if a.Failed != 20 || a.FailedAt.String() != "1-20" || err != nil {
		t.Errorf("%d failed: %s, %v", a.Failed, a.FailedAt.String(), err)
	}
	// The server's text holds the token and a colour of the terminal.
	if got, want := a.FirstFailure.Error(), "rejected by the server: no 1[31m [redacted]"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	for _, transport := range transports {
		r := record(t, "--answer", "never")
		ledger := sink.NewLedger()
		s := r.dial(Config{Endpoint: r.endpoint(transport), AckTimeout: 50 * time.Millisecond, Window: 4, Tell: ledger.Tell})
		a, err := send(t, s, ledger, 10)
		var silent *NoAnswerError
		if a.Unsure != 10 || a.UnsureAt.String() != "1-10" || !errors.As(err, &silent) || !errors.As(a.FirstFailure, &silent) {
			t.Errorf("%d unsure: %s, %v; settle: %v", a.Unsure, a.UnsureAt.String(), a.FirstFailure, err)
		}
		if got := len(r.received(10)); got != 10 {
			t.Errorf("the server got %d events", got)
		}
	}
}

func TestServerThatAnswersSome(t *testing.T) {
	t.Parallel()
	r := record(t, "--answer", "half")
	ledger := sink.NewLedger()
	a, _ := send(t, r.dial(Config{AckTimeout: 5 * time.Second, Tell: ledger.Tell}), ledger, 6)
	if a.Acknowledged != 3 || a.UnsureAt.String() != "2, 4, 6" || a.Resume() != 2 {
		t.Errorf("%d acknowledged, unsure: %s, resume at %d", a.Acknowledged, a.UnsureAt.String(), a.Resume())
	}
}

// Answers in another order are answers, and one that comes after its time counts no more.
func TestAnswersOutOfOrderAndLate(t *testing.T) {
	r := record(t, "--answer", "late")
	ledger := sink.NewLedger()
	s := r.dial(Config{Tell: ledger.Tell})
	a, err := send(t, s, ledger, 40)
	if a.Acknowledged != 40 || err != nil {
		t.Errorf("%d acknowledged, %v", a.Acknowledged, err)
	}
	ledger = sink.NewLedger()
	s = r.dial(Config{AckTimeout: 20 * time.Millisecond, Window: 1, Tell: ledger.Tell})
	a, _ = send(t, s, ledger, 10) // the tenth is answered in time, and so, too late, are all others
	rest, _ := send(t, s, ledger, 1)
	if a.Unsure < 9 || a.Acknowledged+a.Unsure != 10 || rest.Unsure+rest.Acknowledged != 11 {
		t.Errorf("%d acknowledged, %d unsure; then %d and %d", a.Acknowledged, a.Unsure, rest.Acknowledged, rest.Unsure)
	}
}

// A connection that ends leaves what is unanswered unsure, and the sink takes no more.
func TestConnectionThatEnds(t *testing.T) {
	for _, command := range []string{"drop", "disconnect"} {
		for _, transport := range transports {
			r := record(t, "--answer", "never")
			ledger := sink.NewLedger()
			s := r.dial(Config{Endpoint: r.endpoint(transport), Tell: ledger.Tell})
			for n := int64(1); n <= 5; n++ {
				rec := sinktest.Delta(n, 0)
				if err := s.Send(t.Context(), &rec); err != nil {
					t.Fatal(err)
				}
				ledger.Taken(n)
			}
			r.received(5)
			r.Tell(command)
			var lost *sink.LostError
			if err := s.Settle(t.Context()); !errors.As(err, &lost) || strings.Contains(err.Error(), token) {
				t.Errorf("%s, %s: settle: %v", command, transport, err)
			}
			rec := sinktest.Delta(6, 0)
			if err := s.Send(t.Context(), &rec); !errors.As(err, &lost) {
				t.Errorf("%s, %s: send: %v", command, transport, err)
			}
			if a := ledger.Account(); a.UnsureAt.String() != "1-5" || a.Resume() != 1 || a.Sent != 5 {
				t.Errorf("%s, %s: unsure %s of %d, resume at %d", command, transport, a.UnsureAt.String(), a.Sent, a.Resume())
			}
		}
	}
}

// What is closed with events unanswered tells so, once.
func TestCloseWithoutAnswers(t *testing.T) {
	r := record(t, "--answer", "never")
	ledger := sink.NewLedger()
	s := r.dial(Config{Tell: ledger.Tell})
	rec := sinktest.Delta(1, 0)
	if err := s.Send(t.Context(), &rec); err != nil {
		t.Fatal(err)
	}
	ledger.Taken(1)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if a := ledger.Account(); a.Unsure != 1 || !errors.Is(a.FirstFailure, sink.ErrNoAnswer) {
		t.Errorf("%d unsure: %v", a.Unsure, a.FirstFailure)
	}
}

// A window that is full makes Send wait, and no longer than its context.
func TestFullWindow(t *testing.T) {
	r := record(t, "--answer", "never")
	s := r.dial(Config{Window: 2, Tell: func(sink.Outcome) {}})
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var err error
	n := int64(1)
	for ; err == nil && n < 10; n++ {
		if n == 3 {
			time.AfterFunc(100*time.Millisecond, func() { cancel(enough) })
		}
		rec := sinktest.Delta(n, 0)
		err = s.Send(ctx, &rec)
	}
	if err != enough || n != 4 {
		t.Errorf("record %d: %v, want the third to wait", n-1, err)
	}
}

// What no client can emit is not sent, and the connection goes on.
func TestEventsThatAreNone(t *testing.T) {
	r := record(t, "--limit", "5000")
	ledger := sink.NewLedger()
	s := r.dial(Config{Tell: ledger.Tell})
	for i, rec := range []session.Record{
		sinktest.Args(1, "disconnect", `[]`),
		sinktest.Args(2, "x", `[1,]`),
		sinktest.Args(3, "x", `{"deltas":[]}`),
		sinktest.Delta(4, 6000),
		sinktest.Delta(5, 7000),
		sinktest.Delta(6, 0),
	} {
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		ledger.Taken(int64(i + 1))
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := ledger.Account()
	if a.Inexpressible != 5 || a.Acknowledged != 1 || a.UnfitAt.String() != "1-5" {
		t.Errorf("%d inexpressible: %s", a.Inexpressible, a.UnfitAt.String())
	}
	var reasons []string
	for _, u := range a.Unfit {
		reasons = append(reasons, u.Sample[0]+": "+u.Reason)
	}
	want := []string{
		`event "disconnect": a client cannot emit it: Socket.IO keeps that name for itself`,
		`event "x": its arguments are no JSON, at which a server closes the connection`,
		`event "x": a client cannot emit it: its arguments are no JSON array`,
		`event "plan:item-delta": a client cannot emit it: the server takes packets of 5000 bytes at most`, // of any size, so that they add up
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
}

func TestDialRefused(t *testing.T) {
	r := record(t)
	e := r.endpoint(endpoint.WebSocket)
	e.Token, _ = endpoint.Static("wrong")
	_, err := Dial(t.Context(), Config{Endpoint: e, Tell: func(sink.Outcome) {}})
	var refused *sink.RefusedError
	if !errors.As(err, &refused) || err.Error() != r.url.String()+": refused: Unauthorized" {
		t.Errorf("error %v", err)
	}
}

func TestDialNobody(t *testing.T) {
	r := record(t)
	r.kill()
	_, err := Dial(t.Context(), Config{Endpoint: r.endpoint(endpoint.WebSocket), Tell: func(sink.Outcome) {}})
	var lost *sink.LostError
	if !errors.As(err, &lost) || lost.Target != r.url.String() {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := Dial(ctx, Config{Endpoint: r.endpoint(endpoint.WebSocket), Tell: func(sink.Outcome) {}}); err != cause && !errors.As(err, &lost) {
		t.Errorf("error %v", err)
	}
}

func TestRejection(t *testing.T) {
	for args, want := range map[string]string{
		`[]`: "", `[null]`: "", `["error"]`: "", `[{"ok":true}]`: "", `[{"error":null,"ok":true}]`: "", `[{"error":false}]`: "", `[{`: "",
		`[{"error":"no"}]`: "no: no", `[{"error":{"code":1,"message":"bad"}}]`: "no: bad", `[{"ok":false}]`: "no: ", `[{"message":"late","success":false}]`: "no: late",
		`[{"error":"first","message":"second"}]`: "no: first", `[{"error":7}]`: "no: ", `[1,{"error":"x"}]`: "",
	} {
		got := ""
		if rejected, message := rejection([]byte(args)); rejected {
			got = "no: " + message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
