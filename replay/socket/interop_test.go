package socket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/endpoint"
)

// ledger sums events as server.mjs does; the server's own greeting is none.
type ledger struct {
	count int
	sum   hash.Hash
}

func newLedger() *ledger { return &ledger{sum: sha256.New()} }

func (l *ledger) add(s Signal) {
	if s.Kind == Event && s.Event != "connection:ack" {
		l.count++
		l.sum.Write(s.Args)
		l.sum.Write([]byte{'\n'})
	}
}

// compare compares with what the server says it has sent.
func (l *ledger) compare(t *testing.T, server *nodetest.Server) {
	t.Helper()
	server.Tell("sum")
	sent := server.Await("sha256")
	if l.count != int(sent.Number("count")) || hex.EncodeToString(l.sum.Sum(nil)) != sent.Text("sha256") {
		t.Errorf("%d events came, %v were sent, and their sums differ", l.count, sent.Number("count"))
	}
}

// toServer is a configuration for an official server.
func toServer(t *testing.T, server *nodetest.Server, transport endpoint.Transport) Config {
	t.Helper()
	cfg := to(parse(t, server.URL))
	cfg.Endpoint.Transport = transport
	return cfg
}

// Everything that the server sends while the client is there comes, byte for byte and in order,
// through two restarts.
func TestInteropOrderAndBytesThroughRestarts(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		total := 100_000
		if transport == endpoint.Polling || testing.Short() {
			total = 30_000
		}
		server := nodetest.StartServer(t, "--sum")
		portions := []int{total / 3, total / 3, total - 2*(total/3)}
		due, book := 0, newLedger()
		var reasons []string
		_, err := watch(t, toServer(t, server, transport), func(s Signal) error {
			book.add(s)
			switch {
			case s.Kind == Disconnected:
				reasons = append(reasons, s.Reason)
			case s.Event == "connection:ack":
				due += portions[len(reasons)]
				server.Tell("emit " + strconv.Itoa(portions[len(reasons)]))
			case s.Kind != Event || book.count < due:
			case book.count == total:
				return errEnough
			default:
				server.Tell("restart 20")
			}
			return nil
		})
		if err != errEnough {
			t.Fatalf("error %v", err)
		}
		book.compare(t, server)
		if transport == endpoint.Polling { // a request that is cut off, or a closed session: either is seen
			for i := range reasons {
				reasons[i] = strings.Replace(reasons[i], ReasonTransportError, ReasonTransportClose, 1)
			}
		}
		if diff := cmp.Diff([]string{ReasonTransportClose, ReasonTransportClose}, reasons); diff != "" {
			t.Error(diff)
		}
	})
}

func TestInteropUnauthorized(t *testing.T) {
	server := nodetest.StartServer(t, "--token", "right")
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		cfg := toServer(t, server, transport)
		cfg.Endpoint.Token, _ = endpoint.Static("wrong")
		seen, err := watch(t, cfg, nothing)
		if got := refusedOnce(t, seen, true); got != "Unauthorized" {
			t.Errorf("message %q", got)
		}
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Message != "Unauthorized" {
			t.Errorf("error %v, want RefusedError", err)
		}
	})
}

func TestInteropTokenInHeader(t *testing.T) {
	server := nodetest.StartServer(t, "--token", "right")
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		cfg := toServer(t, server, transport)
		cfg.Endpoint.Header = map[string][]string{"Authorization": {"Bearer right"}}
		if seen, err := watch(t, cfg, until(2)); err != errEnough || seen[1].Event != "connection:ack" {
			t.Errorf("error %v, seen %s", err, lines(seen))
		}
	})
}

// The token expires while connected: the next attempt carries a new one. When there is none that
// the server takes, three refusals are enough.
func TestInteropTokenExpires(t *testing.T) {
	server := nodetest.StartServer(t, "--token", "token-1")
	cfg := toServer(t, server, endpoint.WebSocket)
	cfg.Endpoint.Token = new(counted)
	periods := 0
	seen, err := watch(t, cfg, func(s Signal) error {
		if s.Event == "connection:ack" {
			if periods++; periods == 1 {
				server.Tell("token token-3") // token-2 comes too early
			} else {
				server.Tell("token none")
			}
			server.Tell("drop")
		}
		return nil
	})
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want RefusedError", err)
	}
	for i := range seen {
		seen[i].SID = "s"
	}
	want := `connect s websocket 1
event connection:ack [{"ok":true}]
disconnect transport close
refused websocket 1 true Unauthorized
connect s websocket 2
event connection:ack [{"ok":true}]
disconnect transport close
refused websocket 1 true Unauthorized
refused websocket 2 true Unauthorized
refused websocket 3 true Unauthorized
`
	if diff := cmp.Diff(want, lines(seen)); diff != "" {
		t.Error(diff)
	}
}

