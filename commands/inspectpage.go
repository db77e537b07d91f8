package commands

import (
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/scan"
)

// zone is the time zone of the times that are shown.
func (i *inspection) zone() *time.Location { return zoneOf(i.utc) }

// zoneOf is the time zone of the times that are shown, and of those that are asked for.
func zoneOf(utc bool) *time.Location {
	if utc {
		return time.UTC
	}
	return time.Local
}

// page prints the summary for people. size is that of the files, 0 where it is not known.
func (i *inspection) page(app *App, r recording, s *scan.Summary, size int64) error {
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	name := r.names[0]
	if name == "-" {
		name = "standard input"
	}
	return render.Inspect(app.Out, render.Inspection{
		Name: name, Size: size, Summary: s, Width: app.OutWidth(), Theme: theme, Zone: i.zone(),
	})
}

// plan prints a plan for people.
func (i *inspection) plan(app *App, text []byte) error {
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	return render.Plan(app.Out, render.PlanPage{Text: text, Width: app.OutWidth(), Theme: theme})
}
