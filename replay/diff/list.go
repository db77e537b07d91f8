package diff

import (
	"bytes"
	"runtime"
	"sync"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// pair is an item by its index on both sides; absent where it is not there.
type pair struct {
	cached, server int32
}

const absent = -1

// list compares one list, adds what differs, and returns how many items are alike.
func (r *Result) list(itemType string, cached, server *plan.List, f *filter) int {
	pairs := match(cached, server)
	parts := make([]part, workers(len(pairs)))
	var comparing sync.WaitGroup
	for i := range parts {
		from, to := len(pairs)*i/len(parts), len(pairs)*(i+1)/len(parts)
		comparing.Go(func() {
			c := comparer{filter: f, item: contract.Item{Type: itemType}}
			parts[i].compare(&c, pairs[from:to], cached, server)
		})
	}
	comparing.Wait()
	same, before := 0, len(r.Differences)
	for _, p := range parts {
		r.Differences = append(r.Differences, p.differences...)
		same += p.same
	}
	markAgain(r.Differences[before:], Ghost, server)
	markAgain(r.Differences[before:], Missing, cached)
	return same
}

// markAgain marks the items of a kind that the other side has, too: this side has them more often,
// not alone.
func markAgain(differences []Difference, kind Kind, other *plan.List) {
	has := map[int64]bool{} // whether the other side has it
	for i := range differences {
		if d := &differences[i]; d.Kind == kind && d.Item.ID != 0 {
			has[d.Item.ID] = false
		}
	}
	if len(has) == 0 {
		return
	}
	for i := range other.Len() {
		id := keyOf(other, i).id
		if _, asked := has[id]; asked {
			has[id] = true
		}
	}
	for i := range differences {
		if d := &differences[i]; d.Kind == kind {
			d.Again = has[d.Item.ID]
		}
	}
}

// workers returns how many are worth their start for so many items.
func workers(items int) int {
	const each = 1000
	return max(1, min(runtime.GOMAXPROCS(0), items/each))
}

// match pairs items by id, in the server's order, those that only the cache has last. Plans of one
// server agree in order but for what differs, so that the two are walked side by side as long as
// they agree, and looked up from there on.
func match(cached, server *plan.List) []pair {
	pairs := make([]pair, 0, max(cached.Len(), server.Len()))
	n := 0
	for n < cached.Len() && n < server.Len() && sameID(cached, server, n) {
		pairs = append(pairs, pair{int32(n), int32(n)})
		n++
	}
	if n == cached.Len() && n == server.Len() {
		return pairs
	}
	rest := newLookup(cached, n)
	for i := n; i < server.Len(); i++ {
		pairs = append(pairs, pair{rest.take(server, i), int32(i)})
	}
	for i, taken := range rest.taken {
		if !taken {
			pairs = append(pairs, pair{int32(n + i), absent})
		}
	}
	return pairs
}

func sameID(a, b *plan.List, i int) bool {
	if a.HasID(i) && b.HasID(i) {
		return a.ID(i) == b.ID(i)
	}
	return keyOf(a, i) == keyOf(b, i)
}

// key is what items are matched by.
type key struct {
	id   int64
	kind keyKind
}

type keyKind uint8

const (
	keyless keyKind = iota // the item has no id
	byNumber
	byText // the item has a text for its id, {"id":"1"}
)

func keyOf(l *plan.List, i int) key {
	if l.HasID(i) {
		return key{l.ID(i), byNumber}
	}
	if id, ok := plan.TextID(l.Raw(i)); ok {
		return key{id, byText}
	}
	return key{}
}

// other is the key of the same id, spelled otherwise.
func (k key) other() key {
	switch k.kind {
	case byNumber:
		k.kind = byText
	case byText:
		k.kind = byNumber
	}
	return k
}

// lookup finds the items of a list from some index on by their id: of those with the same id, the
// first that is not taken. Those without an id are taken one after the other.
type lookup struct {
	from    int
	first   map[int64]int32
	texts   map[int64]int32 // of ids that are texts
	keyless int32
	next    []int32 // the next item with the same id
	taken   []bool
}

func newLookup(l *plan.List, from int) *lookup {
	n := l.Len() - from
	u := &lookup{from: from, first: make(map[int64]int32, n), keyless: absent, next: make([]int32, n), taken: make([]bool, n)}
	for i := l.Len() - 1; i >= from; i-- {
		k := keyOf(l, i)
		u.next[i-from] = u.head(k)
		u.set(k, int32(i))
	}
	return u
}

// head is the first item of a key that is not taken, or absent.
func (u *lookup) head(k key) int32 {
	of := u.first
	switch k.kind {
	case keyless:
		return u.keyless
	case byText:
		of = u.texts
	}
	if at, ok := of[k.id]; ok {
		return at
	}
	return absent
}

func (u *lookup) set(k key, at int32) {
	switch k.kind {
	case keyless:
		u.keyless = at
	case byNumber:
		u.first[k.id] = at
	case byText:
		if u.texts == nil {
			u.texts = map[int64]int32{}
		}
		u.texts[k.id] = at
	}
}

// take returns the index of the item that belongs to item i of the other list, or absent. An id
// that one side has as a text belongs to the number that it says, where the other side has no such
// text.
func (u *lookup) take(other *plan.List, i int) int32 {
	k := keyOf(other, i)
	at := u.head(k)
	if at == absent && k.kind != keyless {
		k = k.other()
		at = u.head(k)
	}
	if at != absent {
		u.taken[int(at)-u.from] = true
		u.set(k, u.next[int(at)-u.from])
	}
	return at
}

// part is what came out of some pairs.
type part struct {
	differences []Difference
	same        int
}

func (p *part) compare(c *comparer, pairs []pair, cached, server *plan.List) {
	for _, m := range pairs {
		switch {
		case m.cached == absent:
			p.oneSided(c, Missing, keyOf(server, int(m.server)).id, nil, server.Raw(int(m.server)))
		case m.server == absent:
			p.oneSided(c, Ghost, keyOf(cached, int(m.cached)).id, cached.Raw(int(m.cached)), nil)
		default:
			p.both(c, keyOf(server, int(m.server)).id, cached.Raw(int(m.cached)), server.Raw(int(m.server)))
		}
	}
}

func (p *part) oneSided(c *comparer, kind Kind, id int64, cached, server []byte) {
	c.item.ID = id
	if c.filter.item(c.item) {
		p.differences = append(p.differences, Difference{Item: c.item, Kind: kind, Cached: cached, Server: server})
	}
}

func (p *part) both(c *comparer, id int64, cached, server []byte) {
	if bytes.Equal(cached, server) {
		p.same++
		return
	}
	c.item.ID, c.fields = id, nil
	c.value(0, cached, server)
	if len(c.fields) == 0 {
		p.same++
		return
	}
	p.differences = append(p.differences, Difference{Item: c.item, Kind: Stale, Fields: c.fields, Cached: cached, Server: server})
}
