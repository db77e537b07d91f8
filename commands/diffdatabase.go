package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/compare"
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

// database is the one that was named, or nil. DELTATAP_DB by itself does not ask it: without --user
// there is nobody to ask about.
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

// parseZone reads a time zone as people name it, America/New_York or -05:00; nil where nothing is
// named.
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

// settledDatabase compares where no server can be asked again: with the database alone, for the
// dates that the client's plan is about or for --days from today, or with a saved plan beside it. A
// row changes before its plan's version does in the database, too, so that a divergence only counts
// where that version still stands after a while.
func (c *comparison) settledDatabase(ctx context.Context, now time.Time, held *heldPlan, saved *serverPlan, db *database) (*compare.Report, error) {
	like, options := held.plan, witness.Options{Now: now, Days: c.days}
	if saved != nil {
		like, options = saved.plan, witness.Options{Now: now}
	}
	told, err := db.ask(ctx, like, options)
	if err != nil {
		return nil, err
	}
	reading := serverPlan{fenced: true, stable: true} // one transaction read it all: it held as still as behind a fence
	for reading.tries = 1; ; reading.tries++ {
		report, err := c.withDatabase(held, saved, told, reading, db)
		if err != nil || !unsettled(report) || reading.settled || !reading.stable {
			return report, err
		}
		if err := pause(ctx, c.settle); err != nil {
			return nil, err
		}
		later, err := db.ask(ctx, like, options)
		if err != nil {
			return nil, err
		}
		reading.settled = later.Version == told.Version
		reading.stable = reading.settled || reading.tries < c.fenceTries
		told = later
	}
}

// withDatabase compares a client with the database, or with a saved plan and the database beside
// it.
func (c *comparison) withDatabase(held *heldPlan, saved *serverPlan, told *witness.Testimony, reading serverPlan, db *database) (*compare.Report, error) {
	if saved != nil {
		return c.withBoth(held, saved, told, reading.settled, db)
	}
	alone := reading
	alone.source, alone.tables = db.source, compare.HearAlone(held.plan, told, db.user)
	alone.plan = alone.tables.Plan
	report, err := c.compare(held, &alone)
	if err == nil {
		report.Database = &compare.Database{Source: db.source, User: db.user, Alone: true, Side: report.Result.Server}
	}
	return report, err
}

// withBoth compares a client with the server, and takes what the database tells for evidence, whose
// version stood where it was read again after a while.
func (c *comparison) withBoth(held *heldPlan, server *serverPlan, told *witness.Testimony, stood bool, db *database) (*compare.Report, error) {
	tables, side, err := compare.Hear(server.plan, told, db.user, c.paths)
	if err != nil {
		return nil, usage("", "%v", err)
	}
	tables.Stood = stood
	beside := *server
	beside.tables = tables
	report, err := c.compare(held, &beside)
	if err == nil {
		report.Database = &compare.Database{Source: db.source, User: db.user, Side: side, Apart: tables.Apart, Causes: report.Report.Apart}
	}
	return report, err
}

// hear asks the database, and the server again while the two are of different versions.
func (c *comparison) hear(ctx context.Context, now time.Time, server *serverPlan, db *database) (*witness.Testimony, error) {
	for try := 1; ; try++ {
		told, err := db.ask(ctx, server.plan, witness.Options{Now: now, Timeout: server.patience})
		if err != nil || !witness.Apart(server.plan, told) || server.again == nil || try == c.fenceTries {
			return told, err
		}
		if err := server.reread(ctx, c.fenceTries); err != nil {
			return nil, err
		}
	}
}
