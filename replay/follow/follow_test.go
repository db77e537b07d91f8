package follow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// conn is a connection whose signals the test makes.
type conn struct{ signals chan socket.Signal }

func newConn() *conn { return &conn{signals: make(chan socket.Signal, 100)} }

func (c *conn) Run(ctx context.Context, handle func(socket.Signal) error) error {
	for {
		select {
		case s := <-c.signals:
			if err := handle(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (c *conn) Inject(note any) {
	c.signals <- socket.Signal{At: time.Now(), Kind: socket.Noted, Note: note}
}

func (c *conn) connect(n int) {
	c.signals <- socket.Signal{At: time.Now(), Kind: socket.Connected, SID: fmt.Sprint("s", n), Transport: "websocket", Attempt: 1}
}

func (c *conn) disconnect() {
	c.signals <- socket.Signal{At: time.Now(), Kind: socket.Disconnected, Reason: "transport close"}
}

func (c *conn) delta(text string) {
	c.signals <- socket.Signal{At: time.Now(), Kind: socket.Event, Event: "plan:item-delta", Args: []byte(`[{"deltas":[` + text + `]}]`)}
}

// plans answers from a script, after a while.
type plans struct {
	mu      sync.Mutex
	took    time.Duration
	answers []string // of plan; "" fails
	version string
	asked   int
	polled  int
}

func (p *plans) wait(ctx context.Context) error {
	select {
	case <-time.After(p.took):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *plans) Plan(ctx context.Context, _ int) (rest.Answer, error) {
	if err := p.wait(ctx); err != nil {
		return rest.Answer{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	answer := p.answers[min(p.asked, len(p.answers))-1]
	if answer == "" {
		return rest.Answer{Took: p.took}, errors.New("connection refused")
	}
	return rest.Answer{Status: 200, Took: p.took, Body: []byte(answer)}, nil
}

func (p *plans) Version(ctx context.Context) (rest.Answer, error) {
	if err := p.wait(ctx); err != nil {
		return rest.Answer{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.polled++
	return rest.Answer{Status: 200, Took: p.took, Body: []byte(`{"planVersion":` + p.version + `,"planUpdatedAt":null}`)}, nil
}

func planOf(version int, bills string) string {
	return fmt.Sprintf(`{"appointments":[],"bills":[%s],"planVersion":%d}`, bills, version)
}

const bulk = `{"itemType":"plan","entityId":0,"action":"updated","version":%d}`

// tell writes steps down in a line each: time, kind and what matters of it.
func tell(step *follow.Step) string {
	r := step.Record
	line := fmt.Sprintf("%.1f %s", r.T.Seconds(), r.Kind)
	switch r.Kind {
	case session.KindPlan, session.KindVersion:
		line += fmt.Sprintf(" %d", r.Status)
		if r.Error != "" {
			line += " " + r.Error
		}
	case session.KindMark:
		line += " " + r.Text
	}
	for _, c := range step.Changes {
		line += fmt.Sprintf(" %s/%s", c.Result, c.Reason)
	}
	return line
}

// follows runs follow in a bubble of synthetic time while script drives it, and returns the lines told.
func follows(t *testing.T, cfg follow.Config, script func(*conn)) []string {
	t.Helper()
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := newConn()
		cfg.Conn, cfg.Now, cfg.Started = c, time.Now, time.Now()
		if cfg.Clock != nil {
			wall := cfg.Clock.Wall
			cfg.Clock = follow.NewClock(cfg.Started)
			cfg.Clock.Wall = wall
		}
		ended := make(chan error)
		go func() {
			ended <- follow.Run(ctx, cfg, func(step *follow.Step) error {
				lines = append(lines, tell(step))
				return nil
			})
		}()
		script(c)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
	return lines
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestSocketAlone(t *testing.T) {
	check(t, follows(t, follow.Config{}, func(c *conn) {
		c.connect(1)
		time.Sleep(time.Second)
		c.delta(fmt.Sprintf(bulk, 1))
		c.Inject(follow.Mark{Text: "user pressed save"})
		c.disconnect()
		synctest.Wait()
	}), "0.0 connect", "1.0 event", "1.0 mark user pressed save", "1.0 disconnect")
}

func TestPlanOnConnectingAndWhenADeltaCallsForIt(t *testing.T) {
	p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(1, `{"id":1,"status":"todo"}`)}}
	check(t, follows(t, follow.Config{Plans: p, Cache: plancache.New(plancache.Contract)}, func(c *conn) {
		c.connect(1)
		time.Sleep(time.Second)
		c.delta(`{"itemType":"bill","entityId":1,"action":"updated","version":2,"data":{"bill":{"id":1,"status":"paid"}}}`)
		c.delta(fmt.Sprintf(bulk, 3))
		c.delta(fmt.Sprintf(bulk, 4)) // joins the refresh in flight
		time.Sleep(time.Second)
	}), "0.0 connect", "0.1 plan 200", "1.0 event replaced/", "1.0 event refresh/plan-delta", "1.0 event refresh/plan-delta", "1.1 plan 200",
		"1.8 plan 200") // the answers stay behind v4: asked again after 0.6 s, then after 1.2 s
}

func TestMobileTriesAFailedRefreshThreeTimes(t *testing.T) {
	p := &plans{took: 100 * time.Millisecond, answers: []string{""}}
	check(t, follows(t, follow.Config{Plans: p, Cache: plancache.New(plancache.Mobile)}, func(c *conn) {
		c.connect(1)
		time.Sleep(30 * time.Second)
	}), "0.0 connect", "0.1 plan 0 connection refused", "0.8 plan 0 connection refused", "2.1 plan 0 connection refused")
}

// The app takes an answer as it comes, whatever has called for another meanwhile, and the next call is not made to wait.
func TestMobileAsksAtOnceAfterAnAnswerThatCameTooEarly(t *testing.T) {
	p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(1, "")}}
	check(t, follows(t, follow.Config{Plans: p, Cache: plancache.New(plancache.Mobile)}, func(c *conn) {
		c.connect(1)
		time.Sleep(time.Second)
		c.delta(fmt.Sprintf(bulk, 2))
		c.delta(fmt.Sprintf(bulk, 3)) // joins the refresh in flight
		time.Sleep(200 * time.Millisecond)
		c.delta(fmt.Sprintf(bulk, 4))
		time.Sleep(time.Second)
	}), "0.0 connect", "0.1 plan 200", "1.0 event refresh/plan-delta", "1.0 event refresh/plan-delta", "1.1 plan 200",
		"1.2 event refresh/plan-delta", "1.3 plan 200")
}

// A server that answers slower than it is polled is not asked again meanwhile.
func TestOnePollAtATime(t *testing.T) {
	p := &plans{took: 20 * time.Second, version: "1"}
	check(t, follows(t, follow.Config{Plans: p, Poll: 15 * time.Second}, func(c *conn) {
		c.connect(1)
		time.Sleep(66 * time.Second)
	}), "0.0 connect", "35.0 version 200", "65.0 version 200")
}

func TestPolls(t *testing.T) {
	for _, c := range []struct {
		policy plancache.Policy
		want   []string
	}{
		{plancache.Contract, []string{"0.0 connect", "0.0 plan 200", "15.0 version 200", "20.0 disconnect", "30.0 version 200"}},
		{plancache.Mobile, []string{"0.0 connect", "0.0 plan 200", "20.0 disconnect", "35.0 version 200"}},
	} {
		p := &plans{answers: []string{planOf(1, "")}, version: "1"}
		got := follows(t, follow.Config{Plans: p, Cache: plancache.New(c.policy), Poll: 15 * time.Second}, func(c *conn) {
			c.connect(1)
			time.Sleep(20 * time.Second)
			c.disconnect()
			time.Sleep(16 * time.Second)
		})
		check(t, got, c.want...)
	}
}

func TestPollAheadOfTheCacheRefreshes(t *testing.T) {
	p := &plans{answers: []string{planOf(1, ""), planOf(9, "")}, version: "9"}
	check(t, follows(t, follow.Config{Plans: p, Cache: plancache.New(plancache.Contract), Poll: 15 * time.Second}, func(c *conn) {
		c.connect(1)
		time.Sleep(16 * time.Second)
	}), "0.0 connect", "0.0 plan 200", "15.0 version 200", "15.0 plan 200")
}

func TestEmitErrorEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, broken := newConn(), errors.New("disk full")
		c.connect(1)
		p := &plans{took: time.Hour, answers: []string{planOf(1, "")}}
		err := follow.Run(t.Context(), follow.Config{Conn: c, Now: time.Now, Started: time.Now(), Plans: p, Cache: plancache.New(plancache.Contract), Poll: time.Second},
			func(step *follow.Step) error {
				if step.Record.Kind == session.KindVersion {
					return broken
				}
				if step.Record.Kind == session.KindConnect {
					c.delta(fmt.Sprintf(bulk, 1))
					return nil
				}
				return broken
			})
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

func TestTimeNeverGoesBack(t *testing.T) {
	check(t, follows(t, follow.Config{}, func(c *conn) {
		time.Sleep(2 * time.Second)
		c.connect(1)
		c.signals <- socket.Signal{At: time.Now().Add(-time.Second), Kind: socket.Event, Event: "connection:ack", Args: []byte(`[{"ok":true}]`)}
		synctest.Wait()
	}), "2.0 connect", "2.0 event")
}

// While a machine is suspended its monotonic clock stands still: what comes afterwards has the time on the wall, and a mark says so.
func TestTimesAreRightAfterASuspend(t *testing.T) {
	var missed atomic.Int64
	var started time.Time
	clock := follow.NewClock(time.Time{})
	clock.Wall = func(at time.Time) time.Duration { return at.Sub(started) + time.Duration(missed.Load()) }
	check(t, follows(t, follow.Config{Clock: clock}, func(c *conn) {
		started = time.Now()
		c.connect(1)
		time.Sleep(time.Second)
		missed.Store(int64(999 * time.Millisecond)) // a clock that is set by the network is no suspend
		c.delta(fmt.Sprintf(bulk, 1))
		synctest.Wait()
		missed.Store(int64(2 * time.Hour))
		time.Sleep(time.Second)
		c.disconnect()
		synctest.Wait()
		missed.Store(int64(time.Hour)) // set back: times go on
		time.Sleep(time.Second)
		c.connect(2)
		synctest.Wait()
		missed.Store(int64(3 * time.Hour))
		time.Sleep(time.Second)
		c.delta(fmt.Sprintf(bulk, 2))
		synctest.Wait()
	}), "0.0 connect", "1.0 event",
		"7202.0 mark the clock jumped ahead by 2h0m0s: the machine was suspended, or its clock was set", "7202.0 disconnect",
		"7203.0 mark the machine's clock was set back by 1h0m0s: times go on as they did", "7203.0 connect",
		"10804.0 mark the clock jumped ahead by 2h0m0s: the machine was suspended, or its clock was set", "10804.0 event")
}
