package campaign

import (
	"slices"
	"time"
)

// answered takes an answer of /api/plan. Sent is when it was asked for, never where that is not
// known.
func (c *client) answered(p Plan, sent, at time.Duration) {
	c.tick(at)
	if c.mobile {
		c.items, c.order = map[string]*held{}, nil
		for _, it := range p.Items {
			c.items[it.ID] = &held{it: it}
			c.order = append(c.order, it.ID)
		}
		c.frame, c.version, c.seen = p, p.Version, p.Version
		c.frame.Items = nil
		return
	}
	m := merger{client: c, plan: p, sent: sent, seen: none, least: p.Version, items: map[string]*held{}}
	m.merge()
}

// merger lays an answer over what a client of the contract holds.
type merger struct {
	*client
	plan      Plan
	sent      time.Duration
	seen      int // what was known when the answer was asked for
	least     int // what the answer holds at least
	restarted bool
	items     map[string]*held
	order     []string
}

func (m *merger) merge() {
	c := m.client
	if m.sent != never {
		m.seen = c.knew(m.sent)
	}
	if m.seen != none {
		m.least = min(m.seen, m.plan.Version)
	}
	ofThis := m.sent == never || m.sent > c.connected
	if m.restarted = c.connected != never && ofThis && m.plan.Version < c.knownThen; m.restarted {
		m.least = m.plan.Version
	}
	for _, it := range m.plan.Items {
		m.present(it)
	}
	m.absent()
	c.items, c.order, c.floor = m.items, m.order, m.least
	c.frame = m.plan
	c.frame.Items = nil
	if m.restarted {
		c.version, c.known = 0, nil
	}
	c.version = max(c.version, m.plan.Version)
	c.learn(m.plan.Version)
}

// disputed tells whether a delta left the item as the answer may not know it yet.
func (m *merger) disputed(h *held) bool {
	if m.restarted || h.touched == never {
		return false
	}
	after := m.sent != never && h.touched > m.sent && (h.version == none || h.version > m.seen)
	return after || h.version > m.plan.Version
}

func (m *merger) present(it Item) {
	h := m.client.items[it.ID]
	live := h != nil && !h.gone
	if h != nil && m.disputed(h) {
		kept := *h
		if live && h.it.alike(it) {
			kept.it = it
		}
		m.keep(it.ID, &kept)
		return
	}
	n := &held{it: it, version: m.plan.Version, touched: never, guessed: m.least < m.plan.Version}
	switch {
	case !n.guessed:
	case !m.frame.loaded:
		n.version, n.guessed = m.least, false
	case live && h.it.alike(it):
		n.version, n.guessed = max(h.version, m.least), false
	}
	m.keep(it.ID, n)
}

func (m *merger) keep(id string, h *held) {
	m.items[id] = h
	if !h.gone {
		m.order = append(m.order, id)
	}
}

// absent takes what the client holds and the answer lacks.
func (m *merger) absent() {
	ids := slices.Clone(m.client.order)
	for id, h := range m.client.items {
		if h.gone {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		h := m.client.items[id]
		if _, there := m.items[id]; there {
			continue
		}
		switch {
		case m.disputed(h):
			kept := *h
			m.keep(id, &kept)
		case !h.gone && m.least < m.plan.Version:
			m.items[id] = &held{it: h.it, version: m.plan.Version, touched: never, guessed: true, gone: true}
		}
	}
}
