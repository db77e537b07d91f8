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
	same := 0
	for _, p := range parts {
		r.Differences = append(r.Differences, p.differences...)
		same += p.same
	}
	return same
}

// workers returns how many are worth their start for so many items.
func workers(items int) int {
	const each = 1000
	return max(1, min(runtime.GOMAXPROCS(0), items/each))
}

// match pairs items by id, in the server's order, those that only the cache has last. Plans of one server agree in order
// but for what differs, so that the two are walked side by side as long as they agree, and looked up from there on.
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
	return a.ID(i) == b.ID(i) && a.HasID(i) == b.HasID(i)
}

// lookup finds the items of a list from some index on by their id: of those with the same id, the first that is not
// taken. Those without an id are taken one after the other.
type lookup struct {
	from  int
	first map[int64]int32
	noID  int32
	next  []int32 // the next item with the same id
	taken []bool
}

func newLookup(l *plan.List, from int) *lookup {
	n := l.Len() - from
	u := &lookup{from: from, first: make(map[int64]int32, n), noID: absent, next: make([]int32, n), taken: make([]bool, n)}
	for i := l.Len() - 1; i >= from; i-- {
		u.next[i-from] = absent
		if !l.HasID(i) {
			u.next[i-from], u.noID = u.noID, int32(i)
			continue
		}
		if later, ok := u.first[l.ID(i)]; ok {
			u.next[i-from] = later
		}
		u.first[l.ID(i)] = int32(i)
	}
	return u
}

// take returns the index of the item that belongs to item i of the other list, or absent.
func (u *lookup) take(other *plan.List, i int) int32 {
	at, ok := u.noID, u.noID != absent
	if other.HasID(i) {
		at, ok = u.first[other.ID(i)]
	}
	if !ok || at == absent {
		return absent
	}
	u.taken[int(at)-u.from] = true
	if next := u.next[int(at)-u.from]; other.HasID(i) {
		u.first[other.ID(i)] = next
	} else {
		u.noID = next
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
			p.oneSided(c, Missing, server.ID(int(m.server)), nil, server.Raw(int(m.server)))
		case m.server == absent:
			p.oneSided(c, Ghost, cached.ID(int(m.cached)), cached.Raw(int(m.cached)), nil)
		default:
			p.both(c, server.ID(int(m.server)), cached.Raw(int(m.cached)), server.Raw(int(m.server)))
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