// endings runs a client that does something to the connection at its first greeting, and returns
// why the first period ended, once it has been greeted again.
func endings(t *testing.T, cfg Config, end func()) string {
	t.Helper()
	greetings, reason := 0, ""
	_, err := watch(t, cfg, func(s Signal) error {
		switch {
		case s.Kind == Disconnected:
			reason = s.Reason
		case s.Event == "connection:ack":
			if greetings++; greetings == 2 {
				return errEnough
			}
			end()
		}
		return nil
	})
	if err != errEnough {
		t.Errorf("error %v", err)
	}
	return reason
}

func TestInteropServerEndsThePeriod(t *testing.T) {
	server := nodetest.StartServer(t, "--ping-interval", "200", "--ping-timeout", "200")
	tests := []struct{ command, reason string }{
		{"disconnect", ReasonServerDisconnect},
		{"drop", ReasonTransportClose},
		{"stop-pings", ReasonPingTimeout},
		{"raw 2{}", ReasonParseError},
	}
	for _, test := range tests {
		t.Run(test.command, func(t *testing.T) {
			transports(t, func(t *testing.T, transport endpoint.Transport) {
				cfg := toServer(t, server, transport)
				if got := endings(t, cfg, func() { server.Tell(test.command) }); got != test.reason {
					t.Errorf("the period ended with %q, want %q", got, test.reason)
				}
			})
		})
	}
}

// Many pings long, a connection holds.
func TestInteropPings(t *testing.T) {
	server := nodetest.StartServer(t, "--ping-interval", "50", "--ping-timeout", "1000")
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		seen, err := watch(t, toServer(t, server, transport), func(s Signal) error {
			switch {
			case s.Event == "connection:ack":
				time.AfterFunc(500*time.Millisecond, func() { server.Tell(`send done`) })
			case s.Event == "done":
				return errEnough
			}
			return nil
		})
		if err != errEnough || len(seen) != 3 {
			t.Errorf("error %v, seen %s", err, lines(seen))
		}
	})
}

func TestInteropOddEvents(t *testing.T) {
	server := nodetest.StartServer(t)
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		seen, err := watch(t, toServer(t, server, transport), func(s Signal) error {
			switch s.Event {
			case "connection:ack":
				server.Tell(`send plan:update`)
				server.Tell(`ask asks [1]`)
				server.Tell(`send é"\ [{"z":"\u2028é😀","a":[]},null,"x"]`)
				server.Tell(`raw 2["spaced" , { "a" : 1.0 } ]`)
			case "spaced":
				return errEnough
			}
			return nil
		})
		want := `event connection:ack [{"ok":true}]
event plan:update []
event asks [1]
event é"\ [{"z":"` + "\u2028" + `é😀","a":[]},null,"x"]
event spaced [ { "a" : 1.0 } ]
`
		if diff := cmp.Diff(want, lines(seen[1:])); diff != "" || err != errEnough {
			t.Error(err, diff)
		}
	})
}

// The context ends in the middle of a stream: the server is told, nothing is left behind.
func TestInteropContextEndsMidStream(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		server := nodetest.StartServer(t, "--generate", "20000")
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		ctx, cancel := context.WithCancel(context.Background())
		events := 0
		var last Signal
		err := New(toServer(t, server, transport)).Run(ctx, func(s Signal) error {
			last = s
			if events++; events == 1000 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || last.Reason != ReasonClientDisconnect {
			t.Errorf("error %v, last %s", err, lines([]Signal{last}))
		}
		if got := server.Await("disconnected").Text("reason"); got != "client namespace disconnect" {
			t.Errorf("the server saw %q", got)
		}
	})
}
