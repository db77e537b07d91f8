package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
)

// database is a database to ask, and about whom.
type database struct {
	url, source string
	user        int64
	patience    time.Duration  // how long an answer may take; 0 for the default
	zone        *time.Location // the server's; nil: what the plan tells
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
	case c.serverZone != "" && c.user == 0:
		return nil, usage("", "--zone goes with --db and --user")
	case c.user == 0:
		return nil, nil
	}
	label, text := "--db", c.db
	if text == "" {
		label, text = envDatabase, app.Env(envDatabase)
	}
	if text == "" {
		return nil, nil // it says who is followed of a session of several
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
	patience, err := c.connect.patience(app)
	if err != nil {
		return nil, err
	}
	zone, err := parseZone(c.serverZone)
	return &database{url: text, source: source, user: c.user, patience: patience, zone: zone}, err
}

// parseZone reads a time zone as people name it, America/New_York or -05:00; nil where nothing is named.
func parseZone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	if at, err := time.Parse("-07:00", name); err == nil {
		return at.Location(), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, usage("like America/New_York or -05:00", "--zone %q: no such time zone", name)
	}
	return zone, nil
}

// ask reads the plan that the database tells of for the dates and the recipient of another.
func (d *database) ask(ctx context.Context, like *plan.Plan, o witness.Options) (*witness.Testimony, error) {
	if start, end, ok := like.Range(); ok && o.Days == 0 {
		o.Start, o.End = start, end
	}
	if o.Location = d.zone; o.Location == nil {
		o.Location = witness.LearnZone(like)
	}
	o.Timeout = cmp.Or(o.Timeout, d.patience)
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
		large       *witness.TooLargeError
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
	case errors.As(err, &large):
		told.Code = ExitInconclusive
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

// settledDatabase compares where no server can be asked again: with the database alone, for the dates that the client's plan is
// about or for --days from today, or with a saved plan beside it. A row changes before its plan's version does in the database, too,
// so that a divergence only counts where that version still stands after a moment.
func (c *comparison) settledDatabase(ctx context.Context, now time.Time, held *heldPlan, saved *serverPlan, db *database) (*compare.Report, error) {
	like, options := held.plan, witness.Options{Now: now, Days: c.days}
	if saved != nil {
		like, options = saved.plan, witness.Options{Now: now}
	}
	testimony, err := db.ask(ctx, like, options)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		report, err := c.withTestimony(held, saved, testimony, try, "", db)
		if err != nil || !unsettled(report) {
			return report, err
		}
		if err := pause(ctx, betweenRowAndVersion); err != nil {
			return nil, err
		}
		later, err := db.ask(ctx, like, options)
		switch {
		case err != nil:
			return nil, err
		case later.Version == testimony.Version:
			return report, nil
		case try == c.fenceTries:
			return c.withTestimony(held, saved, testimony, try, "the database's plan would not hold still", db)
		}
		testimony = later
	}
}

// withTestimony compares a client with the database, or with a saved plan on which the database rules. Doubt is why the database
// proves nothing; empty where it does.
func (c *comparison) withTestimony(held *heldPlan, saved *serverPlan, testimony *witness.Testimony, try int, doubt string, db *database) (*compare.Report, error) {
	if saved != nil {
		return c.withBoth(held, saved, testimony, doubt, db)
	}
	// One transaction read it all: it held as still as behind a fence.
	side := &serverPlan{source: db.source, plan: testimony.Beside(held.plan), fenced: true, tries: try, stable: doubt == ""}
	report, err := c.compare(held, side)
	if err != nil {
		return nil, err
	}
	return c.judged(report, witness.Case{Database: testimony, Doubt: doubt}, db)
}

// withBoth compares a client with the server, and has the database say who is wrong, unless there is a doubt.
func (c *comparison) withBoth(held *heldPlan, server *serverPlan, testimony *witness.Testimony, doubt string, db *database) (*compare.Report, error) {
	report, err := c.compare(held, server)
	if err != nil {
		return nil, err
	}
	return c.judged(report, witness.Case{API: server.plan, Saved: !server.fenced, Database: testimony, Doubt: doubt}, db)
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
func (c *comparison) judged(report *compare.Report, hearing witness.Case, db *database) (*compare.Report, error) {
	hearing.Differences, hearing.Causes, hearing.Options = report.Result.Differences, report.Causes, c.paths
	judgement, err := witness.Rule(hearing)
	if err != nil {
		return nil, usage("", "%v", err)
	}
	report.Database = &compare.Database{
		Source: db.source, User: db.user, Alone: hearing.API == nil, Side: judgement.Database, Rulings: judgement.Rulings,
	}
	if hearing.API == nil {
		report.Database.Side = report.Result.Server
	}
	report.Verdict = amended(report)
	return report, nil
}

// amended is the verdict with what only the database tells: an API that is wrong, or what could not be held against it.
func amended(report *compare.Report) diagnose.Verdict {
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
