package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/server/servertest"
)

// pauses are waits that a test ends.
type pauses struct {
	begun chan time.Duration
	end   chan struct{}
}

func newPauses() *pauses {
	return &pauses{begun: make(chan time.Duration, 10), end: make(chan struct{})}
}

func (p *pauses) wait(ctx context.Context, d time.Duration) {
	p.begun <- d
	select {
	case <-p.end:
	case <-ctx.Done():
	}
}

// await is the next wait that begins.
func (p *pauses) await(t *testing.T) time.Duration {
	t.Helper()
	select {
	case d := <-p.begun:
		return d
	case <-time.After(patience):
		t.Fatal("nobody waits")
		return 0
	}
}

// patch sends a patch of bill 1's amount, and returns how to get the answer.
func (c *carebase) patch(ctx context.Context, amount int) (answer func() string) {
	done := make(chan string, 1)
	go func() {
		r, _ := http.NewRequestWithContext(ctx, "PATCH", c.url+"/api/bills/1", strings.NewReader(`{"amount":`+strconv.Itoa(amount)+`}`))
		r.Header.Set("Authorization", "Bearer "+ownerToken)
		answer, err := c.http.Do(r)
		if err != nil {
			done <- err.Error()
			return
		}
		_ = answer.Body.Close()
		done <- answer.Status
	}()
	return func() string { return <-done }
}

// amountAndVersion is what the plan shows of bill 1, and its version.
func (c *carebase) amountAndVersion() string {
	c.t.Helper()
	plan := c.do(ownerToken, "GET", "/api/plan", "")
	_, rest, _ := strings.Cut(get(c.t, plan, "bills"), `"amount":`)
	amount, _, _ := strings.Cut(rest, ",")
	return amount + " at " + get(c.t, plan, "planVersion")
}

// TestRowsComeBeforeTheirVersion: for a while the plan holds a change under the old version, and
// nobody is told of it.
func TestRowsComeBeforeTheirVersion(t *testing.T) {
	t.Parallel()
	p := newPauses()
	var s seen
	c := startAlone(t, func(cfg *Config) { cfg.RowsFirst, cfg.Wait, cfg.Observer = 300*time.Millisecond, p.wait, &s })
	p.end = make(chan struct{}, 10)
	p.end <- struct{}{}
	c.create("bill", `{"amount":12.5}`)
	p.await(t)
	f := c.follow(ownerToken)
	s.take()
	answer := c.patch(t.Context(), 7)
	if d := p.await(t); d != 300*time.Millisecond {
		t.Errorf("it waits for %v", d)
	}
	if got, want := c.amountAndVersion(), "7 at 1"; got != want {
		t.Errorf("meanwhile the plan has %s, want %s", got, want)
	}
	if got, want := c.do(ownerToken, "GET", "/api/plan/version", ""), `{"planVersion":1,`; !strings.HasPrefix(got, want) {
		t.Errorf("meanwhile the version is %s, want %s…", got, want)
	}
	if told, _ := s.take(); len(told) > 0 {
		t.Errorf("meanwhile was told %v", told)
	}
	p.end <- struct{}{}
	if got := answer(); got != "200 OK" {
		t.Errorf("answer %s", got)
	}
	if got, want := c.amountAndVersion(), "7 at 2"; got != want {
		t.Errorf("then the plan has %s, want %s", got, want)
	}
	if got := f.message(); versionsOf(got) != "2" || !strings.Contains(got, `"amount":7,`) {
		t.Errorf("emitted %s", got)
	}
}

// TestWhatIsWrittenIsBumped, though who asked for it is gone.
func TestWhatIsWrittenIsBumped(t *testing.T) {
	p := newPauses()
	c := startAlone(t, func(cfg *Config) { cfg.RowsFirst, cfg.Wait = time.Hour, p.wait })
	go c.create("bill", `{}`)
	p.await(t)
	p.end <- struct{}{}
	eventually(t, "the bill is there", func() bool { return c.amountAndVersion() == "null at 1" })
	ctx, cancel := context.WithCancel(t.Context())
	answer := c.patch(ctx, 7)
	p.await(t)
	cancel()
	if got := answer(); !strings.Contains(got, "canceled") {
		t.Errorf("answer %s", got)
	}
	if got, want := c.amountAndVersion(), "7 at 1"; got != want {
		t.Errorf("the plan has %s, want %s", got, want)
	}
	close(p.end)
	eventually(t, "the version is bumped", func() bool { return c.amountAndVersion() == "7 at 2" })
}

