package witness

import (
	"context"
	"errors"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A server writes a row, and then bumps the version of its user's plan. PostgreSQL keeps with each
// row the transaction that wrote it last, so that a row that is younger than its user's was written
// after the version began. PostgreSQL documentation, "System Columns".
const selectAges = `
	select a.id, b.id, least(age(i.xmin), age(a.xmin), age(b.xmin)) < age(u.xmin)
	from items i left join appointments a on a.item_id = i.id left join bills b on b.item_id = i.id, users u
	where i.recipient_id = $1::bigint and u.id = $2::bigint`

// ages finds out which rows were written after the version was bumped last. Where tables are views,
// or may not be looked at so, nobody knows, and that is no error.
func (r *reader) ages(a access) error {
	var savepoint pgx.Tx // what fails behind it leaves the transaction whole
	err := r.limited(func(ctx context.Context) (err error) {
		savepoint, err = r.tx.Begin(ctx)
		return err
	})
	if err != nil {
		return err
	}
	err = r.readAges(a)
	if _, refused := errors.AsType[*pgconn.PgError](err); !refused {
		return err
	}
	return r.limited(savepoint.Rollback)
}

// readAges tells of no row where all are younger than their user's: so is a database that was
// filled by hand, or restored, as users come first there.
func (r *reader) readAges(a access) error {
	var appointment, bill *int64
	var younger *bool
	newer, older := map[contract.Item]bool{}, false
	err := r.each(selectAges, []any{a.recipient, a.owner}, []any{&appointment, &bill, &younger}, func() error {
		is := younger != nil && *younger
		older = older || !is
		if appointment != nil {
			newer[contract.Item{Type: contract.TypeAppointment, ID: *appointment}] = is
		}
		if bill != nil {
			newer[contract.Item{Type: contract.TypeBill, ID: *bill}] = is
		}
		return nil
	})
	if err == nil && older {
		r.testimony.Newer = newer
	}
	return err
}
