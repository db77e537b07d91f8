package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// reader builds one plan in one transaction.
type reader struct {
	Options
	ctx       context.Context
	tx        pgx.Tx
	testimony Testimony
	size      int // bytes of its rows
	zones     zones
}

// read reads the plan that a user reads, in a transaction that ends with the connection: there is
// nothing to keep.
func (r *reader) read(conn *pgx.Conn, user int64) error {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	limit := fmt.Sprintf("set local statement_timeout = %d", max(1, r.Timeout.Milliseconds()))
	for _, statement := range []func(ctx context.Context) error{
		func(ctx context.Context) (err error) { r.tx, err = conn.BeginTx(ctx, snapshot); return err },
		func(ctx context.Context) error { _, err := r.tx.Exec(ctx, limit); return err },
	} {
		if err := r.limited(statement); err != nil {
			return err
		}
	}
	return r.plan(user)
}

// limited asks one thing of the database, which ends it by itself where it can.
func (r *reader) limited(ask func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(r.ctx, 2*r.Timeout)
	defer cancel()
	return ask(ctx)
}

// access is whose plan a user reads.
type access struct {
	recipient, owner int64
	displayName      string
	owns             bool
}

const ownRecipients = `select id, user_id, left(display_name, 65536) from recipients where user_id = $1::bigint order by id`

const sharedRecipients = `select r.id, r.user_id, left(r.display_name, 65536)
	from care_collaborators c join recipients r on r.id = c.recipient_id
	where c.user_id = $1::bigint and c.status = 'accepted'
	order by c.accepted_at desc nulls last, c.id desc`

// access finds whose plan a user reads: their own, else one that they share.
func (r *reader) access(user int64) (access, error) {
	for _, query := range []string{ownRecipients, sharedRecipients} {
		var all []access
		a := access{owns: query == ownRecipients}
		err := r.each(query, []any{user}, []any{&a.recipient, &a.owner, &a.displayName}, func() error { all = append(all, a); return nil })
		if err != nil || len(all) > 0 {
			return r.asked(user, all, err)
		}
	}
	return access{}, ErrNoPlan
}

// asked is the one that was asked for.
func (r *reader) asked(user int64, all []access, err error) (access, error) {
	if err != nil {
		return access{}, err
	}
	for _, a := range all {
		if r.Recipient == 0 || a.recipient == r.Recipient {
			return a, nil
		}
	}
	return access{}, &OtherPlanError{User: user, Reads: all[0].recipient, Asked: r.Recipient}
}

