package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
		server := redistest.Start(t)
		open := func(t testing.TB, tell sink.Tell) sink.Sink {
			return dial(t, Config{URL: server.URL, Users: everybody, Tell: tell})
		}
		return clustertest.Joint{Flags: []string{"--redis", server.URL}, Open: open, Kill: server.Kill}
	})
}

// Two users' records go to two rooms, of a cluster that has a prefix of its own.
func TestEachUserGetsTheirOwn(t *testing.T) {
	server := redistest.Start(t)
	clients := clustertest.Start(t, "--redis", server.URL, "--prefix", "carebase").Connect(t)
	users := sink.Users{Of: map[int64]int64{1: sinktest.User, 2: sinktest.Another}}
	s := dial(t, Config{URL: server.URL, Users: users, Prefix: "carebase", Tell: func(sink.Outcome) {}})
	for n := int64(1); n <= 20; n++ {
		rec := sinktest.Args(n, "e", fmt.Sprintf("[%d]", n))
		rec.Raw = fmt.Appendf(nil, `{"n":%d,"user":%d}`, n, n%2+1)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
	}
	for first, user := range map[int]int64{2: sinktest.User, 1: sinktest.Another} {
		for i, got := range clients.ReceivedBy(user, 10) {
			if want := fmt.Sprintf("[%d]", first+2*i); got.Args != want {
				t.Errorf("event %d of user %d is %s, want %s", i, user, got.Args, want)
			}
		}
	}
}

func TestReachIsTheServersThatListen(t *testing.T) {
	server := redistest.Start(t)
	var outcomes []sink.Outcome
	send := func() {
		s := dial(t, Config{URL: server.URL, Users: everybody, Tell: func(o sink.Outcome) { outcomes = append(outcomes, o) }})
		rec := sinktest.Delta(1, 0)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil { // what was taken is answered for
			t.Fatal(err)
		}
	}
	send()
	clustertest.Start(t, "--redis", server.URL)
	send()
	for i, want := range []int{0, 2} {
		if o := outcomes[i]; o.Fate != sink.Acknowledged || o.Reach != want {
			t.Errorf("outcome %d: %v, reach %d, %v; want reach %d", i, o.Fate, o.Reach, o.Err, want)
		}
	}
}

func TestDialSaysWhyNot(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "redis.sock")
	server := redistest.Start(t, "--requirepass", "s3cret", "--unixsocket", socket)
	var lost *sink.LostError
	var refused *sink.RefusedError
	var unusable *cluster.ConfigError
	for name, tc := range map[string]struct {
		url  string
		want any
	}{
		"no password":       {server.URL, &refused},
		"a wrong password":  {"redis://:s3cret-not@" + server.Addr, &refused},
		"no such user":      {"redis://s3cret:s3cret@" + server.Addr, &refused},
		"no such database":  {"redis://:s3cret@" + server.Addr + "/999", &refused},
		"nobody there":      {"redis://:s3cret@127.0.0.1:1", &lost},
		"no such socket":    {"unix://:s3cret@/nowhere/redis.sock", &lost},
		"another scheme":    {"http://:s3cret@" + server.Addr, &unusable},
		"no URL":            {"redis://:s3cret@%zz", &unusable},
		"an unknown option": {"redis://:s3cret@" + server.Addr + "?x=s3cret", &unusable},
	} {
		s, err := Dial(t.Context(), Config{URL: tc.url, Users: everybody})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !errors.As(err, tc.want) {
			t.Errorf("%s: %v (%T), want %T", name, err, err, tc.want)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error names a secret: %v", name, err)
		}
	}
	dial(t, Config{URL: "redis://:s3cret@" + server.Addr + "/3"})
	dial(t, Config{URL: "unix://:s3cret@" + socket})
}

// A user who may not publish is told so, record by record.
func TestWhatIsNotAllowedFails(t *testing.T) {
	server := redistest.Start(t, "--user", "reader", "on", ">s3cret", "+ping")
	ledger := sink.NewLedger()
	s := dial(t, Config{URL: "redis://reader:s3cret@" + server.Addr, Users: everybody, Tell: ledger.Tell})
	for n := int64(1); n <= 3; n++ {
		rec := sinktest.Delta(n, 0)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		ledger.Taken(n)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := ledger.Account()
	if a.Failed != 3 || a.FirstFailure == nil || !strings.Contains(a.FirstFailure.Error(), "NOPERM") {
		t.Errorf("%d failed: %v", a.Failed, a.FirstFailure)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Dial(ctx, Config{URL: redistest.Start(t).URL}); !errors.Is(err, cause) {
		t.Errorf("dial: %v, want the context's cause", err)
	}
}

func TestAccountOfABrokenTarget(t *testing.T) {
	server := redistest.Start(t)
	conn := subscribeRaw(t, server.Addr)
	open := func(tell sink.Tell) sink.Sink { return dial(t, Config{URL: server.URL, Users: everybody, Tell: tell}) }
	clustertest.Broken(t, open, server.Kill, func() int {
		text, _ := io.ReadAll(conn) // until the server is gone
		return bytes.Count(text, []byte("pmessage"))
	})
}

func TestCloseOfASilentTarget(t *testing.T) {
	server := redistest.Start(t)
	ledger := sink.NewLedger()
	s := dial(t, Config{URL: server.URL, Users: everybody, Tell: ledger.Tell})
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	defer client.Close()
	if err := client.Do(t.Context(), "client", "pause", 60_000).Err(); err != nil {
		t.Fatal(err)
	}
	rec := sinktest.Delta(1, 0)
	if err := s.Send(t.Context(), &rec); err != nil {
		t.Fatal(err)
	}
	clustertest.CloseSilent(t, s, ledger)
}
