package witness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say how the plan is built.
type Options struct {
	// Start and End are the plan's dates, such as the API's plan tells them. Where they are zero, the
	// plan starts at midnight of Now's day in Location, and goes on for Days.
	Start, End time.Time
	Now        time.Time
	Days       int // 0: 7
	// Location is the server's default time zone, which startLocal and endLocal are written in where
	// an appointment names no zone of its own; nil for UTC.
	Location *time.Location
	// Recipient is whose plan of those that the user may read; 0 for the one that a server would take.
	Recipient int64
	// Timeout bounds connecting, and each statement; 0 for 10 seconds. A database that has not
	// answered a statement in twice that time is taken for lost.
	Timeout time.Duration
}

// defaultTimeout bounds what nobody has set a bound for.
const defaultTimeout = 10 * time.Second

// defaultDays are the days of a plan.
const defaultDays = 7

// ErrNoPlan says that there is no such user, or that they have no plan to read.
var ErrNoPlan = errors.New("no plan in the database for this user")

// RefusedError says that the database refused the login, or reading.
type RefusedError struct{ Message string }

// Error gives the database's reason, which holds no password.
func (e *RefusedError) Error() string { return "refused by the database: " + e.Message }

// UnreachableError says that the database could not be reached, or did not answer in time.
type UnreachableError struct{ Message string }

// Error gives the reason, which holds no password.
func (e *UnreachableError) Error() string { return "no answer from the database: " + e.Message }

// UnusableError says that the URL is none, or that what it leads to is no Carebase database.
type UnusableError struct{ Message string }

// Error gives the reason, which holds no password.
func (e *UnusableError) Error() string { return e.Message }

// TooLargeError says that the database holds more than is read of it.
type TooLargeError struct{ Message string }

// Error says what is too large.
func (e *TooLargeError) Error() string { return e.Message + ": more is not read of a database" }

// OtherPlanError says that the user reads another plan than the one that was asked for.
type OtherPlanError struct{ User, Reads, Asked int64 }

// Error names the recipients of both plans.
func (e *OtherPlanError) Error() string {
	return fmt.Sprintf("user %d reads the plan of recipient %d, not that of recipient %d", e.User, e.Reads, e.Asked)
}

// Ask reads the plan that a user reads. The URL is one of PostgreSQL's, or its row of keywords and
// values. Errors are
// *RefusedError, *UnreachableError, *UnusableError, *OtherPlanError, ErrNoPlan or the context's.
func Ask(ctx context.Context, url string, user int64, o Options) (*Testimony, error) {
	o = o.complete()
	conn, err := connect(ctx, url, o.Timeout)
	if err != nil {
		return nil, told(ctx, err)
	}
	defer closeSoon(conn)
	r := reader{ctx: ctx, Options: o}
	if err := r.read(conn, user); err != nil {
		return nil, told(ctx, err)
	}
	return &r.testimony, nil
}

// Source names the database that a URL leads to: host:port/name, with the directory of a socket in
// the host's place. It holds no password. The error is an *UnusableError.
func Source(url string) (string, error) {
	config, err := parse(url)
	if err != nil {
		return "", err
	}
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if strings.HasPrefix(config.Host, "/") {
		address = config.Host + ":" + strconv.Itoa(int(config.Port))
	}
	name := config.Database
	if name == "" {
		name = config.User // as PostgreSQL has it
	}
	return address + "/" + name, nil
}

func (o Options) complete() Options {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Days == 0 {
		o.Days = defaultDays
	}
	if o.Start.IsZero() || o.End.IsZero() {
		year, month, day := o.Now.In(o.Location).Date()
		o.Start = time.Date(year, month, day, 0, 0, 0, 0, o.Location)
		o.End = o.Start.AddDate(0, 0, o.Days)
	}
	return o
}

func connect(ctx context.Context, url string, timeout time.Duration) (*pgx.Conn, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	config.ConnectTimeout = timeout
	config.RuntimeParams["application_name"] = "deltatap"
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // leaves no prepared statements in a connection that a pooler shares
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return pgx.ConnectConfig(ctx, config)
}

func parse(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, &UnusableError{"not the URL of a PostgreSQL database"} // the error would quote it
	}
	return config, nil
}

// closeSoon says goodbye to the database, and waits for it no longer than is polite.
func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // what was read is read
}
