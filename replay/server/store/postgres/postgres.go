// Package postgres keeps the plans of a stand-in Carebase in the tables of a Carebase database
// (package schema), so that several servers, and whoever else uses that database, share them.
//
// It reads and writes the documented columns by name, and touches no other: a running server's
// tables carry more. It must not know deltas, rooms or HTTP.
//
// # What the tables do not hold
//
// An item's googleSync is null. Members of payloads, of collaborators and of the plan that no
// column has a place for are dropped, and so is the draft of a review. A value that a column would
// change is refused instead (store.ErrInvalid): an amount with more than two decimals, a date that
// is no midnight in UTC, a text that is too long. Moments keep their milliseconds, and are spelled
// in UTC.
//
// # What is in step
//
// An update is one transaction. It locks the owner's row of users first, so that updates of one
// plan run one after another over all processes, a Carebase server's own included. UpdateThen holds
// on, until what is to follow the transaction has followed, against every other UpdateThen of the
// plan, in whatever process.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say how a store treats its database.
type Options struct {
	// Notify is told, in a line without a password, when the database is lost, and when it is back;
	// nil discards.
	Notify func(line string)
	// ConnectTimeout bounds each attempt to connect; 0 for 10 seconds.
	ConnectTimeout time.Duration
	// Timeout bounds every statement, and with it the wait for a lock; 0 for 30 seconds. A database
	// that has not answered a request in twice that time is taken for lost.
	Timeout time.Duration
}

const (
	defaultConnectTimeout = 10 * time.Second
	defaultTimeout        = 30 * time.Second
)

// Store keeps plans in a database. It implements store.Store and store.Shared.
type Store struct {
	pool    *pgxpool.Pool
	health  *health
	timeout time.Duration
}

// Open connects to a database; it does not look at its tables (see Check). The URL is one of
// PostgreSQL's, or its row of keywords and values; what it leaves out comes from PGHOST,
// PGPASSWORD, ~/.pgpass and so on. Errors are *RefusedError, *UnreachableError, *UnusableError or
// the context's.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &UnusableError{"not the URL of a PostgreSQL database"} // the error would quote it
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	config.ConnConfig.ConnectTimeout = o.ConnectTimeout
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "deltatap"
	}
	config.AfterConnect = limited(o.Timeout)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, told(ctx, err)
	}
	s := &Store{pool: pool, health: newHealth(pool, o.Notify), timeout: o.Timeout}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, told(ctx, err)
	}
	return s, nil
}

// limited gives a new connection its statement timeout. It is not a parameter of the connection:
// poolers refuse those.
func limited(timeout time.Duration) func(ctx context.Context, conn *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "select set_config('statement_timeout', $1, false)", fmt.Sprint(max(1, timeout.Milliseconds())))
		return err
	}
}

// Close lets go of the database. What is still asked of it is cut short, but for changes that are
// being stored.
func (s *Store) Close() error {
	s.health.stop()
	s.pool.Close()
	return nil
}

// errClosed ends what is still asked of a store that is closed.
var errClosed = errors.New("the store is closed")

// errSilent ends what a database leaves without an answer.
var errSilent = &UnreachableError{"it does not answer"}

// bound is a context that ends with the store, too, or when the database has been silent for too
// long.
func (s *Store) bound(ctx context.Context) (context.Context, func()) {
	ctx, free := context.WithTimeoutCause(ctx, 2*s.timeout, errSilent)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.health.ctx, func() { cancel(errClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
		free()
	}
}

// Place is where the database is, without the login: host:port/name.
func (s *Store) Place() string {
	c := s.pool.Config().ConnConfig
	return place(c.Host, c.Port, c.Database)
}
