package commands

import (
	"time"

	"github.com/carebase/deltatap/render"
)

// progress shows on a terminal how far a reading has come, once it has taken a second.
type progress struct {
	statusLine
	started time.Time
	shown   time.Time
	name    string
	size    int64
	hidden  bool
}

const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	progressBar   = 24 // columns
)

func newProgress(app *App) *progress { return &progress{statusLine: statusLine{app: app}} }

// hide keeps the progress off the screen, where something else is being shown.
func (p *progress) hide() { p.hidden = true }

// open starts the reading of an input.
func (p *progress) open(in *input) {
	p.started, p.name, p.size = p.app.Now(), in.name, in.size
}

// read shows that so many bytes of the input were read.
func (p *progress) read(bytes int64) {
	if p.hidden || p.app.Quiet || p.app.ErrWidth() == 0 {
		return
	}
	now := p.app.Now()
	elapsed := now.Sub(p.started)
	if elapsed < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	p.put(render.Progress(render.ProgressState{Name: p.name, Done: bytes, Size: p.size, Elapsed: elapsed, Bar: progressBar}))
}

// done takes the progress away from the screen.
func (p *progress) done() {
	if !p.shown.IsZero() {
		p.remove()
	}
}
