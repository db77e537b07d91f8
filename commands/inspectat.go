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
func inspectAt(ctx context.Context, app *App, names []string, i *inspection) error {
	cache, reached, err := heldAt(ctx, app, names, i.format, i.policy, i.point)
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
	return i.plan(app, plan, cache)
}

// heldAt folds a session up to a point, the end where it is nil.
func heldAt(ctx context.Context, app *App, names []string, format string, policy plancache.Policy, at *point) (*plancache.Cache, bool, error) {
	f := fold.Fold{Cache: plancache.New(policy)}
	reached := at == nil
	err := eachRecord(ctx, app, names, format, func(_ session.Source, rec *session.Record) error {
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

// eachRecord reads the records of a session's parts in order. A line that is no record is passed over and said.
func eachRecord(ctx context.Context, app *App, names []string, format string, each func(session.Source, *session.Record) error) error {
	var rec session.Record
	for _, name := range names {
		in, src, err := openSource(app, name, format)
		if err != nil {
			return err
		}
		err = readAll(ctx, app, in, src, &rec, each)
		err = errors.Join(err, src.Close(), in.Close())
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return in.unusable(err)
		}
	}
	return nil
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
