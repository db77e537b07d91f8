package commands

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/script"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/emit"
)

// replayer plays one session into one target.
type replayer struct {
	app    *App
	plan   *replayPlan
	script *script.Script // this round's
	target *openTarget
	ledger *sink.Ledger
	board  *replayBoard
	faults *faultLog
	keys   *replayKeys
	places places
	takes  takes // of this round
	played int64 // records that were handed to the target, and mean something to it
	greets int64 // greetings that it leaves out
	report player.Report
}

// settleFor is how long a target gets to answer for what it was sent, beside the time that each
// answer may take.
const settleFor = 10 * time.Second

// run plays the session. Whatever happens on the way, the summary tells of it. reading is the
// context of the session, ctx that of all else: where the session comes over standard input, an
// interrupt ends what else is waited for alone.
func (p *replayPlan) run(reading, ctx context.Context, app *App) (err error) {
	o, err := p.open(app)
	if err != nil {
		return err
	}
	defer o.in.Close()
	defer func() { _ = o.src.Close() }()
	if p.target.serves || p.target.needsPlan {
		if err := p.findPlans(reading, app, o); err != nil {
			return err
		}
	}
	r := &replayer{plan: p, ledger: sink.NewLedger()}
	if r.app, r.board, err = newReplayBoard(app); err != nil {
		return err
	}
	if r.keys, err = p.keys(r.app); err != nil {
		return err
	}
	defer r.keys.stop()
	if r.faults, err = p.openFaultLog(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.faults.close()) }()
	r.script, r.takes = p.script(o), p.target.takes()
	if err := r.open(ctx); err != nil {
		r.faults.discard()
		return err
	}
	failure := r.play(reading, ctx)
	if closed := r.target.sink.Close(); failure == nil {
		failure = closed
	}
	r.keys.stop()
	return r.finish(ctx, o, failure)
}

// open opens the target.
func (r *replayer) open(ctx context.Context) (err error) {
	header := r.script.Header()
	r.target, err = r.plan.target.open(ctx, r.app, opening{
		header: header, users: r.plan.usersOf(header), tell: r.tell, prompt: !r.plan.when.Max,
	})
	return err
}

// play sends everything, and waits until the target has answered for it.
func (r *replayer) play(reading, ctx context.Context) error {
	if s := r.target.stage; s != nil {
		if err := s.await(ctx, r.app, r.plan.clients, r.plan.connect.timeout); err != nil {
			return err
		}
	}
	when := r.plan.when
	when.Commands, when.Skipped, when.Reopen, when.Prepare = r.keys.commands, r.skipped, r.reopen, r.prepare
	r.board.watch(&when)
	if r.plan.seen != nil {
		when.Total = r.plan.seen.to
	}
	report, err := player.Play(reading, r, when, r.send)
	r.report = report
	r.board.done()
	if s := r.target.stage; s != nil {
		s.clock.end()
	}
	if settled := r.settle(ctx); err == nil {
		err = settled
	}
	return err
}

// settle waits until the target has answered for everything, or long enough: one that never answers
// is lost.
func (r *replayer) settle(ctx context.Context) error {
	limit := settleFor + r.plan.target.patience
	late := &sink.LostError{Target: r.target.name, Err: fmt.Errorf("no answer in %s", limit)}
	limited, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), limit, late)
	defer cancel()
	err := r.target.sink.Settle(limited)
	if silent, ok := errors.AsType[*emit.NoAnswerError](err); ok {
		return &sink.LostError{Target: r.target.name, Err: silent}
	}
	return err
}

// reopen begins another round.
func (r *replayer) reopen() (session.Source, error) {
	o, err := r.plan.open(r.app)
	if err != nil {
		return nil, err
	}
	r.faults.round(r.script.Missed())
	r.script, r.takes = r.plan.script(o), r.plan.target.takes()
	return &round{r, o}, nil
}

// round is a round but the first: what was opened for it is closed with it.
type round struct {
	*replayer
	opened *openedSession
}

func (r *round) Close() error { return errors.Join(r.opened.src.Close(), r.opened.in.Close()) }

// The replayer is the source of its own player, so that its clock knows what comes next.

func (r *replayer) Header() session.Header         { return r.script.Header() }
func (r *replayer) Truncated() *session.Truncation { return r.script.Truncated() }
func (r *replayer) Complete() bool                 { return r.script.Complete() }
func (r *replayer) Close() error                   { return nil }

func (r *replayer) Next(rec *session.Record) error {
	err := r.script.Next(rec)
	if s := r.target.stage; s != nil && err == nil {
		s.clock.expect(rec.T)
	}
	return err
}

// skipped lets the session pass up to where the replay begins.
func (r *replayer) skipped(rec *session.Record) error {
	cue := r.script.Cue()
	if r.target.skip != nil && cue.Send {
		r.target.skip(rec)
	}
	return r.pass(rec.T, cue)
}

// prepare lets a target that follows the session look ahead.
func (r *replayer) prepare(*session.Record) {
	s := r.target.stage
	if s == nil {
		return
	}
	if cue := r.script.Cue(); cue.Pass != nil {
		s.follower.Prepare(cue.Pass)
	}
}

// pass lets a record of the session pass: a target that follows it takes it as it was, whatever the
// faults did.
func (r *replayer) pass(at time.Duration, cue *script.Cue) error {
	s := r.target.stage
	if s == nil {
		return nil
	}
	s.clock.reach(at)
	if cue.Pass == nil {
		return nil
	}
	return s.follower.Follow(cue.Pass)
}

// send does what is to be done at the place of a record: lets the session pass, logs the faults,
// and sends what is left.
func (r *replayer) send(ctx context.Context, rec *session.Record) error {
	cue := r.script.Cue()
	if err := r.pass(rec.T, cue); err != nil {
		return err
	}
	if err := r.faults.write(cue.Faults); err != nil {
		return err
	}
	if !cue.Send {
		return nil
	}
	place, kind := rec.N, rec.Kind
	rec.N = cue.N
	r.places.sent(cue.N, place)
	if s := r.target.stage; s != nil && s.evidence != nil {
		s.evidence.sent(rec)
	}
	if err := r.target.sink.Send(ctx, rec); err != nil {
		return err
	}
	r.ledger.Taken(place)
	r.count(rec)
	if kind == session.KindEvent {
		r.keys.event()
	}
	return nil
}

// count counts a record that was handed to the target.
func (r *replayer) count(rec *session.Record) {
	switch {
	case r.takes(rec):
		r.played++
	case sink.IsGreeting(rec):
		r.greets++
	}
}

// tell takes an answer of the target.
func (r *replayer) tell(o sink.Outcome) {
	if s := r.target; s != nil && s.stage != nil && s.stage.evidence != nil {
		s.stage.evidence.told(o)
	}
	o.N = r.places.of(o.N)
	r.ledger.Tell(o)
}

// places knows, of each record that is on its way, which record of the session it stands for: with
// faults it left under another number. The zero value is ready to use, by several goroutines.
type places struct {
	mu sync.Mutex
	at map[int64]onItsWay
}

// onItsWay is a record without an answer.
type onItsWay struct {
	n     int64
	times int // that it is on its way
}

func (p *places) sent(out, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[int64]onItsWay{}
	}
	p.at[out] = onItsWay{n, p.at[out].times + 1}
}

func (p *places) of(out int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.at[out]
	if at.times--; at.times > 0 {
		p.at[out] = at
	} else {
		delete(p.at, out)
	}
	return at.n
}
