package commands

import (
	"context"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/scan"
)

// zone is the time zone of the times that are shown.
func (i *inspection) zone() *time.Location {
	if i.utc {
		return time.UTC
	}
	return time.Local
}

// page prints the summary for people.
func (i *inspection) page(app *App, names []string, s *scan.Summary) error {
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	name := names[0]
	if name == "-" {
		name = "standard input"
	}
	return render.Inspect(app.Out, render.Inspection{Name: name, Summary: s, Width: app.OutWidth(), Theme: theme, Zone: i.zone()})
}

// plan prints a plan for people.
func (i *inspection) plan(app *App, plan []byte, _ *plancache.Cache) error {
	_, err := app.cleaned().Write(append(plan, '\n'))
	return err
}

func inspectTimeline(ctx context.Context, app *App, names []string, i *inspection) error {
	return inspectSummary(ctx, app, names, i)
}

func inspectItem(ctx context.Context, app *App, names []string, i *inspection) error {
	return inspectRecords(ctx, app, names, i)
}
