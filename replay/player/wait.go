package player

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// errQuit ends a replay because somebody wished so.
var errQuit = errors.New("quit")

// mode is how the replay goes on.
type mode uint8

const (
	running mode = iota
	paused
	stepping
)

// await returns when an event, or another record, is to be sent that is due at a time of the
// replay's clock, and whether it was that time that decided. Commands, snapshots and the end of ctx
// are seen to on the way, at least once.
func (p *player) await(ctx context.Context, due time.Duration, event bool) (timed bool, err error) {
	for {
		if err := p.attend(ctx); err != nil {
			return false, err
		}
		wait := never
		switch {
		case p.mode == running:
			p.clock.release()
			if wait = due - p.clock.now(); wait <= 0 {
				return true, nil
			}
		case p.mode == stepping && (!event || p.steps > 0):
			p.step(event)
			p.clock.release()
			p.clock.jump(due)
			return false, nil
		default:
			p.clock.hold()
		}
		if wait <= p.opts.Spin {
			p.clock.spin(due)
			return true, nil
		}
		if err := p.sleep(ctx, wait); err != nil {
			return false, err
		}
	}
}

func (p *player) step(event bool) {
	if event {
		p.steps--
	}
}

const never = time.Duration(1<<63 - 1)

// attend sees to what is there already, without waiting.
func (p *player) attend(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.snapshot(false)
	for {
		select {
		case c := <-p.opts.Commands:
			if err := p.command(c); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// sleep waits for so long, or until something happens.
func (p *player) sleep(ctx context.Context, wait time.Duration) error {
	if wait != never {
		wait -= p.opts.Spin
	}
	if p.opts.Progress != nil {
		wait = min(wait, max(time.Until(p.progress.due), 0))
	}
	p.timer.Reset(wait)
	defer p.timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case c := <-p.opts.Commands:
		return p.command(c)
	case <-p.timer.C:
		return nil
	}
}

// command does what a person wants.
func (p *player) command(c Command) error {
	switch c {
	case Next:
		if p.mode != running {
			p.steps++
		}
		p.mode = stepping
	case Run:
		p.mode = running
	case Pause:
		p.mode = paused
	case Toggle:
		if p.mode == running {
			p.mode = paused
		} else {
			p.mode = running
		}
	case Quit:
		return errQuit
	}
	if p.mode != stepping {
		p.steps = 0
	}
	p.snapshot(true)
	return nil
}

// clock is the replay's own time: how long it has played, pauses left out.
type clock struct {
	start time.Time
	held  time.Time     // since when the clock stands; zero while it runs
	away  time.Duration // how long it stood, in total
}

func (c *clock) now() time.Duration {
	if !c.held.IsZero() {
		return c.held.Sub(c.start)
	}
	return time.Since(c.start)
}

func (c *clock) hold() {
	if c.held.IsZero() {
		c.held = time.Now()
	}
}

func (c *clock) release() {
	if c.held.IsZero() {
		return
	}
	away := time.Since(c.held)
	c.start, c.held = c.start.Add(away), time.Time{}
	c.away += away
}

// leave takes the time since then out: it was not the replay's.
func (c *clock) leave(since time.Time) {
	if c.held.IsZero() {
		c.start = c.start.Add(time.Since(since))
	}
}

// jump sets the clock forward to at: nobody waits for what lies between.
func (c *clock) jump(at time.Duration) {
	if ahead := at - c.now(); ahead > 0 {
		c.start = c.start.Add(-ahead)
	}
}

// spin lets others work, and reads the clock in between, until it shows at.
func (c *clock) spin(at time.Duration) {
	for c.now() < at {
		runtime.Gosched()
	}
}
