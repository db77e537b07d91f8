package player

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// player is one replay.
type player struct {
	opts   Options
	send   func(context.Context, *session.Record) error
	report Report

	pace  pace
	clock clock
	timer *time.Timer
	mode  mode
	steps int // events that may be sent in stepping

	round    int
	opened   time.Time // when the round was begun to be read; zero once its first record was read
	rec      session.Record
	message  contract.Message
	progress progress
}

func newPlayer(o Options, send func(context.Context, *session.Record) error) (*player, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	p := &player{opts: o, send: send, pace: newPace(o)}
	if o.Step {
		p.mode = stepping
	}
	return p, nil
}

func (o *Options) validate() error {
	switch {
	case o.Speed < 0:
		return &OptionsError{"speed", "is below 0"}
	case o.Rate < 0:
		return &OptionsError{"rate", "is below 0"}
	case o.MaxGap < 0:
		return &OptionsError{"max gap", "is below 0"}
	case o.loops() && o.Reopen == nil:
		return &OptionsError{"loop", "needs a session that can be read again"}
	case o.Step && o.Commands == nil:
		return &OptionsError{"step", "needs somebody to say when"}
	}
	if o.ProgressEvery <= 0 {
		o.ProgressEvery = time.Second
	}
	return nil
}

func (o *Options) loops() bool { return o.Loop > 1 || o.Loop < 0 }

// play plays all rounds.
func (p *player) play(ctx context.Context, src session.Source) (Report, error) {
	p.timer = time.NewTimer(never)
	defer p.timer.Stop()
	p.clock.start = time.Now()
	p.progress.start(p.clock.start, p.opts.ProgressEvery)
	err := p.rounds(ctx, src)
	if errors.Is(err, errQuit) {
		p.report.Quit, err = true, nil
	}
	p.clock.release()
	p.report.Paused = p.clock.away
	p.snapshot(true)
	return p.report, err
}

func (p *player) rounds(ctx context.Context, src session.Source) error {
	var mine session.Source // the round's, where it was opened here
	defer func() {
		if mine != nil {
			_ = mine.Close()
		}
	}()
	for {
		p.round++
		p.pace.round()
		p.opened = time.Now()
		if err := p.records(ctx, src); err != nil {
			return err
		}
		p.report.Rounds++
		if p.opts.Loop >= 0 && p.round >= max(p.opts.Loop, 1) {
			return nil
		}
		if err := p.attend(ctx); err != nil { // a round may hold nothing to send
			return err
		}
		next, err := p.opts.Reopen()
		if err != nil {
			return err
		}
		if mine != nil {
			_ = mine.Close()
		}
		src, mine = next, next
	}
}

// records plays one round.
func (p *player) records(ctx context.Context, src session.Source) error {
	for {
		err := src.Next(&p.rec)
		var bad *session.LineError
		switch {
		case errors.Is(err, io.EOF):
			p.report.Truncated = src.Truncated()
			return nil
		case errors.As(err, &bad):
			p.report.BadLines++
			continue
		case err != nil:
			return err
		case p.opts.Until.passed(&p.rec):
			return nil
		case p.opts.From.precedes(&p.rec):
			err = p.skip()
		default:
			err = p.record(ctx)
		}
		if err != nil {
			return err
		}
	}
}

func (p *player) skip() error {
	p.report.Skipped++
	if p.opts.Skipped == nil {
		return nil
	}
	return p.opts.Skipped(&p.rec)
}

// record sends one record when it is due.
func (p *player) record(ctx context.Context) error {
	rec := &p.rec
	if p.opts.Prepare != nil {
		p.opts.Prepare(rec)
	}
	if !p.opened.IsZero() {
		p.clock.leave(p.opened)
		p.opened = time.Time{}
	}
	var due time.Duration
	if !p.opts.Max {
		due = p.pace.next(rec)
	}
	timed, err := p.await(ctx, due, rec.Kind == session.KindEvent)
	if err != nil {
		return err
	}
	at := p.clock.now()
	if timed && !p.opts.Max {
		p.report.Late.add(at-due, rec.N)
	}
	n := rec.N // a sender may number records its own way
	p.note(rec)
	if err := p.send(ctx, rec); err != nil {
		p.report.Failed = n
		return &SendError{N: n, Err: err}
	}
	p.sent(rec.Kind, n, at, due)
	return nil
}

// note reads of the record what it takes to tell where the replay stands.
func (p *player) note(rec *session.Record) {
	p.progress.at, p.progress.deltas, p.progress.version = rec.T, 0, 0
	if rec.Kind != session.KindEvent || rec.Event != contract.Event {
		return
	}
	contract.Decode(rec.Args, &p.message)
	p.progress.deltas = len(p.message.Deltas)
	for i := range p.message.Deltas {
		p.progress.version = max(p.progress.version, p.message.Deltas[i].Version)
	}
}

func (p *player) sent(kind session.Kind, n int64, at, due time.Duration) {
	r := &p.report
	r.Sent++
	if kind == session.KindEvent {
		r.Events++
	}
	r.Deltas += int64(p.progress.deltas)
	r.Version = max(r.Version, p.progress.version)
	r.Last, r.Elapsed, r.Planned = n, at, due
}
