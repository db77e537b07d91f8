package postgres

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// column is one column of a table of items: where its value is in the payload, and how it is read
// there. read is not called for null.
type column struct {
	name, field string
	read        func(raw []byte) (any, error)
}

// table is a table of items.
type table struct {
	name    string
	columns []column // beside id and item_id
	insert  string
	update  string
}

// tables is made when it is first needed: most commands keep nothing in a database.
var tables = sync.OnceValue(func() map[store.Kind]*table {
	return map[store.Kind]*table{
		store.Appointment: newTable("appointments", []column{
			{"start_local", "startLocal", instant},
			{"end_local", "endLocal", instant},
			{"start_time_zone", "startTimeZone", text},
			{"end_time_zone", "endTimeZone", text},
			{"start_offset", "startOffset", text},
			{"end_offset", "endOffset", text},
			{"location", "location", text},
			{"prep_note", "prepNote", text},
			{"summary", "summary", text},
			{"ics_token", "icsToken", text},
			{"assigned_collaborator_id", "assignedCollaboratorId", id},
			{"created_at", "createdAt", instant},
		}),
		store.Bill: newTable("bills", []column{
			{"statement_date", "statementDate", day},
			{"amount", "amount", amount},
			{"due_date", "dueDate", day},
			{"pay_url", "payUrl", text},
			{"status", "status", text},
			{"task_key", "taskKey", text},
			{"assigned_collaborator_id", "assignedCollaboratorId", id},
			{"created_at", "createdAt", instant},
		}),
	}
})

func newTable(name string, columns []column) *table {
	names, places, sets := []string{"id", "item_id"}, []string{"$1", "$2"}, []string{"item_id = $2"}
	for i, c := range columns {
		place := fmt.Sprintf("$%d", i+3)
		names, places, sets = append(names, c.name), append(places, place), append(sets, c.name+" = "+place)
	}
	return &table{
		name: name, columns: columns,
		insert: fmt.Sprintf("insert into %s (%s) values (%s)", name, strings.Join(names, ", "), strings.Join(places, ", ")),
		update: fmt.Sprintf("update %s set %s where id = $1", name, strings.Join(sets, ", ")),
	}
}

// values are the arguments of insert and update for an item. Errors are store.ErrInvalid.
func (t *table) values(item store.Item) ([]any, error) {
	if !isID(item.ID) || !isID(item.ItemID) {
		return nil, fmt.Errorf("%s %d of item %d: %w id", item.Kind, item.ID, item.ItemID, store.ErrInvalid)
	}
	o, err := payload.Parse(item.Payload)
	if err != nil {
		return nil, fmt.Errorf("%s %d: %w: %w", item.Kind, item.ID, store.ErrInvalid, err)
	}
	values := []any{item.ID, item.ItemID}
	for _, c := range t.columns {
		raw := o.Get(c.field)
		if payload.IsNull(raw) {
			values = append(values, nil)
			continue
		}
		value, err := c.read(raw)
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w: %s: %w", item.Kind, item.ID, store.ErrInvalid, c.field, err)
		}
		values = append(values, value)
	}
	return values, nil
}

// isID says whether a serial column can hold an id.
func isID(n int64) bool { return n > 0 && n <= math.MaxInt32 }

func text(raw []byte) (any, error) {
	s, ok := payload.AsString(raw)
	if !ok {
		return nil, errors.New("not a string")
	}
	return s, nil
}

func id(raw []byte) (any, error) {
	n, ok := payload.AsInt(raw)
	if !ok || !isID(n) {
		return nil, errors.New("not an id")
	}
	return n, nil
}

func instant(raw []byte) (any, error) {
	s, ok := payload.AsString(raw)
	if !ok {
		return nil, errors.New("not a string")
	}
	at, err := payload.ParseTime(s)
	return at.UTC(), err
}

// day reads a date, which is written as the midnight that it begins with.
func day(raw []byte) (any, error) {
	at, err := instant(raw)
	if err != nil {
		return nil, err
	}
	if date := at.(time.Time); !date.Equal(payload.Midnight(date)) {
		return nil, errors.New("not a midnight in UTC, which is all that a date can hold")
	}
	return at, nil
}

func amount(raw []byte) (any, error) {
	if _, ok := payload.AsNumber(raw); !ok {
		return nil, errors.New("not a number")
	}
	text, ok := decimals(raw)
	if !ok {
		return nil, errors.New("more than the two decimals that the database holds")
	}
	return text, nil
}
