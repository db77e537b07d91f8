package campaign

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// item is an appointment or a bill as the server keeps it: its state is a number, and it may lie outside the plan's dates.
type item struct {
	state, version, syncs int
	away                  bool
}

// server keeps a plan.
type server struct {
	version int
	last    int // the last id given out
	items   map[string]item
	people  int // collaborators that were invited
	pulls   int // calendar pulls
	clock   func() time.Duration
	updated time.Duration // when the version began, by the server's clock
}

// delta is one mutation of an item, or of none: id is "plan" then.
type delta struct {
	id, action string
	version    int
	it         item
}

func (s *server) bump() int {
	s.version++
	s.updated = s.clock()
	return s.version
}

func (s *server) ids() []string { return slices.Sorted(maps.Keys(s.items)) }

func (s *server) create(bill bool) delta {
	s.last++
	id := fmt.Sprintf("appointment:%d", s.last)
	if bill {
		id = fmt.Sprintf("bill:%d", s.last)
	}
	it := item{version: s.bump()}
	s.items[id] = it
	return delta{id, "created", it.version, it}
}

// mutate changes an item that there is, or makes one.
func (s *server) mutate(rng *rand.Rand) delta {
	ids := s.ids()
	if len(ids) == 0 || rng.IntN(12) == 0 {
		return s.create(rng.IntN(2) == 0)
	}
	id := ids[rng.IntN(len(ids))]
	it := s.items[id]
	it.version, it.state = s.bump(), it.state+1
	switch n := rng.IntN(24); {
	case n == 0:
		delete(s.items, id)
		return delta{id, "deleted", it.version, it}
	case n < 3 && strings.HasPrefix(id, "appointment"):
		it.away = !it.away
	}
	s.items[id] = it
	return delta{id, "updated", it.version, it}
}

// sync has a calendar be asked: no delta tells, and no version.
func (s *server) sync(rng *rand.Rand) {
	ids := s.ids()
	if len(ids) == 0 {
		return
	}
	id := ids[rng.IntN(len(ids))]
	it := s.items[id]
	s.pulls++
	it.syncs = s.pulls
	s.items[id] = it
}

// change makes mutations in one tick: they leave in one message, a later one of an item in the place of the earlier one.
func (w *world) change(n int) []delta {
	var message []delta
	for range n {
		d := w.server.mutate(w.rng)
		if i := slices.IndexFunc(message, func(m delta) bool { return m.id == d.id }); i >= 0 {
			message[i] = d
		} else {
			message = append(message, d)
		}
	}
	if w.chance(3) {
		w.rng.Shuffle(len(message), func(i, k int) { message[i], message[k] = message[k], message[i] })
	}
	return message
}

// bulk changes what no delta can say: items in a job, or who shares the plan.
func (w *world) bulk() {
	ids := w.server.ids()
	if !w.online || w.silent || len(ids) == 0 {
		return
	}
	call := delta{id: "plan", action: "updated"}
	if w.chance(3) {
		w.server.people++
		call.it.state = w.server.people
		call.version = w.server.bump()
		w.blame(fmt.Sprintf("collaborator:%d", w.server.people), refreshMissed)
	} else {
		for range 1 + w.rng.IntN(2) {
			id := ids[w.rng.IntN(len(ids))]
			it := w.server.items[id]
			it.state++
			it.version = w.server.version + 1
			w.server.items[id] = it
			w.blame(id, refreshMissed)
		}
		call.version = w.server.bump()
	}
	w.emit([]string{call.text(true)})
	w.client.see(call.version)
	w.maybeRefresh()
}
