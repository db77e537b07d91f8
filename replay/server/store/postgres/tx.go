package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/server/store"
)

// tx is one plan while it is being changed. It implements store.Tx.
type tx struct {
	ctx       context.Context
	tx        pgx.Tx
	owner     int64
	recipient store.Recipient
	given     map[given]bool
	failure   error // the database's last, as it came
}

// given is a primary key that was given out in this transaction.
type given struct {
	seq store.Sequence
	id  int64
}

// told remembers an error of the database's, and returns it as the store's callers are told it.
func (t *tx) told(err error) error {
	if err != nil {
		t.failure = err
	}
	return told(t.ctx, err)
}

// Recipient is whom the plan is about.
func (t *tx) Recipient() store.Recipient { return t.recipient }

const (
	selectAppointment = `select ` + appointmentColumns + ` from appointments a join items i on i.id = a.item_id
		where a.id = $1::bigint and i.recipient_id = $2::bigint`
	selectBill = `select ` + billColumns + ` from bills b join items i on i.id = b.item_id
		where b.id = $1::bigint and i.recipient_id = $2::bigint`
)

// Item reads an item of this plan.
func (t *tx) Item(kind store.Kind, id int64) (store.Item, error) {
	item, err := itemOf(t.ctx, t.tx, kind, id, t.recipient.ID)
	if errors.Is(err, store.ErrNotFound) {
		return item, err
	}
	return item, t.told(err)
}

// Delete takes an item out. Its row of items stays: what it was made of is still there.
func (t *tx) Delete(kind store.Kind, id int64) error {
	query := fmt.Sprintf(`delete from %s t using items i where i.id = t.item_id and t.id = $1::bigint and i.recipient_id = $2::bigint`, tables()[kind].name)
	done, err := t.tx.Exec(t.ctx, query, id, t.recipient.ID)
	if err == nil && done.RowsAffected() == 0 {
		return fmt.Errorf("%s %d: %w", kind, id, store.ErrNotFound)
	}
	return t.told(err)
}

// nextID passes over the keys of rows that came into a table without its sequence.
const nextID = `select n, exists (select 1 from %[1]s where id = n) from nextval(pg_get_serial_sequence('%[1]s', 'id')) n`

// Next gives out a primary key.
func (t *tx) Next(seq store.Sequence) (int64, error) {
	for {
		var id int64
		var used bool
		if err := t.tx.QueryRow(t.ctx, fmt.Sprintf(nextID, seq)).Scan(&id, &used); err != nil {
			return 0, t.told(err)
		}
		if !used {
			t.given[given{seq, id}] = true
			return id, nil
		}
	}
}

// reserve keeps an id that somebody else gave out from being given out again.
func (t *tx) reserve(seq store.Sequence, id int64) error {
	if t.given[given{seq, id}] {
		return nil
	}
	const advance = `select setval(s, $2) from (select pg_get_serial_sequence($1, 'id')::regclass as s) as of_table
		where has_sequence_privilege(s, 'USAGE, SELECT') and coalesce(pg_sequence_last_value(s), 0) < $2::bigint`
	_, err := t.tx.Exec(t.ctx, advance, string(seq), id)
	return t.told(err)
}

// Collaborators reads the plan's collaborators.
func (t *tx) Collaborators() ([]store.Collaborator, error) {
	all, err := collaborators(t.ctx, t.tx, selectCollaborators, t.recipient.ID)
	return all, t.told(err)
}

const (
	updateCollaborator = `update care_collaborators set user_id = $3, email = $4, role = $5, status = $6, invite_token = $7,
		invited_by = $8, invited_at = $9, accepted_at = $10 where id = $1 and recipient_id = $2`
	insertCollaborator = `insert into care_collaborators (` + collaboratorColumns + `) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
)

// PutCollaborator inserts or replaces a collaborator.
func (t *tx) PutCollaborator(c store.Collaborator) error {
	if !isID(c.ID) {
		return fmt.Errorf("collaborator %d: %w id", c.ID, store.ErrInvalid)
	}
	c.RecipientID = t.recipient.ID
	done, err := t.tx.Exec(t.ctx, updateCollaborator, collaboratorValues(c)...)
	if err != nil || done.RowsAffected() > 0 {
		return t.told(err)
	}
	if _, err := t.tx.Exec(t.ctx, insertCollaborator, collaboratorValues(c)...); err != nil {
		return t.told(err)
	}
	return t.reserve(store.CollaboratorIDs, c.ID)
}

func collaboratorValues(c store.Collaborator) []any {
	return []any{
		c.ID, c.RecipientID, orNull(c.UserID), c.Email, string(c.Role), c.Status, orNull(c.InviteToken), orNull(c.InvitedBy),
		moment(c.InvitedAt), moment(c.AcceptedAt),
	}
}

// moment is a time for a column of timestamps, which are UTC and which a Carebase server fills to
// the millisecond.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Millisecond)
}

// Review reads the review state of an item. The draft has no column.
func (t *tx) Review(itemID int64) (store.Review, error) {
	r := store.Review{ItemID: itemID}
	var status *string
	err := t.tx.QueryRow(t.ctx, `select review_status from items where id = $1::bigint and recipient_id = $2::bigint`, itemID, t.recipient.ID).Scan(&status)
	if err = notFound(err, "item %d", itemID); err != nil {
		return store.Review{}, t.told(err)
	}
	if r.Status = some(status); r.Status == "" {
		r.Status = store.ReviewAuto
	}
	return r, nil
}

// PutReview inserts or replaces the review state of an item.
func (t *tx) PutReview(r store.Review) error {
	if !isID(r.ItemID) {
		return fmt.Errorf("item %d: %w id", r.ItemID, store.ErrInvalid)
	}
	done, err := t.tx.Exec(t.ctx, `update items set review_status = $3 where id = $1 and recipient_id = $2`, r.ItemID, t.recipient.ID, r.Status)
	if err != nil || done.RowsAffected() > 0 {
		return t.told(err)
	}
	_, err = t.tx.Exec(t.ctx, `insert into items (id, recipient_id, review_status) values ($1, $2, $3)`, r.ItemID, t.recipient.ID, r.Status)
	if err != nil {
		return t.told(err)
	}
	return t.reserve(store.ItemIDs, r.ItemID)
}

// Bump makes the version one more.
func (t *tx) Bump(at time.Time) (int64, error) {
	var version int64
	const bump = `update users set plan_version = plan_version + 1, plan_updated_at = $2 where id = $1 returning plan_version`
	err := t.tx.QueryRow(t.ctx, bump, t.owner, moment(at)).Scan(&version)
	return version, t.told(err)
}
