package commands

import (
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/player"
)

// replayBoard shows on standard error how a replay is getting on.
type replayBoard struct {
	statusLine
	theme *theme.Theme
}

// newReplayBoard makes a board, and an app whose standard error goes above its line.
func newReplayBoard(app *App) (*App, *replayBoard, error) {
	t, err := app.theme(app.ErrWidth())
	if err != nil {
		return nil, nil, err
	}
	b := &replayBoard{statusLine: statusLine{app: app}, theme: t}
	above := *app
	above.Err = b
	return &above, b, nil
}

// watch has the board shown while the options play.
func (b *replayBoard) watch(when *player.Options) {
	onScreen := b.app.ErrWidth() > 0
	switch {
	case b.app.Quiet:
		return
	case onScreen:
		when.ProgressEvery = boardEvery
	default:
		when.ProgressEvery = boardEveryNoTerm
	}
	shown := time.Now()
	when.Progress = func(p player.Progress) {
		now := time.Now()
		if onScreen || now.Sub(shown) >= boardEveryNoTerm {
			shown = now
			b.show(p)
		}
	}
}

func (b *replayBoard) show(p player.Progress) {
	b.put(render.Replaying(render.ReplayState{
		At: p.At, N: p.N, Round: p.Round, Sent: p.Sent, Version: p.Version, Rate: p.Rate, Late: p.Late, Left: p.Left,
		Paused: p.Paused, Stepping: p.Stepping,
	}, b.theme.Marks.Apart))
}

// done takes the line away.
func (b *replayBoard) done() { b.remove() }
