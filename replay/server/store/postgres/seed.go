package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/witness/schema"
)

// documented are the tables of a Carebase server, and the columns that are used of each.
var documented = map[string]string{
	"users":              "id, email, forwarding_address, plan_secret, plan_version, plan_updated_at",
	"recipients":         "id, user_id, display_name",
	"items":              "id, recipient_id, detected_type, review_status",
	"appointments":       strings.ReplaceAll(appointmentColumns, "a.", ""),
	"bills":              strings.ReplaceAll(billColumns, "b.", ""),
	"care_collaborators": collaboratorColumns,
}

// Check says whether the database has the tables of a Carebase server, with the columns that are
// used; *UnusableError where it does not, *RefusedError where they may not be read.
func (s *Store) Check(ctx context.Context) error {
	for name, columns := range documented {
		if _, err := s.pool.Exec(ctx, fmt.Sprintf("select %s from %s limit 0", columns, name)); err != nil {
			return told(ctx, err)
		}
	}
	return nil
}

// Create makes the tables in an empty database and puts a seed into them, in one transaction.
// *UnusableError says that there are tables already.
func (s *Store) Create(ctx context.Context, seed store.Seed) error {
	return s.plant(ctx, seed, func(tx pgx.Tx) error {
		var tables []string
		const there = `select coalesce(array_agg(tablename::text order by tablename), '{}') from pg_tables where schemaname = current_schema()`
		if err := tx.QueryRow(ctx, there).Scan(&tables); err != nil {
			return err
		}
		if len(tables) > 0 {
			return &UnusableError{"the database has tables already: " + few(tables)}
		}
		_, err := tx.Exec(ctx, schema.SQL, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

func few(names []string) string {
	if more := len(names) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Seed puts a seed into a database that has tables and no users, in one transaction. *UnusableError
// says that there are users already.
func (s *Store) Seed(ctx context.Context, seed store.Seed) error {
	return s.plant(ctx, seed, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `lock table users in share row exclusive mode`); err != nil {
			return err
		}
		var users int
		if err := tx.QueryRow(ctx, `select count(*) from users`).Scan(&users); err != nil {
			return err
		}
		if users > 0 {
			return &UnusableError{fmt.Sprintf("the database has users already: %d", users)}
		}
		return nil
	})
}

func (s *Store) plant(ctx context.Context, seed store.Seed, prepare func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := prepare(tx); err != nil {
			return err
		}
		return sow(ctx, tx, seed)
	})
	return told(ctx, err)
}

// sowing sends rows by the thousand.
type sowing struct {
	ctx   context.Context
	tx    pgx.Tx
	batch pgx.Batch
	what  []string // what each statement of the batch stores
}

func sow(ctx context.Context, tx pgx.Tx, seed store.Seed) error {
	w := &sowing{ctx: ctx, tx: tx}
	for _, user := range seed.Users {
		const insert = `insert into users (id, email, forwarding_address, plan_secret) values ($1, $2, $3, $4)`
		address := fmt.Sprintf("plan-%d@inbound.example.test", user.ID)
		if err := w.add(fmt.Sprint("user ", user.ID), insert, user.ID, user.Email, address, secret()); err != nil {
			return err
		}
	}
	var owners []int64
	for _, plan := range seed.Plans {
		owner := plan.Recipient.UserID
		if slices.Contains(owners, owner) {
			return fmt.Errorf("%w: user %d owns a plan already", store.ErrTaken, owner)
		}
		owners = append(owners, owner)
		if err := w.plan(plan); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.sequences()
}

func (w *sowing) plan(p store.Plan) error {
	r := p.Recipient
	what := fmt.Sprint("recipient ", r.ID)
	if err := w.add(what, `update users set plan_version = $2, plan_updated_at = $3 where id = $1`, r.UserID, p.Version.Number, moment(p.Version.UpdatedAt)); err != nil {
		return err
	}
	if err := w.add(what, `insert into recipients (id, user_id, display_name) values ($1, $2, $3)`, r.ID, r.UserID, r.DisplayName); err != nil {
		return err
	}
	for _, item := range slices.Concat(p.Appointments, p.Bills) {
		values, err := tables()[item.Kind].values(item)
		if err != nil {
			return err
		}
		what := fmt.Sprint(item.Kind, " ", item.ID)
		if err := w.add(what, insertItem, item.ItemID, r.ID, string(item.Kind), store.ReviewAuto); err != nil {
			return err
		}
		if err := w.add(what, tables()[item.Kind].insert, values...); err != nil {
			return err
		}
	}
	for _, c := range p.Collaborators {
		c.RecipientID = r.ID
		if err := w.add(fmt.Sprint("collaborator ", c.ID), insertCollaborator, collaboratorValues(c)...); err != nil {
			return err
		}
	}
	return nil
}

func (w *sowing) add(what, query string, values ...any) error {
	w.batch.Queue(query, values...)
	if w.what = append(w.what, what); len(w.what) < 1000 {
		return nil
	}
	return w.flush()
}

func (w *sowing) flush() error {
	results := w.tx.SendBatch(w.ctx, &w.batch)
	for _, what := range w.what {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // says the same
			return fmt.Errorf("%s: %w", what, told(w.ctx, err))
		}
	}
	w.batch, w.what = pgx.Batch{}, nil
	return results.Close()
}

// sequences go on behind the keys that the seed brought.
func (w *sowing) sequences() error {
	for _, table := range []string{"users", "recipients", "items", "appointments", "bills", "care_collaborators"} {
		query := fmt.Sprintf(`select setval(pg_get_serial_sequence('%[1]s', 'id'), max(id)) from %[1]s having max(id) is not null`, table)
		if _, err := w.tx.Exec(w.ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// secret is a plan_secret: 64 hexadecimal digits.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