// plan reads the plan that a user reads.
func (r *reader) plan(user int64) error {
	a, err := r.access(user)
	if err != nil {
		return err
	}
	r.testimony = Testimony{Owner: a.owns, head: r.head(a)}
	for _, part := range []func(access) error{r.version, r.appointments, r.bills, r.collaborators, r.ages} {
		if err := part(a); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) head(a access) []byte {
	var w writer
	w.open('{')
	w.open('{', "recipient")
	w.number("id", &a.recipient)
	w.text("displayName", &a.displayName)
	w.shut('}')
	w.open('{', "dateRange")
	w.instant("start", &r.Start)
	w.instant("end", &r.End)
	w.shut('}')
	return w.out
}

func (r *reader) version(a access) error {
	var updated *time.Time
	query := `select plan_version, plan_updated_at from users where id = $1::bigint`
	err := r.limited(func(ctx context.Context) error {
		return r.tx.QueryRow(ctx, query, a.owner).Scan(&r.testimony.Version, &updated)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoPlan
	}
	var w writer
	w.number("planVersion", &r.testimony.Version)
	w.instant("planUpdatedAt", updated)
	r.testimony.tail = w.out
	return err
}

var selectAppointments = `select a.id, a.item_id, a.start_local, a.end_local, ` +
	texts("a", "start_time_zone", "end_time_zone", "start_offset", "end_offset", "location", "prep_note", "summary", "ics_token") + `,
		a.assigned_collaborator_id, a.created_at, i.review_status
	from appointments a join items i on i.id = a.item_id
	where i.recipient_id = $1::bigint and a.start_local >= $2 and a.start_local < $3
	order by a.start_local, a.id`

func (r *reader) appointments(a access) error {
	var id int64
	var itemID, assigned *int64
	var start, end, created *time.Time
	var startZone, endZone, startOffset, endOffset, location, note, summary, token, review *string
	var longest *int64
	into := []any{
		&id, &itemID, &start, &end, &startZone, &endZone, &startOffset, &endOffset, &location, &note, &summary, &token, &longest, &assigned,
		&created, &review,
	}
	return r.each(selectAppointments, []any{a.recipient, r.Start, r.End}, into, func() error {
		var w writer
		w.open('{')
		w.number("id", &id)
		w.number("itemId", itemID)
		w.local("startLocal", start, r.zones.of(startZone, startOffset, r.Location))
		w.local("endLocal", end, r.zones.of(cmp.Or(endZone, startZone), cmp.Or(endOffset, startOffset), r.Location))
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
		return r.add(appointments, row{id: id, text: w.out, listed: true, open: openByReview(review)}, longest)
	})
}

// A due date stands for midnight in UTC, which is how it is written.
var selectBills = `select b.id, b.item_id, b.statement_date, left(b.amount::text, 1024), pg_typeof(b.amount)::text, b.due_date, ` +
	texts("b", "pay_url", "status", "task_key") + `,
		b.assigned_collaborator_id, b.created_at, i.review_status
	from bills b join items i on i.id = b.item_id
	where i.recipient_id = $1::bigint
		and (b.due_date is null or b.due_date::timestamp at time zone 'UTC' < $2)
	order by b.due_date nulls last, b.id`

func (r *reader) bills(a access) error {
	var id int64
	var itemID, assigned *int64
	var statement, due, created *time.Time
	var amount, payURL, status, taskKey, review *string
	var amountType string
	var longest *int64
	into := []any{&id, &itemID, &statement, &amount, &amountType, &due, &payURL, &status, &taskKey, &longest, &assigned, &created, &review}
	return r.each(selectBills, []any{a.recipient, r.End}, into, func() error {
		if err := checkAmount(id, amount, amountType); err != nil {
			return err
		}
		var w writer
		w.open('{')
		w.number("id", &id)
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
		bill := row{id: id, text: w.out, listed: true, open: openByReview(review) || r.openAtTheEnd(due)}
		return r.add(bills, bill, longest)
	})
}

var selectCollaborators = `select c.id, c.recipient_id, c.user_id, ` + texts("c", "email", "role", "status", "invite_token") + `,
		c.invited_by, c.invited_at, c.accepted_at
	from care_collaborators c
	where c.recipient_id = $1::bigint
	order by c.role <> 'owner', c.invited_at, c.id`

// The states of a collaborator.
const (
	accepted = "accepted"
	pending  = "pending"
)

// collaborators reads who shares the plan. Invitations are the owner's to see, and their tokens
// while they are pending.
func (r *reader) collaborators(a access) error {
	var id int64
	var recipient, user, invitedBy *int64
	var email, role, status, token *string
	var invited, acceptedAt *time.Time
	var longest *int64
	into := []any{&id, &recipient, &user, &email, &role, &status, &token, &longest, &invitedBy, &invited, &acceptedAt}
	return r.each(selectCollaborators, []any{a.recipient}, into, func() error {
		if token == nil || !is(status, pending) {
			token = new(string)
		}
		var w writer
		w.open('{')
		w.number("id", &id)
		w.number("recipientId", recipient)
		w.number("userId", user)
		w.text("email", email)
		w.text("role", role)
		w.text("status", status)
		w.text("inviteToken", token)
		w.number("invitedBy", invitedBy)
		w.instant("invitedAt", invited)
		w.instant("acceptedAt", acceptedAt)
		w.shut('}')
		one := row{id: id, text: w.out, listed: is(status, accepted) || a.owns, open: openInvitation(status, a.owns)}
		return r.add(collaborators, one, longest)
	})
}

// add takes a row whose longest text is so long, in bytes.
func (r *reader) add(list int, one row, longest *int64) error {
	r.size += len(one.text)
	switch {
	case longest != nil && *longest > mostValue:
		return &TooLargeError{fmt.Sprintf("%s %d holds a text of %d MB", typeOf[list], one.id, *longest/1_000_000)}
	case r.size > mostPlan:
		return &TooLargeError{fmt.Sprintf("the plan is larger than %d MiB", mostPlan>>20)}
	}
	r.testimony.lists[list] = append(r.testimony.lists[list], one)
	return nil
}

// What is read of a database is bounded: no row of a Carebase's is near to it, and a column may
// hold a gigabyte.
const (
	mostValue = 1 << 20   // bytes of a text
	mostPlan  = 512 << 20 // bytes of JSON
)

// texts selects the beginnings of columns of text, and behind them how many bytes the longest of
// them has.
func texts(table string, columns ...string) string {
	var starts, sizes []string
	for _, column := range columns {
		name := table + "." + column
		starts = append(starts, fmt.Sprintf("left(%s, %d)", name, mostValue))
		sizes = append(sizes, "octet_length("+name+")")
	}
	return strings.Join(starts, ", ") + ", greatest(" + strings.Join(sizes, ", ") + ")::bigint"
}

// checkAmount refuses an amount that no numeric column holds: as text it would look like something
// else.
func checkAmount(bill int64, amount *string, ofType string) error {
	switch ofType {
	case "numeric", "integer", "bigint", "smallint", "real", "double precision":
		return nil
	}
	if amount == nil {
		return nil
	}
	return &UnusableError{fmt.Sprintf("not a Carebase database: bills.amount of bill %d is %s, not numeric", bill, ofType)}
}

// each scans the rows of a query into the same places, one after the other.
func (r *reader) each(query string, args, into []any, row func() error) error {
	return r.limited(func(ctx context.Context) error {
		rows, err := r.tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, into, row)
		return err
	})
}
