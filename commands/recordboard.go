package commands

import (
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
)

// board shows on standard error how a recording is getting on. It is safe for concurrent use.
type board struct {
	statusLine
	theme *theme.Theme
	rate  meter

	noting sync.Mutex
	state  render.RecordingState
}

const (
	boardEvery       = 200 * time.Millisecond
	boardEveryNoTerm = 30 * time.Second
)

func newBoard(app *App, t *theme.Theme) *board {
	return &board{statusLine: statusLine{app: app}, theme: t}
}

// note changes what the line tells.
func (b *board) note(change func(*render.RecordingState)) {
	b.noting.Lock()
	defer b.noting.Unlock()
	change(&b.state)
}

// every keeps the line up to date with safe, which makes durable what there is and tells how much
// that is. Nothing is shown that came later than that, so that what was shown survives a kill. The
// returned function ends that and takes the line away.
func (b *board) every(safe func() render.RecordingState) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(boardEvery)
		defer ticker.Stop()
		for shown := time.Duration(0); ; {
			select {
			case <-ticker.C:
				noted := b.noted()
				state := safe()
				if b.app.ErrWidth() > 0 || state.Elapsed-shown >= boardEveryNoTerm {
					shown = state.Elapsed
					state.Deltas, state.Version, state.Connected = noted.Deltas, noted.Version, noted.Connected
					b.show(state)
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		b.remove()
	}
}

func (b *board) noted() render.RecordingState {
	b.noting.Lock()
	defer b.noting.Unlock()
	return b.state
}

func (b *board) show(s render.RecordingState) {
	if b.app.Quiet {
		return
	}
	s.PerSecond = b.rate.per(s.Deltas, s.Elapsed)
	b.put(render.Recording(s, b.theme.Marks.Apart))
}

// meter measures a rate over the last few seconds.
type meter struct {
	at    [16]time.Duration
	count [16]int64
	next  int
}

// per takes the count at a moment and returns how many there were a second since the oldest
// measurement it remembers.
func (m *meter) per(count int64, at time.Duration) float64 {
	old := m.next % len(m.at)
	since, from := m.at[old], m.count[old]
	m.at[old], m.count[old] = at, count
	m.next++
	if at <= since {
		return 0
	}
	return float64(count-from) / (at - since).Seconds()
}
