package commands

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// house is who lives on the stand-in: the owners of the session's first plans. Records that name
// nobody are for the first.
func (p *replayPlan) house(app *App, clock *sessionClock, users *sink.Users) (*house, error) {
	h := &house{tokens: map[string]int64{}, now: clock.now}
	if p.clock == "now" {
		h.now = app.Now
	}
	var seed store.Seed
	owned := map[int64]bool{}
	for i := range p.plans {
		first := &p.plans[i]
		plan, err := store.ParsePlan(first.Body)
		if err != nil {
			return nil, usage("", "%s: record %d: not a plan: %v", p.shownName(), first.N, err)
		}
		if plan.Recipient.UserID, err = p.owner(users, first, plan.Recipient.UserID); err != nil {
			return nil, err
		}
		if !owned[plan.Recipient.UserID] { // two users of the session may be one of the target
			owned[plan.Recipient.UserID] = true
			seed.Users, seed.Plans = append(seed.Users, ownerOf(plan)), append(seed.Plans, plan)
		}
	}
	if len(p.plans) == 0 {
		id, err := p.owner(users, &session.Record{}, 1)
		if err != nil {
			return nil, err
		}
		owner := store.User{ID: id, Email: numbered("owner", 0)}
		app.warn(p.shownName() + ": no plan before its first delta: the stand-in begins with an empty one")
		seed.Users = []store.User{owner}
		seed.Plans = []store.Plan{store.NewPlan(owner, 1, recipients[0], h.now().UTC())}
	}
	var err error
	if h.memory, err = store.NewMemory(seed); err != nil {
		return nil, usage("", "%s: %v", p.shownName(), err)
	}
	h.plan = seed.Plans[0]
	return h, h.admit(seed.Users, app.Env("DELTATAP_TOKEN"))
}

// owner is the user of the stand-in whose plan a record holds. Where the session does not say whose
// it is, it is id's, and so is what else names nobody.
func (p *replayPlan) owner(users *sink.Users, first *session.Record, id int64) (int64, error) {
	user, err := users.User(first)
	unknown, ok := errors.AsType[*sink.UnknownUserError](err)
	switch {
	case !ok:
		return user, err
	case unknown.User != 0 && unknown.N != 0:
		return 0, usage("", "%s: record %d is of user %d, whom no --user maps", p.shownName(), unknown.N, unknown.User)
	case unknown.User != 0:
		return 0, usage("", "%s: it is of user %d, whom no --user maps", p.shownName(), unknown.User)
	}
	users.Default = id
	return id, nil
}

// findPlans finds the first plan of each user. What is read of standard input for it is kept for
// the replay; there, nothing is read behind the first delta.
func (p *replayPlan) findPlans(ctx context.Context, app *App, o *openedSession) error {
	header := o.src.Header()
	p.home = header.UserID()
	if !p.reread() {
		ahead := &readAhead{Source: o.src}
		o.src = ahead
		return o.in.unusable(p.collectPlans(ctx, ahead.peek, false))
	}
	again, err := p.open(app)
	if err != nil {
		return err
	}
	defer again.in.Close()
	defer again.src.Close()
	return again.in.unusable(p.collectPlans(ctx, again.src.Next, true))
}

// follows is the user of the session whose plan a target of one user begins with, and that plan:
// the user asked for, or whom the header names, or who is named first.
func (p *replayPlan) follows(asked int64) (user int64, plan []byte) {
	user = cmp.Or(asked, p.home)
	for i := range p.plans {
		if of := p.ownerIn(&p.plans[i]); user == 0 || of == 0 || of == user {
			return cmp.Or(user, of), p.plans[i].Body
		}
	}
	return user, nil
}

// ownerIn is the user of the session whose plan a record holds; 0 where nobody is named.
func (p *replayPlan) ownerIn(rec *session.Record) int64 { return cmp.Or(rec.UserID(), p.home) }

// collectPlans reads until there can be no first plan any more, and puts that of the header's user
// first. A plan that names no user is the only one, unless others came before the first delta.
func (p *replayPlan) collectPlans(ctx context.Context, next func(*session.Record) error, behindDeltas bool) error {
	var rec session.Record
	seen := map[int64]bool{}
	for n := 0; ; n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var bad *session.LineError
		switch err := next(&rec); {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			continue
		case err != nil:
			return err
		}
		switch {
		case rec.Kind == session.KindPlan && rec.Status == http.StatusOK:
			user := p.ownerIn(&rec)
			if !seen[user] {
				seen[user] = true
				p.keepPlan(&rec, user)
			}
			if user == 0 {
				return nil
			}
			behindDeltas = behindDeltas && rec.UserID() != 0
		case rec.Kind == session.KindEvent && rec.Event == contract.Event && !behindDeltas:
			return nil
		}
	}
}

// keepPlan keeps the first plan of a user.
func (p *replayPlan) keepPlan(rec *session.Record, user int64) {
	kept := session.Record{N: rec.N, Body: bytes.Clone(rec.Body), Raw: bytes.Clone(rec.Raw)}
	if user == p.home {
		p.plans = slices.Insert(p.plans, 0, kept)
	} else {
		p.plans = append(p.plans, kept)
	}
}

// readAhead is a session of which something was read before its time.
type readAhead struct {
	session.Source
	kept []read
}

// read is what one call of Next gave.
type read struct {
	rec session.Record
	err error
}

// peek reads a record that Next will give.
func (a *readAhead) peek(rec *session.Record) error {
	err := a.Source.Next(rec)
	kept := *rec
	kept.Args, kept.Body, kept.Raw = bytes.Clone(rec.Args), bytes.Clone(rec.Body), bytes.Clone(rec.Raw)
	a.kept = append(a.kept, read{kept, err})
	return err
}

func (a *readAhead) Next(rec *session.Record) error {
	if len(a.kept) == 0 {
		return a.Source.Next(rec)
	}
	first := a.kept[0]
	a.kept = a.kept[1:]
	*rec = first.rec
	return first.err
}
