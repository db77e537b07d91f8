package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var recordedRange = Range{Start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}

func recorded(t *testing.T) *Memory {
	t.Helper()
	ann := User{ID: 1}
	m, err := NewMemory(Seed{Users: []User{ann}, Plans: []Plan{NewPlan(ann, 1, "Alex", time.Time{})}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *Memory) listed(t testingT, owner int64) string {
	plan, err := m.Plan(context.Background(), owner, recordedRange)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint("v", plan.Version.Number)
	for _, item := range append(plan.Appointments, plan.Bills...) {
		text += fmt.Sprintf(" %s:%d/%d=%s", item.Kind, item.ID, item.ItemID, item.Payload)
	}
	return text
}

type testingT interface{ Fatal(...any) }

// TestFollowRefusesNothing: rows that no Carebase would store are kept.
func TestFollowRefusesNothing(t *testing.T) {
	m := recorded(t)
	err := m.Follow(1, []Told{
		{Kind: Bill, ID: 1, Payload: []byte(`{"itemId":5,"dueDate":"never"}`)},
		{Kind: Bill, ID: 2, Payload: []byte(`{"dueDate":null}`)},
		{Kind: Appointment, ID: 1, ItemID: 5, Payload: []byte(`{"startLocal":"2026-11-24T10:00:00+00:00"}`)},
		{Kind: Appointment, ID: 2, Payload: []byte(`{"startLocal":7}`)},
		{Kind: Bill, ID: 9}, // gone, and never there
	}, Version{Number: 4})
	if err != nil {
		t.Fatal(err)
	}
	const want = `v4 appointment:1/5={"startLocal":"2026-11-24T10:00:00+00:00"} bill:1/5={"itemId":5,"dueDate":"never"} bill:2/0={"dueDate":null}`
	if got := m.listed(t, 1); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := m.Follow(2, nil, Version{}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestFollowedRowsAreRows: what was followed can be changed as what was put.
func TestFollowedRowsAreRows(t *testing.T) {
	m := recorded(t)
	follow := func(told ...Told) {
		t.Helper()
		if err := m.Follow(1, told, Version{}); err != nil {
			t.Fatal(err)
		}
	}
	follow(Told{Kind: Bill, ID: 3, ItemID: 30, Payload: []byte(`{"dueDate":null}`)})
	follow(Told{Kind: Bill, ID: 3, ItemID: 31, Payload: []byte(`{"dueDate":null}`)})
	err := m.Update(context.Background(), 1, func(tx Tx) error {
		if id, _ := tx.Next(BillIDs); id != 4 {
			t.Errorf("the next id is %d", id)
		}
		if id, _ := tx.Next(ItemIDs); id != 32 {
			t.Errorf("the next item is %d", id)
		}
		if err := tx.Put(Item{Kind: Bill, ID: 5, ItemID: 31, Payload: []byte(`{}`)}); !errors.Is(err, ErrTaken) {
			t.Errorf("item 31 is given away: %v", err)
		}
		return tx.Put(Item{Kind: Bill, ID: 5, ItemID: 30, Payload: []byte(`{}`)})
	})
	if err != nil {
		t.Fatal(err)
	}
	follow(Told{Kind: Bill, ID: 3})
	if _, held := m.holders[31]; held {
		t.Error("item 31 belongs to a bill that is gone")
	}
}

// TestSnapshotIsApart: nothing that comes later changes it.
func TestSnapshotIsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ann := User{ID: 1}
		m, err := NewMemory(Seed{Users: []User{ann}, Plans: []Plan{NewPlan(ann, 1, "Alex", time.Time{})}})
		if err != nil {
			t.Fatal(err)
		}
		version := int64(0)
		step := func() {
			version++
			id := rapid.Int64Range(1, 4).Draw(t, "id")
			told := Told{Kind: Bill, ID: id, ItemID: id}
			if rapid.Bool().Draw(t, "put") {
				told.Payload = fmt.Appendf(nil, `{"n":%d,"dueDate":null}`, version)
			}
			if rapid.IntRange(0, 5).Draw(t, "plan") == 0 {
				m.Adopt(Plan{Recipient: Recipient{ID: 1, UserID: 1}, Version: Version{Number: version}}, recordedRange, func(Kind, int64) bool { return false })
			} else if err := m.Follow(1, []Told{told}, Version{Number: version}); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 10).Draw(t, "before") {
			step()
		}
		before := m.listed(t, 1)
		s := m.Snapshot()
		for range 3 {
			for range rapid.IntRange(0, 10).Draw(t, "after") {
				step()
			}
			m.Restore(s)
			if got := m.listed(t, 1); got != before {
				t.Fatalf("restored %s, want %s", got, before)
			}
		}
	})
}

// TestAdoptForWhoHasNoPlan makes one.
func TestAdoptForWhoHasNoPlan(t *testing.T) {
	m := recorded(t)
	m.Adopt(Plan{
		Recipient: Recipient{ID: 7, UserID: 9, DisplayName: "Sam"}, Version: Version{Number: 3},
		Bills: []Item{{Kind: Bill, ID: 1, ItemID: 2, Payload: []byte(`{"dueDate":null}`)}},
	}, recordedRange, func(Kind, int64) bool { return false })
	if got, want := m.listed(t, 9), `v3 bill:1/2={"dueDate":null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if owner, ok := m.OwnerFor(9); owner != 9 || !ok {
		t.Errorf("user 9 reads the plan of %d", owner)
	}
	if _, ok := m.OwnerFor(8); ok {
		t.Error("user 8 reads a plan")
	}
}

// TestDoubtEndsWithWhatEndsIt.
func TestDoubtEndsWithWhatEndsIt(t *testing.T) {
	nobody := func(Kind, int64) bool { return false }
	for name, end := range map[string]func(m *Memory, s *Snapshot, cancel func()){
		"an answer": func(m *Memory, _ *Snapshot, _ func()) {
			m.Adopt(Plan{Recipient: Recipient{ID: 1, UserID: 1}, Version: Version{Number: 5}}, recordedRange, nobody)
		},
		"another round": func(m *Memory, s *Snapshot, _ func()) { m.Restore(s) },
		"the reader":    func(_ *Memory, _ *Snapshot, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			m := recorded(t)
			s := m.Snapshot()
			m.Await(1, 4, time.Hour)
			m.Await(1, 5, time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			read := make(chan struct{})
			go func() {
				defer close(read)
				_, _ = m.Plan(ctx, 1, recordedRange)
			}()
			m.Adopt(Plan{Recipient: Recipient{ID: 1, UserID: 1}, Version: Version{Number: 4}}, recordedRange, nobody)
			select {
			case <-read:
				t.Error("an answer that is too old is taken")
			case <-time.After(10 * time.Millisecond):
			}
			end(m, s, cancel)
			<-read
			cancel()
		})
	}
}
