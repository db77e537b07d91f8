package commands

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// inspectAt prints the plan that a client held at a point of the session.
func inspectAt(ctx context.Context, app *App, r recording, i *inspection) error {
	h := holder{fold: fold.Fold{Cache: plancache.New(i.policy)}}
	var unresolved error
	err := r.readOne(ctx, app, i.format, i.user, func(header session.Header) func(*session.Record) error {
		if h.at, unresolved = i.point.resolve(header.Started, i.zone()); unresolved != nil {
			return func(*session.Record) error { return errEnough }
		}
		return h.record
	})
	if err := cmp.Or(unresolved, err); err != nil {
		return err
	}
	if err := h.check(app); err != nil {
		return err
	}
	plan := h.fold.Cache.AppendJSON(nil)
	if i.output == "json" {
		_, err := app.cleaned().Write(append(plan, '\n'))
		return err
	}
	return i.plan(app, plan)
}

// point is where --at points: a version, or a moment.
type point struct {
	text    string // as it was given
	version int64
	moment  time.Duration
	timed   bool
	wall    session.Wall
	clock   bool // it was read off a clock, and is a moment once it is resolved
}

func parsePoint(text string) (*point, error) {
	if version, err := strconv.ParseInt(strings.TrimPrefix(text, "v"), 10, 64); err == nil && version >= 0 {
		return &point{text: text, version: version}, nil
	}
	if moment, err := time.ParseDuration(text); err == nil && moment >= 0 {
		return &point{text: text, moment: moment, timed: true}, nil
	}
	if wall, ok := session.ParseWall(text); ok {
		return &point{text: text, wall: wall, timed: true, clock: true}, nil
	}
	return nil, usage("", "--at %q: want a version like 41, or a moment like 12.5s or 10:00", text)
}

// resolve finds the moment that was read off a clock, in a session that started then.
func (p *point) resolve(started time.Time, zone *time.Location) (*point, error) {
	if p == nil || !p.clock {
		return p, nil
	}
	moment, err := p.wall.Since(started, zone)
	if err != nil {
		return nil, usage("", "--at %s: %v", p.text, err)
	}
	at := *p
	at.moment = moment
	return &at, nil
}

// holder folds a session up to a point: through the last record of a moment, or as long as the
// client is not beyond a version.
type holder struct {
	at      *point
	fold    fold.Fold
	message contract.Message
	beyond  int64 // the version above the point that the client went on to; 0 where it did not
	passed  bool  // a record is behind the moment
}

func (h *holder) record(rec *session.Record) error {
	if h.at.timed {
		if rec.T > h.at.moment {
			h.passed = true
			return errEnough
		}
		h.fold.Record(rec)
		return nil
	}
	next := leadsTo(rec, &h.message)
	if next <= h.at.version {
		h.fold.Record(rec)
		return nil
	}
	h.beyond = next
	if rec.Kind == session.KindEvent {
		if args := upTo(&h.message, h.at.version, h.fold.Cache.Policy()); args != nil {
			h.fold.Record(&session.Record{N: rec.N, T: rec.T, Kind: rec.Kind, Event: rec.Event, Args: args})
		}
	}
	return errEnough
}

// check says where the client never was at the point.
func (h *holder) check(app *App) error {
	cache := h.fold.Cache
	held, any := cache.Version(), cache.Loaded() || cache.Version() > 0
	switch {
	case h.at.clock && !h.passed:
		app.warn(fmt.Sprintf("the session ends before %s: this is what the client held at its end", h.at.text))
	case h.at.timed:
	case h.beyond > 0 && !any:
		return &Error{Code: ExitInconclusive, What: fmt.Sprintf("--at %s: the session begins with version %d", h.at.text, h.beyond)}
	case h.beyond > 0 && held < h.at.version:
		app.warn(fmt.Sprintf("the client never held version %d: it went from %d to %d; this is version %d", h.at.version, held, h.beyond, held))
	case held < h.at.version && cache.Seen() >= h.at.version:
		app.warn(fmt.Sprintf("the client was told of version %s, and held version %d: a refresh was due", strings.TrimPrefix(h.at.text, "v"), held))
	case held < h.at.version || !any:
		return &Error{
			Code: ExitInconclusive, What: fmt.Sprintf("--at %s: the session does not reach that far", h.at.text),
			Hint: fmt.Sprintf("it ends at version %d", held),
		}
	}
	if !cache.Loaded() {
		app.warn("the session holds no plan before that point: this is what deltas alone tell")
	}
	return nil
}
