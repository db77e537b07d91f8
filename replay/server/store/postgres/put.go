package postgres

import (
	"fmt"

	"github.com/carebase/deltatap/replay/server/store"
)

// standing is what is in the tables where an item is to go.
type standing struct {
	row         *int64 // whose the row of that primary key is: the recipient's id
	item        *int64 // whose the row of items is
	appointment *int64 // which appointment has the row of items
	bill        *int64
}

const selectStanding = `select
	(select i.recipient_id from %s t join items i on i.id = t.item_id where t.id = $1::bigint),
	(select recipient_id from items where id = $2::bigint),
	(select id from appointments where item_id = $2::bigint),
	(select id from bills where item_id = $2::bigint)`

const insertItem = `insert into items (id, recipient_id, detected_type, review_status) values ($1, $2, $3, $4)`

// Put inserts or replaces an item.
func (t *tx) Put(item store.Item) error {
	table := tables()[item.Kind]
	values, err := table.values(item)
	if err != nil {
		return err
	}
	var s standing
	err = t.tx.QueryRow(t.ctx, fmt.Sprintf(selectStanding, table.name), item.ID, item.ItemID).Scan(&s.row, &s.item, &s.appointment, &s.bill)
	if err != nil {
		return t.told(err)
	}
	if err := s.admits(item, t.recipient.ID); err != nil {
		return err
	}
	if s.item == nil {
		if err := t.insert(store.ItemIDs, item.ItemID, insertItem, item.ItemID, t.recipient.ID, string(item.Kind), store.ReviewAuto); err != nil {
			return err
		}
	}
	if s.row == nil {
		return t.insert(store.Sequence(table.name), item.ID, table.insert, values...)
	}
	_, err = t.tx.Exec(t.ctx, table.update, values...)
	return t.told(err)
}

// admits refuses an item whose place is taken.
func (s *standing) admits(item store.Item, recipient int64) error {
	if s.row != nil && *s.row != recipient {
		return fmt.Errorf("%s %d: %w", item.Kind, item.ID, store.ErrTaken)
	}
	for kind, holder := range map[store.Kind]*int64{store.Appointment: s.appointment, store.Bill: s.bill} {
		if holder != nil && (kind != item.Kind || *holder != item.ID) {
			return fmt.Errorf("item %d of %s %d: %w by %s %d", item.ItemID, item.Kind, item.ID, store.ErrTaken, kind, *holder)
		}
	}
	if s.item != nil && *s.item != recipient {
		return fmt.Errorf("item %d of %s %d: %w", item.ItemID, item.Kind, item.ID, store.ErrTaken)
	}
	return nil
}

func (t *tx) insert(seq store.Sequence, id int64, query string, values ...any) error {
	if _, err := t.tx.Exec(t.ctx, query, values...); err != nil {
		return t.told(err)
	}
	return t.reserve(seq, id)
}
