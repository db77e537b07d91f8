package witness

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// reader builds one plan in one transaction.
type reader struct {
	Options
	ctx context.Context
	tx  pgx.Tx
}

// access is whose plan a user reads.
type access struct {
	recipient, owner int64
	displayName      string
	owns             bool
}

const ownRecipient = `select id, user_id, display_name from recipients where user_id = $1 order by id limit 1`

const sharedRecipient = `select r.id, r.user_id, r.display_name
	from care_collaborators c join recipients r on r.id = c.recipient_id
	where c.user_id = $1 and c.status = 'accepted'
	order by c.accepted_at desc nulls last, c.id desc limit 1`

func (r *reader) access(user int64) (access, error) {
	for _, query := range []string{ownRecipient, sharedRecipient} {
		a := access{owns: query == ownRecipient}
		err := r.tx.QueryRow(r.ctx, query, user).Scan(&a.recipient, &a.owner, &a.displayName)
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return a, err
		}
	}
	return access{}, ErrNoPlan
}

// plan writes the plan that a user reads.
func (r *reader) plan(user int64) ([]byte, error) {
	a, err := r.access(user)
	if err != nil {
		return nil, err
	}
	w := writer{zone: r.Location}
	w.open('{')
	w.open('{', "recipient")
	w.number("id", &a.recipient)
	w.text("displayName", &a.displayName)
	w.shut('}')
	w.open('{', "dateRange")
	w.instant("start", &r.Start)
	w.instant("end", &r.End)
	w.shut('}')
	for _, part := range []func(*writer, access) error{r.appointments, r.bills, r.version, r.collaborators} {
		if err := part(&w, a); err != nil {
			return nil, err
		}
	}
	w.shut('}')
	return w.out, nil
}

func (r *reader) version(w *writer, a access) error {
	var version int64
	var updated *time.Time
	query := `select plan_version, plan_updated_at from users where id = $1`
	err := r.tx.QueryRow(r.ctx, query, a.owner).Scan(&version, &updated)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoPlan
	}
	w.number("planVersion", &version)
	w.instant("planUpdatedAt", updated)
	return err
}

const selectAppointments = `select a.id, a.item_id, a.start_local, a.end_local, a.start_time_zone, a.end_time_zone,
		a.start_offset, a.end_offset, a.location, a.prep_note, a.summary, a.ics_token, a.assigned_collaborator_id, a.created_at
	from appointments a join items i on i.id = a.item_id
	where i.recipient_id = $1 and a.start_local >= $2 and a.start_local < $3
	order by a.start_local, a.id`

func (r *reader) appointments(w *writer, a access) error {
	var id, itemID, assigned *int64
	var start, end, created *time.Time
	var startZone, endZone, startOffset, endOffset, location, note, summary, token *string
	into := []any{
		&id, &itemID, &start, &end, &startZone, &endZone, &startOffset, &endOffset, &location, &note, &summary, &token, &assigned, &created,
	}
	w.open('[', "appointments")
	defer w.shut(']')
	return r.each(selectAppointments, []any{a.recipient, r.Start, r.End}, into, func() {
		w.open('{')
		w.number("id", id)
		w.number("itemId", itemID)
		w.local("startLocal", start)
		w.local("endLocal", end)
		w.text("startTimeZone", startZone)
		w.text("endTimeZone", endZone)
		w.text("startOffset", startOffset)
		w.text("endOffset", endOffset)
		w.text("location", location)
		w.text("prepNote", note)
		w.text("summary", summary)
		w.text("icsToken", token)
		w.number("assignedCollaboratorId", assigned)
		w.instant("createdAt", created)
		w.shut('}')
	})
}

// A due date stands for midnight in UTC, which is how it is written.
const selectBills = `select b.id, b.item_id, b.statement_date, b.amount::text, b.due_date, b.pay_url, b.status, b.task_key,
		b.assigned_collaborator_id, b.created_at
	from bills b join items i on i.id = b.item_id
	where i.recipient_id = $1 and (b.due_date is null or b.due_date::timestamp at time zone 'UTC' < $2)
	order by b.due_date nulls last, b.id`

func (r *reader) bills(w *writer, a access) error {
	var id, itemID, assigned *int64
	var statement, due, created *time.Time
	var amount, payURL, status, taskKey *string
	into := []any{&id, &itemID, &statement, &amount, &due, &payURL, &status, &taskKey, &assigned, &created}
	w.open('[', "bills")
	defer w.shut(']')
	return r.each(selectBills, []any{a.recipient, r.End}, into, func() {
		w.open('{')
		w.number("id", id)
		w.number("itemId", itemID)
		w.instant("statementDate", statement)
		w.decimal("amount", amount)
		w.instant("dueDate", due)
		w.text("payUrl", payURL)
		w.text("status", status)
		w.text("taskKey", taskKey)
		w.number("assignedCollaboratorId", assigned)
		w.instant("createdAt", created)
		w.shut('}')
	})
}

const selectCollaborators = `select id, recipient_id, user_id, email, role, status, invite_token, invited_by, invited_at, accepted_at
	from care_collaborators
	where recipient_id = $1 and ($2 or status = 'accepted')
	order by role <> 'owner', invited_at, id`

// collaborators writes who shares the plan. Invitations are the owner's to see, and their tokens while they are pending.
func (r *reader) collaborators(w *writer, a access) error {
	var id, recipient, user, invitedBy *int64
	var email, role, status, token *string
	var invited, accepted *time.Time
	into := []any{&id, &recipient, &user, &email, &role, &status, &token, &invitedBy, &invited, &accepted}
	w.open('[', "collaborators")
	defer w.shut(']')
	return r.each(selectCollaborators, []any{a.recipient, a.owns}, into, func() {
		if token == nil || status == nil || *status != "pending" {
			token = new(string)
		}
		w.open('{')
		w.number("id", id)
		w.number("recipientId", recipient)
		w.number("userId", user)
		w.text("email", email)
		w.text("role", role)
		w.text("status", status)
		w.text("inviteToken", token)
		w.number("invitedBy", invitedBy)
		w.instant("invitedAt", invited)
		w.instant("acceptedAt", accepted)
		w.shut('}')
	})
}

// each scans the rows of a query into the same places, one after the other.
func (r *reader) each(query string, args, into []any, row func()) error {
	rows, err := r.tx.Query(r.ctx, query, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		row()
		return nil
	})
	return err
}
