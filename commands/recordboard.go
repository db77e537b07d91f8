package commands

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
)

// board shows on standard error how a recording is getting on: one line that stays at the bottom of a terminal, under
// whatever else is said, or a line now and then where there is no terminal. It is safe for concurrent use.
type board struct {
	app   *App
	theme *theme.Theme

	mu    sync.Mutex
	state render.RecordingState
	line  string // on the screen now
	rate  meter
}

const (
	boardEvery       = 200 * time.Millisecond
	boardEveryNoTerm = 30 * time.Second
)

func newBoard(app *App, t *theme.Theme) *board { return &board{app: app, theme: t} }

// Write says something above the line.
func (b *board) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wipe()
	n, err := b.app.Err.Write(p)
	b.draw()
	return n, err
}

// note changes what the line tells.
func (b *board) note(change func(*render.RecordingState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.state)
}

// every keeps the line up to date with safe, which makes durable what there is and tells how much that is. Nothing is shown that
// came later than that, so that what was shown survives a kill. The returned function ends that and takes the line away.
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
		b.mu.Lock()
		defer b.mu.Unlock()
		b.wipe()
		b.line = ""
	}
}

func (b *board) noted() render.RecordingState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

func (b *board) show(s render.RecordingState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.app.Quiet {
		return
	}
	s.PerSecond = b.rate.per(s.Deltas, s.Elapsed)
	text := render.Recording(s, b.theme.Marks.Apart)
	width := b.app.ErrWidth()
	if width == 0 {
		_, _ = fmt.Fprintln(b.app.Err, text)
		return
	}
	b.wipe()
	b.line = render.Fit(text, width-1)
	b.draw()
}

func (b *board) wipe() {
	if b.line != "" {
		_, _ = fmt.Fprint(b.app.Err, "\r"+strings.Repeat(" ", render.Width(b.line))+"\r")
	}
}

func (b *board) draw() {
	if b.line != "" {
		_, _ = fmt.Fprint(b.app.Err, b.line)
	}
}

// meter measures a rate over the last few seconds.
type meter struct {
	at    [16]time.Duration
	count [16]int64
	next  int
}

// per takes the count at a moment and returns how many there were a second since the oldest measurement it remembers.
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
