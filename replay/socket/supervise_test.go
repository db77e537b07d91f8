package socket

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-cmp/cmp"
)

// Outcomes of attempts, as a script for the supervisor.
var (
	unauthorized = outcome{failure: &failure{transport: "websocket", message: "Unauthorized", auth: true}}
	unreachable  = outcome{failure: &failure{transport: "websocket", message: "connection refused", err: errors.New("dial")}}
	noToken      = outcome{failure: &failure{message: "env://TOKEN: not set", err: errLocal, local: true}}
	errLocal     = errors.New("token")
)

func held(d time.Duration) outcome {
	return outcome{period: &period{lasted: d, reason: ReasonTransportClose}}
}

// steps is a backoff that counts, and waits a second more each time.
type steps struct{ next, resets int }

func (s *steps) NextBackOff() time.Duration { s.next++; return time.Duration(s.next) * time.Second }
func (s *steps) Reset()                     { s.next = 0; s.resets++ }

// play runs a client over scripted attempts, in a bubble of fake time. After the script it goes on
// with held.
func play(t *testing.T, b backoff.BackOff, script ...outcome) (seen []Signal, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Backoff: func() backoff.BackOff { return b }})
		n := 0
		attempt := func(_ context.Context, attempt int) outcome {
			if n == len(script) {
				t.Fatalf("attempt %d after the end of the script", n+1)
			}
			o := script[n]
			n++
			if o.period != nil {
				c.queue.put([]Signal{{Kind: Connected, SID: "s", Transport: "websocket", Attempt: attempt}}, 0)
				time.Sleep(o.period.lasted)
			}
			return o
		}
		start := time.Now()
		err = c.run(context.Background(), attempt, func(s Signal) error {
			seen = append(seen, s)
			return nil
		})
		took = time.Since(start)
		if n != len(script) {
			t.Errorf("%d attempts, want %d", n, len(script))
		}
	})
	return seen, took, err
}

func TestFirstContactRefused(t *testing.T) {
	seen, _, err := play(t, &steps{}, unauthorized)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Message != "Unauthorized" {
		t.Errorf("error %v, want RefusedError Unauthorized", err)
	}
	if diff := cmp.Diff("refused websocket 1 true Unauthorized\n", lines(seen)); diff != "" {
		t.Error(diff)
	}
}

func TestFirstContactUnreachable(t *testing.T) {
	seen, _, err := play(t, &steps{}, unreachable)
	var gone *UnreachableError
	if !errors.As(err, &gone) || !errors.Is(err, unreachable.failure.err) {
		t.Errorf("error %v, want UnreachableError around the cause", err)
	}
	if diff := cmp.Diff("refused websocket 1 false connection refused\n", lines(seen)); diff != "" {
		t.Error(diff)
	}
}

func TestFirstContactWithoutToken(t *testing.T) {
	_, _, err := play(t, &steps{}, noToken)
	var refused *RefusedError
	var gone *UnreachableError
	if !errors.Is(err, errLocal) || errors.As(err, &refused) || errors.As(err, &gone) {
		t.Errorf("error %v, want the token's own", err)
	}
}

func TestThreeRefusalsInARowEndIt(t *testing.T) {
	minute := held(time.Minute)
	seen, _, err := play(t, &steps{}, minute, unauthorized, unauthorized, unreachable, noToken, unauthorized, unauthorized,
		minute, unauthorized, unauthorized, unauthorized)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want RefusedError", err)
	}
	want := `connect s websocket 1
disconnect transport close
refused websocket 1 true Unauthorized
refused websocket 2 true Unauthorized
refused websocket 3 false connection refused
refused  4 false env://TOKEN: not set
refused websocket 5 true Unauthorized
refused websocket 6 true Unauthorized
connect s websocket 7
disconnect transport close
refused websocket 1 true Unauthorized
refused websocket 2 true Unauthorized
refused websocket 3 true Unauthorized
`
	if diff := cmp.Diff(want, lines(seen)); diff != "" {
		t.Error(diff)
	}
}

func TestWaitsGrowUntilAConnectionHolds(t *testing.T) {
	b := &steps{}
	brief, long := held(time.Millisecond), held(DefaultStable)
	_, took, _ := play(t, b, long, brief, unreachable, brief, long, unauthorized, unauthorized, unauthorized)
	// 1 s after the first long one, 2, 3, 4 while nothing held, 1 after the second long one, 2 and
	// 3 of the refusals.
	want := (1+2+3+4)*time.Second + (1+2+3)*time.Second + 2*DefaultStable + 2*time.Millisecond
	if took != want {
		t.Errorf("it took %v, want %v", took, want)
	}
	if b.resets != 2 {
		t.Errorf("%d resets, want 2", b.resets)
	}
}

func TestBackoffMayGiveUp(t *testing.T) {
	_, _, err := play(t, &backoff.StopBackOff{}, held(time.Minute))
	var gone *UnreachableError
	if !errors.As(err, &gone) {
		t.Errorf("error %v, want UnreachableError", err)
	}
}

func TestDefaultBackoffHasJitterAndALimit(t *testing.T) {
	b := defaultBackoff()
	var first []time.Duration
	for range 20 {
		b.Reset()
		first = append(first, b.NextBackOff())
	}
	if low, high := slices.Min(first), slices.Max(first); low == high || low < 250*time.Millisecond || high > 750*time.Millisecond {
		t.Errorf("first waits from %v to %v, want them spread over 250ms to 750ms", low, high)
	}
	for range 20 {
		if d := b.NextBackOff(); d > 45*time.Second {
			t.Errorf("a wait of %v", d)
		}
	}
}

