package plancache

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
)

// model is a server as CAREBASE.md describes it, for the property tests: it knows nothing of caches.
type model struct {
	random  *rand.Rand
	version int
	nextID  int
	items   map[contract.Item]thing
	tick    []emission // what this tick has emitted so far
}

// thing is an item of the model.
type thing struct {
	content int
	outside bool // of the plan's dates
}

type emission struct {
	key  string
	json string
}

func newModel(seed uint64) *model {
	return &model{random: rand.New(rand.NewPCG(seed, seed)), items: map[contract.Item]thing{}}
}

// mutate makes one mutation, and emits its delta into the tick.
func (s *model) mutate() {
	s.version++
	known := slices.SortedFunc(maps.Keys(s.items), func(a, b contract.Item) int { return strings.Compare(a.String(), b.String()) })
	choice := s.random.IntN(10)
	switch {
	case choice == 0:
		s.emit("plan", fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated","version":%d}`, s.version))
	case choice <= 3 || len(known) == 0:
		s.nextID++
		it := contract.Item{Type: []string{"appointment", "bill"}[s.random.IntN(2)], ID: int64(s.nextID)}
		s.set("created", it, s.random.IntN(6) == 0)
	case choice <= 5:
		it := known[s.random.IntN(len(known))]
		delete(s.items, it)
		s.emit(it.String(), fmt.Sprintf(`{"itemType":%q,"entityId":%d,"action":"deleted","version":%d}`, it.Type, it.ID, s.version))
	default:
		it := known[s.random.IntN(len(known))]
		s.set("updated", it, s.items[it].outside != (s.random.IntN(5) == 0))
	}
}

func (s *model) set(action string, it contract.Item, outside bool) {
	// Few contents, so that an item comes back to one that it had before.
	s.items[it] = thing{content: s.random.IntN(3), outside: outside}
	s.emit(it.String(), fmt.Sprintf(`{"itemType":%q,"entityId":%d,"action":%q,"version":%d,"data":{%q:%s}}`,
		it.Type, it.ID, action, s.version, it.Type, s.json(it, "null")))
}

// emit puts a delta into the tick, in the place of an earlier one of the same item.
func (s *model) emit(key, json string) {
	for i := range s.tick {
		if s.tick[i].key == key {
			s.tick[i].json = json
			return
		}
	}
	s.tick = append(s.tick, emission{key, json})
}

// flush ends the tick and returns its message; nil where nothing was emitted. The order of the deltas is any.
func (s *model) flush() *contract.Message {
	if len(s.tick) == 0 {
		return nil
	}
	var deltas []string
	for _, e := range s.tick {
		deltas = append(deltas, e.json)
	}
	s.tick = nil
	s.random.Shuffle(len(deltas), func(i, k int) { deltas[i], deltas[k] = deltas[k], deltas[i] })
	return message(deltas...)
}

func (s *model) json(it contract.Item, google string) string {
	t := s.items[it]
	return fmt.Sprintf(`{"id":%d,"content":%d,"outside":%v,"googleSync":%s}`, it.ID, t.content, t.outside, google)
}

// read returns the plan's lists as they are now.
func (s *model) read() (lists string) {
	items := map[string][]string{}
	for it, t := range s.items {
		if !t.outside {
			items[it.Type] = append(items[it.Type], s.json(it, `{"syncStatus":"idle"}`))
		}
	}
	slices.Sort(items["appointment"])
	slices.Sort(items["bill"])
	return fmt.Sprintf(`"appointments":[%s],"bills":[%s]`, strings.Join(items["appointment"], ","), strings.Join(items["bill"], ","))
}

// contents returns what the plan holds: "bill:3 content 1".
func (s *model) contents() map[string]int {
	held := map[string]int{}
	for it, t := range s.items {
		if !t.outside {
			held[it.String()] = t.content
		}
	}
	return held
}
