package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
)

// database is a database to ask, and about whom.
type database struct {
	url, source string
	user        int64
}

// database is the one that was named, or nil. DELTATAP_DB by itself does not ask it: without --user there is nobody to ask about.
func (c *comparison) database(app *App) (*database, error) {
	flags := c.connect.flags
	switch {
	case flags.Changed("db") && c.db == "":
		return nil, usage("leave it out, or give it a value", "--db: empty")
	case flags.Changed("user") && c.user <= 0:
		return nil, usage("", "--user %d: want the id of a user", c.user)
	case c.db != "" && c.user == 0:
		return nil, usage("--user ID, the users.id of whom the plan is", "--db: needs --user")
	case c.user == 0:
		return nil, nil
	}
	label, text := "--db", c.db
	if text == "" {
		label, text = envDatabase, app.Env(envDatabase)
	}
	if text == "" {
		return nil, usage("--db URL or "+envDatabase, "--user: no database named")
	}
	if label == "--db" {
		app.warnOfPassword(label, text, "PGPASSWORD, .pgpass, "+envDatabase+", env:// and file://")
	}
	text, err := app.referredTo(label, text)
	if err != nil {
		return nil, err
	}
	source, err := witness.Source(text)
	if err != nil {
		return nil, usage("like postgres://support@db.example:5432/carebase", "%s: %v", label, err)
	}
	return &database{url: text, source: source, user: c.user}, nil
}

// ask reads the plan that the database tells of for the dates and the recipient of another.
func (d *database) ask(ctx context.Context, like *plan.Plan, o witness.Options) (*witness.Testimony, error) {
	if start, end, ok := like.Range(); ok && o.Days == 0 {
		o.Start, o.End = start, end
	}
	o.Recipient, _ = like.Recipient()
	testimony, err := witness.Ask(ctx, d.url, d.user, o)
	if err != nil {
		return nil, d.failed(err)
	}
	return testimony, nil
}

// failed gives an error of the database's its name, its exit code and the next step.
func (d *database) failed(err error) error {
	var (
		refused     *witness.RefusedError
		unreachable *witness.UnreachableError
		unusable    *witness.UnusableError
		other       *witness.OtherPlanError
	)
	told := &Error{Code: ExitUsage, What: d.source, Err: err}
	switch {
	case errors.As(err, &refused):
		told.Code = ExitRefused
		told.Hint = "the login needs to read users, recipients, items, appointments, bills and care_collaborators"
	case errors.As(err, &unreachable):
		told.Code, told.Hint = ExitUnreachable, "is the database up, and is this its address? --timeout gives it longer"
	case errors.As(err, &unusable):
		told.Hint = "want the database of a Carebase server"
	case errors.As(err, &other):
		told.Hint = "--user is the user whose plan is compared, the one of the token"
	case errors.Is(err, witness.ErrNoPlan):
		told.What, told.Err = fmt.Sprintf("%s: --user %d", d.source, d.user), err
		told.Hint = "is this the server's own database, and the id one of its users?"
	default:
		return err
	}
	return told
}

// withDatabase compares a client with the database alone: for the dates that the client's plan is about, or for --days from today.
func (c *comparison) withDatabase(ctx context.Context, now time.Time, held *heldPlan, db *database) (*render.DiffReport, error) {
	testimony, err := db.ask(ctx, held.plan, witness.Options{Now: now, Days: c.days, Timeout: c.connect.timeout})
	if err != nil {
		return nil, err
	}
	// One transaction read it all: it held as still as behind a fence.
	side := &serverPlan{source: db.source, plan: testimony.Beside(held.plan), fenced: true, tries: 1, stable: true}
	report, err := c.compare(held, side)
	if err != nil {
		return nil, err
	}
	return c.judged(report, witness.Case{Database: testimony}, db)
}

// withBoth compares a client with the server, and has the database say who is wrong.
func (c *comparison) withBoth(ctx context.Context, now time.Time, held *heldPlan, server *serverPlan, db *database) (*render.DiffReport, error) {
	testimony, err := c.hear(ctx, now, server, db)
	if err != nil {
		return nil, err
	}
	report, err := c.compare(held, server)
	if err != nil {
		return nil, err
	}
	hearing := witness.Case{API: server.plan, Saved: !server.fenced, Database: testimony}
	if server.fenced && !server.stable {
		hearing.Doubt = "the API's plan would not hold still"
	}
	return c.judged(report, hearing, db)
}

// hear asks the database, and the server again while the two are of different versions.
func (c *comparison) hear(ctx context.Context, now time.Time, server *serverPlan, db *database) (*witness.Testimony, error) {
	for try := 1; ; try++ {
		testimony, err := db.ask(ctx, server.plan, witness.Options{Now: now, Timeout: server.patience})
		if err != nil || !witness.Apart(server.plan, testimony) || server.again == nil || try == c.fenceTries {
			return testimony, err
		}
		if err := server.reread(ctx, c.fenceTries); err != nil {
			return nil, err
		}
	}
}

// judged adds to a report what the database says.
func (c *comparison) judged(report *render.DiffReport, hearing witness.Case, db *database) (*render.DiffReport, error) {
	hearing.Differences, hearing.Causes, hearing.Options = report.Result.Differences, report.Causes, c.paths
	judgement, err := witness.Rule(hearing)
	if err != nil {
		return nil, usage("", "%v", err)
	}
	report.Database = &render.DiffDatabase{
		Source: db.source, User: db.user, Alone: hearing.API == nil, Side: judgement.Database, Rulings: judgement.Rulings,
	}
	if hearing.API == nil {
		report.Database.Side = report.Result.Server
	}
	report.Verdict = amended(report)
	return report, nil
}

// amended is the verdict with what only the database tells: an API that is wrong, or what could not be held against it.
func amended(report *render.DiffReport) diagnose.Verdict {
	verdict := report.Verdict
	for i := range report.Database.Rulings {
		unseen := i >= len(report.Causes) || report.Causes[i].Expected // by the comparison of the cache and the server
		switch report.Database.Rulings[i].Wrong {
		case witness.API:
			return diagnose.Desynced
		case witness.Undecided:
			if unseen && verdict != diagnose.Desynced {
				verdict = diagnose.Inconclusive
			}
		}
	}
	return verdict
}
