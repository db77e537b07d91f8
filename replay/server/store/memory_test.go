package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T, seed store.Seed) store.Store {
		memory, err := store.NewMemory(seed)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := memory.Close(); err != nil {
				t.Error(err)
			}
		})
		return memory
	})
}

func TestMemoryRefusesABadSeed(t *testing.T) {
	ann := store.User{ID: 1}
	plan := store.NewPlan(ann, 1, "Alex", time.Time{})
	odd := plan
	odd.Bills = []store.Item{{Kind: store.Bill, ID: 1, ItemID: 1, Payload: []byte(`{"dueDate":7}`)}}
	for name, tc := range map[string]struct {
		seed store.Seed
		err  error
	}{
		"a plan of nobody":    {store.Seed{Plans: []store.Plan{plan}}, store.ErrNotFound},
		"two plans of one":    {store.Seed{Users: []store.User{ann}, Plans: []store.Plan{plan, plan}}, store.ErrTaken},
		"a bill with no date": {store.Seed{Users: []store.User{ann}, Plans: []store.Plan{odd}}, store.ErrInvalid},
	} {
		if _, err := store.NewMemory(tc.seed); !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", name, err, tc.err)
		}
	}
}

// TestMemoryKeepsUnknownFields: what a database has no column for.
func TestMemoryKeepsUnknownFields(t *testing.T) {
	ann := store.User{ID: 1}
	memory, err := store.NewMemory(store.Seed{Users: []store.User{ann}, Plans: []store.Plan{store.NewPlan(ann, 1, "Alex", time.Time{})}})
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"z":1.0,"id":1,"itemId":2,"dueDate":null,"a":{"é":"\u00e9"}}`
	err = memory.Update(context.Background(), 1, func(tx store.Tx) error {
		return tx.Put(store.Item{Kind: store.Bill, ID: 1, ItemID: 2, Payload: []byte(text)})
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := memory.Plan(context.Background(), 1, store.Range{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(plan.Bills[0].Payload); got != text {
		t.Errorf("payload %s, want %s", got, text)
	}
}
