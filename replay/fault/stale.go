package fault

import (
	"bytes"
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
)

// staler sends older deltas behind newer ones.
type staler struct {
	next    stage
	rate    Rate
	chooser chooser

	sent  map[contract.Item]past // the last delta of each item
	order []contract.Item        // in which the items were first seen: a ring
	at    int

	missed int64 // deltas that were drawn, and have nothing older
}

// past is a delta that was sent.
type past struct {
	delta
	n int64 // its record in the source
}

// maxPast bounds of how many items the last delta is remembered.
const maxPast = 1 << 16

func (s *staler) flush() {}

func (s *staler) take(it *item) {
	if s.rate == 0 || it.made || !it.clean {
		s.next.take(it)
		return
	}
	var again []*item
	for i := range it.deltas {
		d := &it.deltas[i]
		if d.item.Type == contract.TypePlan {
			continue
		}
		before, known := s.sent[d.item]
		switch drawn := s.rate.hits(s.chooser.draw(Stale, it.n, d.index)); {
		case drawn && known && before.version < d.version:
			again = append(again, before.message(it, d.version))
		case drawn:
			s.missed++
		}
		s.remember(past{*d, it.n})
	}
	s.next.take(it)
	for _, old := range again {
		s.next.take(old)
	}
}

// message sends an old delta again, behind a message.
func (p past) message(behind *item, version int64) *item {
	it := &item{rec: behind.rec, n: p.n, message: true, deltas: []delta{p.delta}, clean: true, made: true, owned: true}
	it.changed()
	it.rec.Args = fmt.Appendf(nil, `[{"deltas":[%s]}]`, p.raw)
	it.blame(Entry{Fault: Stale, Detail: fmt.Sprintf("sent again behind version %d", version)})
	return it
}

func (s *staler) remember(p past) {
	p.raw = bytes.Clone(p.raw)
	if s.sent == nil {
		s.sent = map[contract.Item]past{}
	}
	if _, known := s.sent[p.item]; !known {
		if len(s.order) < maxPast {
			s.order = append(s.order, p.item)
		} else {
			delete(s.sent, s.order[s.at])
			s.order[s.at] = p.item
			s.at = (s.at + 1) % maxPast
		}
	}
	s.sent[p.item] = p
}
