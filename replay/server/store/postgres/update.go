package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carebase/deltatap/replay/server/store"
)

const (
	// tries bounds how often a transaction is run that conflicts with others.
	tries = 5
	// goodbye bounds what is still asked of the database when who asked has gone.
	goodbye = 30 * time.Second
	// lockClass tells the advisory locks of deltatap from others' in the same database; the second
	// key is the owner's id.
	lockClass = 0x64656c74 // "delt"
)

// Update runs fn in a transaction on one plan.
func (s *Store) Update(ctx context.Context, owner int64, fn func(store.Tx) error) error {
	return s.update(ctx, &change{owner: owner, fn: fn})
}

// UpdateThen is Update, and calls then when the transaction is there, before any other UpdateThen
// of this plan begins.
func (s *Store) UpdateThen(ctx context.Context, owner int64, fn func(store.Tx) error, then func()) error {
	return s.update(ctx, &change{owner: owner, fn: fn, then: then})
}

// change is one update.
type change struct {
	owner int64
	fn    func(store.Tx) error
	then  func() // nil: nothing follows

	again bool // the attempt failed by what may not happen twice, and left nothing behind
}

func (s *Store) update(ctx context.Context, c *change) error {
	if !isID(c.owner) {
		return fmt.Errorf("the plan of user %d: %w", c.owner, store.ErrNotFound)
	}
	ctx, done := s.bound(ctx)
	defer done()
	var err error
	for range tries {
		c.again = true // until there is a connection that leads somewhere
		err = s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return c.attempt(ctx, conn) })
		if err == nil || !c.again || ctx.Err() != nil || !isConflict(err) && !isLost(err) {
			break
		}
		if isLost(err) {
			s.pool.Reset()
		}
	}
	return s.health.see(ctx, err)
}

func (c *change) attempt(ctx context.Context, conn *pgxpool.Conn) error {
	if c.then != nil {
		if _, err := conn.Exec(ctx, `select pg_advisory_lock($1, $2)`, lockClass, c.owner); err != nil {
			return err
		}
		defer unlock(ctx, conn, c.owner)
	}
	if err := c.transact(ctx, conn); err != nil {
		return err
	}
	if c.then != nil {
		c.then()
	}
	return nil
}

// unlock lets others begin. A connection that cannot say so any more is closed, which unlocks as
// well.
func unlock(ctx context.Context, conn *pgxpool.Conn, owner int64) {
	ctx, cancel := outliving(ctx)
	defer cancel()
	if _, err := conn.Exec(ctx, `select pg_advisory_unlock($1, $2)`, lockClass, owner); err != nil {
		_ = conn.Conn().Close(ctx)
	}
}

// outliving is a context for what must be brought to an end, whoever still waits for it.
func outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), goodbye)
}

// The owner's row is locked before anything is read.
const lockOwned = selectOwned + ` for update of u`

func (c *change) transact(ctx context.Context, conn *pgxpool.Conn) error {
	begun, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	end, cancel := outliving(ctx)
	defer cancel()
	defer func() { _ = begun.Rollback(end) }() // does nothing after the commit
	t := &tx{ctx: ctx, tx: begun, owner: c.owner, given: map[given]bool{}}
	if t.recipient, _, err = owned(ctx, begun, lockOwned, c.owner); err != nil {
		return err
	}
	if err := c.fn(t); err != nil {
		c.again = isConflict(t.failure)
		if c.again || isLost(t.failure) {
			return t.failure
		}
		return err
	}
	return c.commit(end, begun)
}

// commit ends the transaction even when who asked for it has gone: what is stored must be emitted.
func (c *change) commit(ctx context.Context, begun pgx.Tx) error {
	err := begun.Commit(ctx)
	refusal, answered := errors.AsType[*pgconn.PgError](err)
	if c.again = isConflict(err); err == nil || errors.Is(err, pgx.ErrTxCommitRollback) || answered && !endsConnection(refusal.Code) {
		return err
	}
	return &UnreachableError{"the connection was lost while a change was being stored: it may be there, and was not emitted: " + oneLine(err.Error())}
}
