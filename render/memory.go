package render

import "github.com/carebase/deltatap/replay/contract"

// memory holds the latest payloads of a stream, so that a deleted item can be named. It is bounded:
// the item that has been known the longest makes room for a new one, and a payload that is too
// large to be one is not kept.
type memory struct {
	slots []slot
	next  int // the slot to reuse once there are enough
	where map[contract.Item]int
}

type slot struct {
	item    contract.Item
	payload []byte
}

const (
	rememberedItems = 4096
	rememberedBytes = 4096 // of one payload
)

func (m *memory) put(item contract.Item, payload []byte) {
	if len(payload) > rememberedBytes {
		m.forget(item)
		return
	}
	at, known := m.where[item]
	if !known {
		at = m.claim(item)
	}
	m.slots[at].payload = append(m.slots[at].payload[:0], payload...)
}

// claim finds a slot for an item that has none.
func (m *memory) claim(item contract.Item) int {
	if m.where == nil {
		m.where = make(map[contract.Item]int)
	}
	at := m.next
	if len(m.slots) < rememberedItems {
		at = len(m.slots)
		m.slots = append(m.slots, slot{})
	} else {
		delete(m.where, m.slots[at].item)
		m.next = (at + 1) % rememberedItems
	}
	m.slots[at].item = item
	m.where[item] = at
	return at
}

// get returns the latest payload of an item, nil where none is remembered. It is valid until the
// next put.
func (m *memory) get(item contract.Item) []byte {
	if at, ok := m.where[item]; ok {
		return m.slots[at].payload
	}
	return nil
}

// forget drops what is known of an item; its slot keeps its turn.
func (m *memory) forget(item contract.Item) {
	if at, ok := m.where[item]; ok {
		m.slots[at].payload = m.slots[at].payload[:0]
	}
}
