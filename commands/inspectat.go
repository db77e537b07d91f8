package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// inspectAt prints the plan that a client held at a point of the session.
func inspectAt(ctx context.Context, app *App, r recording, i *inspection) error {
	cache, reached, err := heldAt(ctx, app, r, i.format, i.policy, i.point)
	if err != nil {
		return err
	}
	if !reached {
		return &Error{
			Code: ExitInconclusive, What: fmt.Sprintf("--at %s: the session does not reach that far", i.at),
			Hint: fmt.Sprintf("it ends at version %d", cache.Version()),
		}
	}
	if !cache.Loaded() {
		app.warn("the session holds no plan before that point: this is what deltas alone tell")
	}
	plan := cache.AppendJSON(nil)
	if i.output == "json" {
		_, err = app.cleaned().Write(append(plan, '\n'))
		return err
	}
	return i.plan(app, plan)
}

// heldAt folds a session up to a point, the end where it is nil.
func heldAt(ctx context.Context, app *App, r recording, format string, policy plancache.Policy, at *point) (*plancache.Cache, bool, error) {
	f := fold.Fold{Cache: plancache.New(policy)}
	reached := at == nil
	err := eachRecord(ctx, app, r, format, func(_ session.Source, rec *session.Record) error {
		if at != nil && at.timed && rec.T > at.moment {
			reached = true
			return errEnough
		}
		f.Record(rec)
		if at != nil && !at.timed && f.Cache.Version() >= at.version {
			reached = true
			return errEnough
		}
		return nil
	})
	if at != nil && at.timed {
		reached = true
	}
	return f.Cache, reached, err
}

// errEnough ends a reading that has seen what it wanted.
var errEnough = errors.New("enough")

// eachRecord reads the records of a recording in order. What cannot be read, and what is missing, is said.
func eachRecord(ctx context.Context, app *App, r recording, format string, each func(session.Source, *session.Record) error) error {
	in, src, err := r.open(app, format)
	if err != nil {
		return err
	}
	var rec session.Record
	err = readAll(ctx, app, in, src, &rec, each)
	if parts, ok := src.(*session.Parts); ok {
		for _, hole := range parts.Holes() {
			app.warn(hole.String())
		}
	}
	err = errors.Join(err, src.Close(), in.Close())
	if errors.Is(err, errEnough) {
		return nil
	}
	return in.unusable(err)
}

func readAll(ctx context.Context, app *App, in *input, src session.Source, rec *session.Record, each func(session.Source, *session.Record) error) error {
	for ctx.Err() == nil {
		err := src.Next(rec)
		var bad *session.LineError
		switch {
		case errors.Is(err, io.EOF):
			if cut := src.Truncated(); cut != nil {
				app.warn(fmt.Sprintf("%s: cut off: %s", in.name, cut))
			}
			return nil
		case errors.As(err, &bad):
			app.warn(fmt.Sprintf("%s: passed over %s", in.name, bad))
			continue
		case err != nil:
			return err
		}
		if err := each(src, rec); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
