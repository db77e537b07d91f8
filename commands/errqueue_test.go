package commands

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a terminal that can be stopped: what is written to it waits until it goes on.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed: goes on
	text strings.Builder
	err  error
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

func (g *gate) goOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.open)
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	<-open
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	return g.text.Write(p)
}

func (g *gate) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// inQueue runs fn with a queue before a gate, and ends the queue.
func inQueue(t *testing.T, fn func(q *errQueue, g *gate)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		g := newGate()
		q := newErrQueue(g)
		fn(q, g)
		q.close(time.Hour)
		close(q.wake)
	})
}

func TestWhatIsSaidIsWrittenWhenItHasBeenSaid(t *testing.T) {
	inQueue(t, func(q *errQueue, g *gate) {
		for i := range 100 {
			_, _ = fmt.Fprintf(q, "line %d\n", i)
			if want := fmt.Sprintf("line %d\n", i); !strings.HasSuffix(g.String(), want) {
				t.Fatalf("after saying %q: %q", want, g.String())
			}
		}
	})
}

func TestAStoppedTerminalHoldsNobodyUp(t *testing.T) {
	inQueue(t, func(q *errQueue, g *gate) {
		g.stop()
		began := time.Now()
		const lines = 200_000
		for i := range lines {
			_, _ = fmt.Fprintf(q, "line %d of what nobody reads\n", i)
			q.keepLine(fmt.Sprint("state ", i))
		}
		if took := time.Since(began); took > 2*mostCredit {
			t.Errorf("saying it took %s", took)
		}
		if len(q.text) > mostUnsaid {
			t.Errorf("%d bytes wait", len(q.text))
		}
		_, _ = q.Write([]byte("the last word\n"))
		began = time.Now()
		q.close(lastWords)
		if took := time.Since(began); took != lastWords {
			t.Errorf("the end waited for %s", took)
		}
		g.goOn()
		synctest.Wait()
		text := g.String()
		if !strings.HasSuffix(text, "the last word\n") || strings.Contains(text, "state") {
			t.Errorf("in the end: %q", text[max(0, len(text)-200):])
		}
		var left, shown int
		for line := range strings.Lines(text) {
			if _, after, ok := strings.Cut(line, "standard error was not read: "); ok {
				_, _ = fmt.Sscanf(strings.ReplaceAll(after, ",", ""), "%d lines", &left)
				continue
			}
			shown++
		}
		if left == 0 || left+shown != lines+1 {
			t.Errorf("%d lines were left out, %d shown, of %d", left, shown, lines+1)
		}
	})
}

// A terminal that is slow, but takes everything, costs a twentieth of the time.
func TestASlowTerminalCostsATwentieth(t *testing.T) {
	inQueue(t, func(q *errQueue, g *gate) {
		g.stop()
		began := time.Now()
		for time.Since(began) < time.Minute {
			before := time.Now()
			_, _ = q.Write([]byte("x\n"))
			if waited := time.Since(before); waited > mostCredit {
				t.Fatalf("waited %s", waited)
			}
			time.Sleep(time.Millisecond)
		}
		if works := int(time.Minute / time.Millisecond); int(q.said)/2 < works*9/10 {
			t.Errorf("%d things were done in a minute, of %d", q.said/2, works)
		}
		g.goOn()
	})
}

func TestTheLineAtTheBottomIsTheLatest(t *testing.T) {
	inQueue(t, func(q *errQueue, g *gate) {
		app := &App{Err: q, ErrWidth: func() int { return 40 }}
		s := statusLine{app: app}
		s.put("12 records")
		synctest.Wait()
		_, _ = s.Write([]byte("connected\n"))
		g.stop()
		for i := range 1000 {
			s.put(fmt.Sprint("state ", i))
		}
		g.goOn()
		synctest.Wait()
		if got := screen(g.String()); len(got) != 2 || got[0] != "connected" || got[1] != "state 999" {
			t.Errorf("the screen shows %q", got)
		}
		if n := strings.Count(g.String(), "state"); n > 2 {
			t.Errorf("%d states were drawn", n)
		}
		s.remove()
		synctest.Wait()
		if got := screen(g.String()); got[1] != "" {
			t.Errorf("the line stays: %q", got)
		}
	})
}

func TestNobodyToReadIsNoError(t *testing.T) {
	inQueue(t, func(q *errQueue, g *gate) {
		g.err = errors.New("broken pipe")
		for range 3 {
			if n, err := q.Write([]byte("hello\n")); n != 6 || err != nil {
				t.Errorf("saying it gave %d, %v", n, err)
			}
			q.keepLine("state")
		}
	})
}
