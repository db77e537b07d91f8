package commands

import (
	"context"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/session"
)

// validateBeside refuses what does not go with a second recording.
func (c *comparison) validateBeside() error {
	for _, flag := range []struct {
		name  string
		given bool
	}{
		{"--against", c.against != ""},
		{"--session", c.session != ""},
		{"--db", c.db != ""},
		{"--at", c.at != ""},
		{"--server", c.connect.server != ""},
		{"-o " + c.output, c.output != "text" && c.output != "json"},
	} {
		if flag.given {
			return usage("", "%s does not go with --beside, which compares two recordings", flag.name)
		}
	}
	return nil
}

// compareBeside compares two recordings of one user.
func (c *comparison) compareBeside(ctx context.Context, app *App, r recording) error {
	if err := c.validateBeside(); err != nil {
		return err
	}
	a, err := c.readRecording(ctx, app, r)
	if err != nil {
		return err
	}
	other, err := oneRecording([]string{c.beside})
	if err != nil {
		return err
	}
	b, err := c.readRecording(ctx, app, other)
	if err != nil {
		return err
	}
	if !compare.OfOneUser(a, b) {
		return usage("", "%s and %s are recordings of two recipients", a.Source, b.Source)
	}
	report := compare.HoldBeside(a, b)
	if err := c.printBeside(app, report); err != nil {
		return err
	}
	if !report.Alike() {
		return errFound
	}
	return nil
}

func (c *comparison) readRecording(ctx context.Context, app *App, r recording) (*compare.Recording, error) {
	var recorded *compare.Recording
	err := r.readOne(ctx, app, c.format, c.user, func(h session.Header) func(*session.Record) error {
		recorded = compare.NewRecording(r.names[0], h)
		return func(rec *session.Record) error {
			recorded.Record(rec)
			return nil
		}
	})
	return recorded, err
}

func (c *comparison) printBeside(app *App, report *compare.Beside) error {
	if c.output == "json" {
		return render.JSON(app.cleaned(), report)
	}
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	return render.Beside(app.Out, report, render.DiffPage{Width: app.OutWidth(), Theme: theme, Verbose: app.Verbose > 0}, c.zone())
}
