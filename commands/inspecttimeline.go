package commands

import (
	"context"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// inspectTimeline draws version against time.
func inspectTimeline(ctx context.Context, app *App, r recording, i *inspection) error {
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	var (
		drawing render.Timeline
		f       fold.Fold
		account versions.Account
		started time.Time
	)
	account.OnGap = drawing.Gap
	err = r.readOne(ctx, app, i.format, i.user, func(h session.Header) func(*session.Record) error {
		started = h.Started
		return func(rec *session.Record) error {
			f.Record(rec)
			enter(&account, rec, f.Message)
			if f.Message != nil {
				drawing.Message(rec, f.Message)
			} else {
				drawing.Record(rec)
			}
			return nil
		}
	})
	if err != nil {
		return err
	}
	return drawing.Draw(app.Out, render.Drawing{Started: started, Zone: i.zone(), Width: app.OutWidth(), Theme: theme})
}
