package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/script"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/mutate"
)

// survey is what a replay would do: what is known of a session before a record is sent.
type survey struct {
	report  player.Report
	from    time.Duration          // of the first record that would be sent
	to      time.Duration          // of the last
	planned time.Duration          // how long one round would take
	kinds   map[session.Kind]int64 // of all records
	sent    map[session.Kind]int64 // of those that mean something to the target
	greets  int64                  // greetings that the target leaves out
	rooms   map[int64]int64        // events for a user of the target
	nobody  map[int64]int64        // events for nobody's room, by the session's user; 0 where none is named
	low     int64                  // the lowest version; 0 where there is none
	faults  faultTally
	missed  []render.ReplayMissed // planned faults that would not come to be

	mutations []mutate.Mutation // that a dry run would make
	unfit     []mutate.Unfit    // what it could not express

	users   sink.Users
	takes   takes
	message contract.Message
	as      rehearsal // nil: there is none
	begun   bool
	gap     time.Duration // all gaps so far, long ones cut
}

// look reads the session ahead, where somebody needs to know what is in it.
func (p *replayPlan) look(ctx context.Context, app *App) error {
	guarded := !p.target.free
	shown := app.ErrWidth() > 0 && !app.Quiet && !p.when.Max && p.rate == 0 && !p.step // the time left
	mapped := p.target.rooms && p.rooms.Of != nil
	if !p.dryRun && !((guarded || shown || mapped) && p.reread()) {
		return nil
	}
	seen, err := p.survey(ctx, app)
	if err != nil {
		return err
	}
	p.seen = seen
	if p.target.rooms {
		return p.nobodys(seen)
	}
	return nil
}

// nobodys is the error of records that go into nobody's room; nil where there are none. Those that
// name nobody are, on a stand-in, the first plan's owner's.
func (p *replayPlan) nobodys(seen *survey) error {
	for _, user := range slices.Sorted(maps.Keys(seen.nobody)) {
		events := render.Plural(seen.nobody[user], "event")
		switch {
		case user != 0:
			return usage(fmt.Sprintf("--user %d=ID maps them, and --user ID all others", user), "%s: %s of user %d, whom no --user maps", p.shownName(), events, user)
		case !p.target.serves:
			return usage("--user ID says whose", "%s: %s of no user", p.shownName(), events)
		}
	}
	return nil
}

// survey plays one round to nobody.
func (p *replayPlan) survey(ctx context.Context, app *App) (*survey, error) {
	o, err := p.open(app)
	if err != nil {
		return nil, err
	}
	defer o.in.Close()
	v := &survey{
		kinds: map[session.Kind]int64{}, sent: map[session.Kind]int64{}, takes: p.target.takes(), rooms: map[int64]int64{}, nobody: map[int64]int64{}, faults: newFaultTally(),
		users: p.usersOf(o.src.Header()),
	}
	if err := v.rehearse(ctx, app, p, o); err != nil {
		return nil, err
	}
	s := p.script(o)
	defer s.Close()
	when := player.Options{Max: true, From: p.when.From, Until: p.when.Until}
	when.Skipped = func(rec *session.Record) error {
		if v.as != nil && s.Cue().Send {
			v.as.Skip(rec)
		}
		return nil
	}
	v.report, err = player.Play(ctx, s, when, func(_ context.Context, rec *session.Record) error {
		v.see(p, s.Cue(), rec)
		return nil
	})
	v.missed = v.faults.all(&p.spec, s.Missed())
	if p.dryRun {
		warnOfHoles(app, o.src)
	}
	if v.as != nil {
		v.note(v.as.Rest())
		_ = v.as.Close()
	}
	return v, o.in.unusable(err)
}

// rehearse opens the target for a dry run, where it has more to tell then.
func (v *survey) rehearse(ctx context.Context, app *App, p *replayPlan, o *openedSession) (err error) {
	if !p.dryRun || p.target.rehearse == nil {
		return nil
	}
	if err := p.findPlans(ctx, app, o); err != nil {
		return err
	}
	v.as, err = p.target.rehearse(ctx)
	return err
}

// note takes what a target would make of a record.
func (v *survey) note(plan mutate.Plan) {
	v.mutations, v.unfit = append(v.mutations, plan.Mutations...), append(v.unfit, plan.Unfit...)
}

func (v *survey) see(p *replayPlan, cue *script.Cue, rec *session.Record) {
	for i := range cue.Faults {
		v.faults.count(&cue.Faults[i])
	}
	v.time(p, rec.T)
	if !cue.Send {
		return
	}
	v.kinds[rec.Kind]++
	if v.as != nil {
		v.note(v.as.Plan(rec))
	}
	taken := v.takes(rec)
	switch {
	case taken:
		v.sent[rec.Kind]++
	case sink.IsGreeting(rec):
		v.greets++
	}
	if !taken || rec.Kind != session.KindEvent {
		return
	}
	if user, err := v.users.User(rec); err == nil {
		v.rooms[user]++
	} else if unknown, ok := err.(*sink.UnknownUserError); ok {
		v.nobody[unknown.User]++
	}
	if rec.Event == contract.Event {
		contract.Decode(rec.Args, &v.message)
		for i := range v.message.Deltas {
			if version := v.message.Deltas[i].Version; version > 0 && (v.low == 0 || version < v.low) {
				v.low = version
			}
		}
	}
}

// time works out how long the round takes.
func (v *survey) time(p *replayPlan, at time.Duration) {
	if !v.begun {
		v.begun, v.from = true, at
		if !p.when.From.IsZero() {
			v.to = at
		}
	}
	gap := max(at-v.to, 0)
	v.to = max(v.to, at)
	if p.maxGap > 0 {
		gap = min(gap, p.maxGap)
	}
	v.gap += gap
	switch {
	case p.when.Max:
	case p.rate > 0:
		v.planned = player.Scale(float64(max(v.kinds[session.KindEvent]-1, 0))*float64(time.Second), p.rate)
	default:
		v.planned = player.Scale(float64(v.gap), p.when.Speed)
	}
}

// records is how many would be sent in one round: those that mean something to the target.
func (v *survey) records() (n int64) {
	for _, count := range v.sent {
		n += count
	}
	return n
}

// ignored are the records that mean nothing to the target, its greetings aside.
func (v *survey) ignored() map[session.Kind]int64 {
	ignored := map[session.Kind]int64{}
	for kind, count := range v.kinds {
		if kind == session.KindEvent {
			count -= v.greets
		}
		if count -= v.sent[kind]; count > 0 {
			ignored[kind] = count
		}
	}
	return ignored
}
