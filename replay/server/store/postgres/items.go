package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/server/store"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const appointmentColumns = `a.id, a.item_id, a.start_local, a.end_local, a.start_time_zone, a.end_time_zone, a.start_offset,
	a.end_offset, a.location, a.prep_note, a.summary, a.ics_token, a.assigned_collaborator_id, a.created_at`

const billColumns = `b.id, b.item_id, b.statement_date, b.amount::text, b.due_date, b.pay_url, b.status, b.task_key,
	b.assigned_collaborator_id, b.created_at`

// appointments reads the rows of a query for appointmentColumns.
func appointments(ctx context.Context, q querier, query string, args ...any) ([]store.Item, error) {
	var id, itemID int64
	var assigned *int64
	var start, end, created *time.Time
	var startZone, endZone, startOffset, endOffset, location, note, summary, token *string
	into := []any{
		&id, &itemID, &start, &end, &startZone, &endZone, &startOffset, &endOffset, &location, &note, &summary, &token, &assigned, &created,
	}
	var items []store.Item
	err := each(ctx, q, query, args, into, func() {
		var o object
		o.number("id", &id)
		o.number("itemId", &itemID)
		o.local("startLocal", start, startZone)
		o.local("endLocal", end, endZone, startZone)
		o.text("startTimeZone", startZone)
		o.text("endTimeZone", endZone)
		o.text("startOffset", startOffset)
		o.text("endOffset", endOffset)
		o.text("location", location)
		o.text("prepNote", note)
		o.text("summary", summary)
		o.text("icsToken", token)
		o.number("assignedCollaboratorId", assigned)
		o.instant("createdAt", created)
		items = append(items, store.Item{Kind: store.Appointment, ID: id, ItemID: itemID, Payload: o.end()})
	})
	return items, err
}

// bills reads the rows of a query for billColumns.
func bills(ctx context.Context, q querier, query string, args ...any) ([]store.Item, error) {
	var id, itemID int64
	var assigned *int64
	var statement, due, created *time.Time
	var amount, payURL, status, taskKey *string
	into := []any{&id, &itemID, &statement, &amount, &due, &payURL, &status, &taskKey, &assigned, &created}
	var items []store.Item
	err := each(ctx, q, query, args, into, func() {
		var o object
		o.number("id", &id)
		o.number("itemId", &itemID)
		o.instant("statementDate", statement)
		o.decimal("amount", amount)
		o.instant("dueDate", due)
		o.text("payUrl", payURL)
		o.text("status", status)
		o.text("taskKey", taskKey)
		o.number("assignedCollaboratorId", assigned)
		o.instant("createdAt", created)
		items = append(items, store.Item{Kind: store.Bill, ID: id, ItemID: itemID, Payload: o.end()})
	})
	return items, err
}

// each scans the rows of a query into the same places, one after the other.
func each(ctx context.Context, q querier, query string, args, into []any, row func()) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		row()
		return nil
	})
	return err
}

const collaboratorColumns = `id, recipient_id, user_id, email, role, status, invite_token, invited_by, invited_at, accepted_at`

const selectCollaborators = `select ` + collaboratorColumns + ` from care_collaborators where recipient_id = $1::bigint
	order by role <> 'owner', invited_at nulls first, id`

// collaborators reads the rows of a query for collaboratorColumns. What is null is the zero value.
func collaborators(ctx context.Context, q querier, query string, args ...any) ([]store.Collaborator, error) {
	var id, recipient int64
	var user, invitedBy *int64
	var email, role, status, token *string
	var invited, accepted *time.Time
	into := []any{&id, &recipient, &user, &email, &role, &status, &token, &invitedBy, &invited, &accepted}
	var all []store.Collaborator
	err := each(ctx, q, query, args, into, func() {
		all = append(all, store.Collaborator{
			ID: id, RecipientID: recipient, UserID: some(user), Email: some(email), Role: store.Role(some(role)), Status: some(status),
			InviteToken: some(token), InvitedBy: some(invitedBy), InvitedAt: some(invited), AcceptedAt: some(accepted),
		})
	})
	return all, err
}

// some is what a pointer points at, or the zero value.
func some[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// orNull is nil for the zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
