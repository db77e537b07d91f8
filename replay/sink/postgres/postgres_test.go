//go:build unix

package postgres

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

var everybody = sink.Users{Default: sinktest.User, All: true}

func dial(t testing.TB, cfg Config) *Sink {
	t.Helper()
	s, err := Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSuite(t *testing.T) {
	clustertest.Suite(t, func(t testing.TB) clustertest.Joint {
		server := pgtest.Own(t)
		open := func(t testing.TB, tell sink.Tell) sink.Sink {
			return dial(t, Config{URL: server.URL, Users: everybody, Tell: tell})
		}
		return clustertest.Joint{Flags: []string{"--postgres", server.URL}, Open: open, Kill: server.Kill}
	})
}

// Nothing overtakes a message that takes the long way; the cluster has names of its own.
func TestOrderAroundLargeMessages(t *testing.T) {
	url := pgtest.Empty(t)
	clients := clustertest.Start(t, "--postgres", url, "--prefix", "Care base", "--table", `"Large ones"`).Connect(t)
	ledger := sink.NewLedger()
	s := dial(t, Config{URL: url, Users: everybody, Prefix: "Care base", Table: `"Large ones"`, Tell: ledger.Tell})
	var want []sinktest.Event
	for n := int64(1); n <= 60; n++ {
		size := 0
		if n%3 == 1 {
			size = []int{8_000, 1_000_000, 100_000}[n/3%3]
		}
		rec := sinktest.Delta(n, size)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		ledger.Taken(n)
		want = append(want, sinktest.Event{Name: rec.Event, Args: string(rec.Args)})
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := clients.Received(len(want))
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("event %d is %.100s, want %.100s", i, got[i].Args, want[i].Args)
		}
	}
	if a := ledger.Account(); a.Acknowledged != 60 || len(a.Unfit) > 0 {
		t.Errorf("%d acknowledged, %v", a.Acknowledged, a.Unfit)
	}
}

// Where no server says that it had a large message, the record says so.
func TestOrderIsNotSure(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Exec(t, url, table)
	ledger := sink.NewLedger()
	s := dial(t, Config{URL: url, Users: everybody, Tell: ledger.Tell})
	for n := int64(1); n <= 3; n++ {
		rec := sinktest.Delta(n, mostPayload)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := ledger.Account(); a.Acknowledged != 3 || len(a.Unfit) != 1 || a.Unfit[0].Count != 3 || a.Unfit[0].Reason != unsureOrder.Reason {
		t.Errorf("%d acknowledged, unfit: %v", a.Acknowledged, a.Unfit)
	}
}

// Without the table only what needs it fails, and says what it lacks.
func TestTableIsMissing(t *testing.T) {
	var outcomes []sink.Outcome
	s := dial(t, Config{URL: pgtest.Empty(t), Users: everybody, Tell: func(o sink.Outcome) { outcomes = append(outcomes, o) }})
	for n, size := range []int{0, 8000, 0} {
		rec := sinktest.Delta(int64(n+1), size)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []sink.Fate{sink.Acknowledged, sink.Failed, sink.Acknowledged} {
		if o := outcomes[i]; o.N != int64(i+1) || o.Fate != want {
			t.Errorf("record %d: %v, want %v", o.N, o.Fate, want)
		}
	}
	if err := outcomes[1].Err; err == nil || !strings.Contains(err.Error(), "there is no table socket_io_attachments") {
		t.Errorf("it failed: %v", err)
	}
}

func TestDialSaysWhyNot(t *testing.T) {
	right := pgtest.Empty(t)
	with := func(change func(*url.URL)) string {
		u, err := url.Parse(right)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("postgres", "pgtest")
		change(u)
		return u.String()
	}
	var lost *sink.LostError
	var refused *sink.RefusedError
	var unusable *cluster.ConfigError
	for name, tc := range map[string]struct {
		cfg  Config
		want any
	}{
		"a wrong password": {Config{URL: with(func(u *url.URL) { u.User = url.UserPassword("postgres", "s3cret") })}, &refused},
		"no such user":     {Config{URL: with(func(u *url.URL) { u.User = url.UserPassword("nobody", "s3cret") })}, &refused},
		"no such database": {Config{URL: with(func(u *url.URL) { u.Path = "/nowhere" })}, &refused},
		"nobody there":     {Config{URL: "postgres://postgres:s3cret@127.0.0.1:1/x?sslmode=disable"}, &lost},
		"no URL":           {Config{URL: "postgres://postgres:s3cret@127.0.0.1:port/"}, &unusable},
		"no table":         {Config{URL: right, Table: "x; drop table users"}, &unusable},
		"a long prefix":    {Config{URL: right, Prefix: strings.Repeat("x", 62)}, &unusable},
	} {
		s, err := Dial(t.Context(), tc.cfg)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !errors.As(err, tc.want) {
			t.Errorf("%s: %v (%T), want %T", name, err, err, tc.want)
		} else if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "pgtest") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error names a secret, or has two lines: %v", name, err)
		}
	}
}

// The library tries with TLS and without, and tells of both.
func TestDialTellsWhyNotOnce(t *testing.T) {
	_, err := Dial(t.Context(), Config{URL: "postgres://postgres:s3cret@127.0.0.1:1/x"})
	if want := "postgres://127.0.0.1:1/x: connect: connection refused"; err == nil || err.Error() != want {
		t.Errorf("dial: %v, want %s", err, want)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Dial(ctx, Config{URL: pgtest.Empty(t)}); !errors.Is(err, cause) {
		t.Errorf("dial: %v, want the context's cause", err)
	}
}

func TestAccountOfABrokenTarget(t *testing.T) {
	server := pgtest.Own(t)
	l := listen(t, server.URL)
	arrived := make(chan int)
	go func() {
		n := 0
		for {
			if _, err := l.conn.WaitForNotification(t.Context()); err != nil { // the server is gone
				arrived <- n
				return
			}
			n++
		}
	}()
	open := func(tell sink.Tell) sink.Sink { return dial(t, Config{URL: server.URL, Users: everybody, Tell: tell}) }
	clustertest.Broken(t, open, server.Kill, func() int { return <-arrived })
}

func TestCloseOfASilentTarget(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Exec(t, url, table)
	ledger := sink.NewLedger()
	s := dial(t, Config{URL: url, Users: everybody, Tell: ledger.Tell})
	l := listen(t, url)
	for _, statement := range []string{"begin", "lock table socket_io_attachments"} {
		if _, err := l.conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rec := sinktest.Delta(1, mostPayload)
	if err := s.Send(t.Context(), &rec); err != nil {
		t.Fatal(err)
	}
	clustertest.CloseSilent(t, s, ledger)
}