var errCause = errors.New("the user pressed Ctrl-C")

func TestContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		c := New(Config{Backoff: func() backoff.BackOff { return backoff.NewConstantBackOff(time.Hour) }})
		time.AfterFunc(time.Minute, func() { cancel(errCause) })
		start := time.Now()
		err := c.run(ctx, func(context.Context, int) outcome { return held(0) }, func(Signal) error { return nil })
		if err != errCause || time.Since(start) != time.Minute {
			t.Errorf("error %v after %v, want the cause after a minute", err, time.Since(start))
		}
	})
}

// What arrived before the end is handed over, and the open period is reported closed behind it.
func TestContextEndsAPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		c := New(Config{})
		attempt := func(ctx context.Context, n int) outcome {
			c.queue.put([]Signal{{Kind: Connected, Attempt: n}, {Kind: Event}, {Kind: Event}, {Kind: Event}}, 0)
			<-ctx.Done()
			c.queue.put([]Signal{{Kind: Event}, {Kind: Event}}, 0)
			return outcome{period: &period{reason: ReasonClientDisconnect}}
		}
		var seen []Signal
		err := c.run(ctx, attempt, func(s Signal) error {
			if seen = append(seen, s); len(seen) == 2 {
				if c.Pending() != 2 {
					t.Errorf("Pending is %d, want 2", c.Pending())
				}
				cancel(errCause)
				synctest.Wait()
			}
			return nil
		})
		if err != errCause {
			t.Errorf("error %v, want the cause", err)
		}
		if diff := cmp.Diff("connect   1\n"+strings.Repeat("event  \n", 5)+"disconnect io client disconnect\n", lines(seen)); diff != "" {
			t.Error(diff)
		}
		if c.Lost() != 0 || c.Pending() != 0 {
			t.Errorf("Lost %d, Pending %d, want none", c.Lost(), c.Pending())
		}
	})
}

// Periods that are queued when the context ends are handed over whole, each with its own reason.
func TestContextEndsWhileMoreIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		c := New(Config{Backoff: func() backoff.BackOff { return &backoff.ZeroBackOff{} }})
		attempts := 0
		attempt := func(ctx context.Context, n int) outcome {
			c.queue.put([]Signal{{Kind: Connected, Attempt: n}, {Kind: Event}}, 0)
			if attempts++; attempts == 1 {
				return outcome{period: &period{reason: ReasonPingTimeout}}
			}
			<-ctx.Done()
			return outcome{period: &period{reason: ReasonClientDisconnect}}
		}
		var seen []Signal
		_ = c.run(ctx, attempt, func(s Signal) error {
			seen = append(seen, s)
			if len(seen) == 1 {
				synctest.Wait() // both periods are queued by now
				cancel()
				synctest.Wait()
			}
			return nil
		})
		want := "connect   1\nevent  \ndisconnect ping timeout\nconnect   1\nevent  \ndisconnect io client disconnect\n"
		if diff := cmp.Diff(want, lines(seen)); diff != "" {
			t.Error(diff)
		}
		if c.Lost() != 0 {
			t.Errorf("Lost %d, want 0", c.Lost())
		}
	})
}

func TestHandlerErrs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		attempt := func(ctx context.Context, n int) outcome {
			c.queue.put([]Signal{{Kind: Connected, Attempt: n}, {Kind: Event}, {Kind: Event}}, 0)
			<-ctx.Done()
			return outcome{period: &period{reason: ReasonClientDisconnect}}
		}
		var seen []Signal
		err := c.run(context.Background(), attempt, func(s Signal) error {
			if seen = append(seen, s); len(seen) == 2 {
				return errEnough
			}
			return nil
		})
		if err != errEnough || len(seen) != 2 || c.Lost() != 1 {
			t.Errorf("error %v after %d signals, %d lost; want errEnough after 2, 1 lost", err, len(seen), c.Lost())
		}
	})
}

// Notes come in their place, and wait for no room.
func TestInject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{QueueBytes: 1})
		c.Inject("before")
		attempt := func(ctx context.Context, n int) outcome {
			c.queue.put([]Signal{{Kind: Connected, Attempt: n}, {Kind: Event}}, 0)
			c.Inject("first")
			c.Inject("second")
			<-ctx.Done()
			return outcome{period: &period{reason: ReasonClientDisconnect}}
		}
		var notes []any
		err := c.run(context.Background(), attempt, func(s Signal) error {
			notes = append(notes, s.Note)
			if s.Note == "second" {
				return errEnough
			}
			return nil
		})
		if diff := cmp.Diff([]any{"before", nil, nil, "first", "second"}, notes); diff != "" || err != errEnough {
			t.Error(err, diff)
		}
		c.Inject("after")
		if c.Pending() != 0 || c.Lost() != 0 {
			t.Errorf("Pending %d, Lost %d after the end", c.Pending(), c.Lost())
		}
	})
}

// Connections that end abruptly leave no goroutine behind, however many there were: watch sees to
// that.
func TestManyShortConnectionsLeaveNothing(t *testing.T) {
	const connections = 200
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
	})
	ended := 0
	_, err := watch(t, to(u), func(s Signal) error {
		if s.Kind == Disconnected {
			ended++
		}
		if ended == connections {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		t.Error(err)
	}
}
