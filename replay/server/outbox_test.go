package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/server/store"
)

// TestOutbox holds an outbox against a model: ticks of keys, each in the place of its first delta with the text of its
// last.
func TestOutbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var emitted, expected []string
		box := newOutbox(new(backlog), func(_ string, args []byte) { emitted = append(emitted, string(args)) }, nil)
		var order []deltaKey
		last := map[deltaKey]string{}
		var releases []func()
		flush := func() {
			if len(order) == 0 || len(releases) > 0 {
				return
			}
			texts := make([]string, len(order))
			for i, key := range order {
				texts[i] = last[key]
			}
			expected = append(expected, `{"deltas":[`+strings.Join(texts, ",")+`]}`)
			order, last = nil, map[deltaKey]string{}
		}
		version := 0
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				var deltas []delta
				for range rapid.IntRange(0, 5).Draw(t, "deltas") {
					version++
					key := deltaKey{rapid.SampledFrom([]string{"bill", "plan"}).Draw(t, "type"), rapid.Int64Range(0, 4).Draw(t, "id")}
					text := fmt.Sprintf(`{"v":%d}`, version)
					deltas = append(deltas, delta{key: key, text: []byte(text)})
					if _, ok := last[key]; !ok {
						order = append(order, key)
					}
					last[key] = text
				}
				box.add(deltas)
			},
			"flush": func(*rapid.T) { box.flush(); flush() },
			"hold":  func(*rapid.T) { releases = append(releases, box.hold()) },
			"release": func(t *rapid.T) {
				if len(releases) == 0 {
					t.Skip("nobody holds")
				}
				release := releases[0]
				releases = releases[1:]
				release()
				flush()
				release()
			},
			"": func(t *rapid.T) {
				if !slices.Equal(emitted, expected) {
					t.Fatalf("emitted %q, want %q", emitted, expected)
				}
			},
		})
	})
}

// dallying is a store that takes its time to say that the first change is there, which others see by then.
type dallying struct {
	store.Store
	stored  chan struct{} // closed once the first change is there
	changes atomic.Int64
}

func (d *dallying) Update(ctx context.Context, owner int64, fn func(store.Tx) error) error {
	err := d.Store.Update(ctx, owner, fn)
	if d.changes.Add(1) == 1 {
		close(d.stored)
		time.Sleep(100 * time.Millisecond) // as long as somebody would need to overtake it
	}
	return err
}

// Deltas come into the tick in the order of their versions, however long a store takes to answer.
func TestNoChangeOvertakesAnother(t *testing.T) {
	owner := store.User{ID: 1, Email: "a@x"}
	memory, err := store.NewMemory(store.Seed{Users: []store.User{owner}, Plans: []store.Plan{store.NewPlan(owner, 1, "Alex", time.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	slow := &dallying{Store: memory, stored: make(chan struct{})}
	s := &Server{store: slow, now: time.Now}
	box := newOutbox(&backlog{}, nil, nil)
	remove := func(id int64) {
		_, err := s.commit(t.Context(), box, owner.ID, false, func(m *mutation) error {
			return m.record(change{itemType: "bill", entityID: id, action: deleted})
		})
		if err != nil {
			t.Error(err)
		}
	}
	var first sync.WaitGroup
	first.Go(func() { remove(1) })
	<-slow.stored
	remove(2)
	first.Wait()
	if got := string(message(box.pending)); !strings.HasPrefix(got, `{"deltas":[{"itemType":"bill","entityId":1,`) || len(box.pending) != 2 {
		t.Errorf("the tick holds %s", got)
	}
}