// TestARefusalDoesNotWait, nor does a mutation that changes nothing.
func TestARefusalDoesNotWait(t *testing.T) {
	c := startAlone(t, func(cfg *Config) {
		cfg.RowsFirst, cfg.Wait = time.Hour, func(context.Context, time.Duration) { t.Error("it waits") }
	})
	if status, text := c.try(ownerToken, "PATCH", "/api/bills/1", `{"amount":1}`); status != 404 {
		t.Errorf("%d %s", status, text)
	}
	c.do(ownerToken, "POST", "/api/collaborators", `{"email":"a@x"}`) // is the owner
	if got, want := c.do(ownerToken, "GET", "/api/plan/version", ""), `{"planVersion":0,`; !strings.HasPrefix(got, want) {
		t.Errorf("version %s, want %s…", got, want)
	}
}

// TestVersionsInTheOppositeOrder: the delta of the higher version carries what the lower one
// overwrote.
func TestVersionsInTheOppositeOrder(t *testing.T) {
	t.Parallel()
	p := newPauses()
	c := startAlone(t, func(cfg *Config) { cfg.SwapOrder, cfg.Wait = true, p.wait })
	go func() { p.end <- struct{}{} }()
	c.create("bill", `{"amount":12.5}`)
	p.await(t)
	f := c.follow(ownerToken)
	first := c.patch(t.Context(), 1)
	if d := p.await(t); d != swapPause {
		t.Errorf("it waits for %v, want %v", d, swapPause)
	}
	second := c.patch(t.Context(), 2) // ends the wait of the first
	for _, got := range []string{second(), first()} {
		if got != "200 OK" {
			t.Errorf("answer %s", got)
		}
	}
	var got []string
	for len(got) < 2 {
		for _, text := range strings.SplitAfter(f.message(), "},{") {
			amount, _, _ := strings.Cut(strings.SplitN(text, `"amount":`, 2)[1], ",")
			got = append(got, fmt.Sprintf("v%s %s", versionsOf(strings.TrimSuffix(text, ",{")), amount))
		}
	}
	if strings.Join(got, ", ") != "v2 2, v3 1" {
		t.Errorf("emitted %v, want the second's change as version 2, and the first's as version 3", got)
	}
	if got, want := c.amountAndVersion(), "2 at 3"; got != want {
		t.Errorf("the plan has %s, want %s", got, want)
	}
	if end := f.end(); end.Equal || !strings.Contains(string(end.Differences), `"bill:1"`) {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
}

// TestManyInHalves mutates from many goroutines: every version is told once, and the last row is
// the plan's.
func TestManyInHalves(t *testing.T) {
	t.Parallel()
	for _, swap := range []bool{false, true} {
		const workers, each = 6, 10
		c := startAlone(t, func(cfg *Config) { cfg.RowsFirst, cfg.SwapOrder = time.Millisecond, swap })
		c.create("bill", `{"amount":12.5}`)
		f := c.follow(ownerToken)
		var work sync.WaitGroup
		for range workers {
			work.Go(func() {
				for n := range each {
					servertest.Ask(t, c.http, ownerToken, "PATCH", c.url+"/api/bills/1", `{"amount":`+strconv.Itoa(n)+`}`)
				}
			})
		}
		work.Wait()
		const last = 1 + workers*each
		if got, want := c.do(ownerToken, "GET", "/api/plan/version", ""), fmt.Sprintf(`{"planVersion":%d,`, last); !strings.HasPrefix(got, want) {
			t.Errorf("swap %v: version %s, want %s…", swap, got, want)
		}
		highest := int64(1)
		for highest < last {
			for _, version := range decodeVersions(t, f.await("plan:item-delta")) {
				if version <= highest {
					t.Fatalf("swap %v: version %d after %d", swap, version, highest)
				}
				highest = version
			}
		}
	}
}
