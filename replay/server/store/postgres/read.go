package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carebase/deltatap/replay/server/store"
)

// read runs fn on a connection. A connection that the database has dropped while it lay idle costs
// another try.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context, conn *pgxpool.Conn) error) error {
	ctx, done := s.bound(ctx)
	defer done()
	run := func(conn *pgxpool.Conn) error { return fn(ctx, conn) }
	err := s.pool.AcquireFunc(ctx, run)
	if ctx.Err() == nil && isLost(err) {
		s.pool.Reset()
		err = s.pool.AcquireFunc(ctx, run)
	}
	return s.health.see(ctx, err)
}

// User finds a user by id.
func (s *Store) User(ctx context.Context, id int64) (store.User, error) {
	var user store.User
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		row := conn.QueryRow(ctx, `select id, email from users where id = $1::bigint`, id)
		return notFound(row.Scan(&user.ID, &user.Email), "user %d", id)
	})
	return user, err
}

// Users reads the users with the lowest ids, no more than limit, and says how many there are.
func (s *Store) Users(ctx context.Context, limit int) (users []store.User, total int, err error) {
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		if err := conn.QueryRow(ctx, `select count(*) from users`).Scan(&total); err != nil {
			return err
		}
		var user store.User
		users = nil
		return each(ctx, conn, `select id, email from users order by id limit $1`, []any{limit}, []any{&user.ID, &user.Email}, func() {
			users = append(users, user)
		})
	})
	return users, total, err
}

const ownRecipient = `select id, user_id, display_name from recipients where user_id = $1::bigint order by id limit 1`

const sharedRecipient = `select r.id, r.user_id, r.display_name
	from care_collaborators c join recipients r on r.id = c.recipient_id
	where c.user_id = $1::bigint and c.status = 'accepted'
	order by c.accepted_at desc nulls last, c.id desc limit 1`

// Access says whose plan a user reads, and as what.
func (s *Store) Access(ctx context.Context, user int64) (store.Access, error) {
	var access store.Access
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		for _, way := range []struct {
			query string
			role  store.Role
		}{{ownRecipient, store.Owner}, {sharedRecipient, store.Contributor}} {
			access.Role = way.role
			r := &access.Recipient
			err = conn.QueryRow(ctx, way.query, user).Scan(&r.ID, &r.UserID, &r.DisplayName)
			if err == nil || !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
		}
		return notFound(err, "a recipient of user %d", user)
	})
	if err != nil {
		return store.Access{}, err
	}
	return access, nil
}

const selectOwned = `select r.id, r.user_id, r.display_name, u.plan_version, u.plan_updated_at
	from recipients r join users u on u.id = r.user_id where u.id = $1::bigint order by r.id limit 1`

// owned reads whom the plan of a user is about, and its version.
func owned(ctx context.Context, q querier, query string, owner int64) (store.Recipient, store.Version, error) {
	var r store.Recipient
	var v store.Version
	var updated *time.Time
	err := q.QueryRow(ctx, query, owner).Scan(&r.ID, &r.UserID, &r.DisplayName, &v.Number, &updated)
	v.UpdatedAt = some(updated)
	return r, v, notFound(err, "the plan of user %d", owner)
}

const selectAppointments = `select ` + appointmentColumns + `
	from appointments a join items i on i.id = a.item_id
	where i.recipient_id = $1::bigint and a.start_local >= $2 and a.start_local < $3
	order by a.start_local, a.id`

// A due date stands for midnight in UTC, which is how it is written.
const selectBills = `select ` + billColumns + `
	from bills b join items i on i.id = b.item_id
	where i.recipient_id = $1::bigint and (b.due_date is null or b.due_date::timestamp at time zone 'UTC' < $2)
	order by b.due_date nulls last, b.id`

// Plan reads one plan, all of it at one moment.
func (s *Store) Plan(ctx context.Context, owner int64, r store.Range) (store.Plan, error) {
	var plan store.Plan
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, snapshot, func(tx pgx.Tx) (err error) {
			plan = store.Plan{}
			if plan.Recipient, plan.Version, err = owned(ctx, tx, selectOwned, owner); err != nil {
				return err
			}
			recipient := plan.Recipient.ID
			if plan.Appointments, err = appointments(ctx, tx, selectAppointments, recipient, r.Start, r.End); err != nil {
				return err
			}
			if plan.Bills, err = bills(ctx, tx, selectBills, recipient, r.End); err != nil {
				return err
			}
			plan.Collaborators, err = collaborators(ctx, tx, selectCollaborators, recipient)
			return err
		})
	})
	if err != nil {
		return store.Plan{}, err
	}
	return plan, nil
}

// Version reads the version of one plan.
func (s *Store) Version(ctx context.Context, owner int64) (store.Version, error) {
	var version store.Version
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		_, version, err = owned(ctx, conn, selectOwned, owner)
		return err
	})
	return version, err
}

// Item reads an item of one plan.
func (s *Store) Item(ctx context.Context, owner int64, kind store.Kind, id int64) (store.Item, error) {
	var found store.Item
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		recipient, _, err := owned(ctx, conn, selectOwned, owner)
		if err != nil {
			return err
		}
		found, err = itemOf(ctx, conn, kind, id, recipient.ID)
		return err
	})
	return found, err
}

// itemOf reads an item of a recipient's plan.
func itemOf(ctx context.Context, q querier, kind store.Kind, id, recipient int64) (store.Item, error) {
	read, query := appointments, selectAppointment
	if kind == store.Bill {
		read, query = bills, selectBill
	}
	items, err := read(ctx, q, query, id, recipient)
	if err != nil {
		return store.Item{}, err
	}
	if len(items) == 0 {
		return store.Item{}, fmt.Errorf("%s %d: %w", kind, id, store.ErrNotFound)
	}
	return items[0], nil
}

const selectReviews = `select id, review_status from items where recipient_id = $1::bigint and review_status = $2 order by id`

// Reviews lists the items of one plan that wait for a review. A draft has no column.
func (s *Store) Reviews(ctx context.Context, owner int64) ([]store.Review, error) {
	var pending []store.Review
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		recipient, _, err := owned(ctx, conn, selectOwned, owner)
		if err != nil {
			return err
		}
		var r store.Review
		pending = nil
		return each(ctx, conn, selectReviews, []any{recipient.ID, store.ReviewPending}, []any{&r.ItemID, &r.Status}, func() {
			pending = append(pending, r)
		})
	})
	return pending, err
}

const selectInvitation = `select ` + collaboratorColumns + ` from care_collaborators where invite_token = $1 and invite_token <> ''`

// Invitation finds a collaborator by invite token.
func (s *Store) Invitation(ctx context.Context, token string) (store.Collaborator, int64, error) {
	var found store.Collaborator
	var owner int64
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		all, err := collaborators(ctx, conn, selectInvitation, token)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("an invitation: %w", store.ErrNotFound)
		}
		found = all[0]
		row := conn.QueryRow(ctx, `select user_id from recipients where id = $1::bigint`, found.RecipientID)
		return notFound(row.Scan(&owner), "an invitation")
	})
	return found, owner, err
}
