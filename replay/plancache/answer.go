package plancache

import (
	"bytes"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// Load takes a plan answer of whose request nothing is known. See [Cache.Answered].
func (c *Cache) Load(text []byte) error {
	_, err := c.Answered(text, 0)
	return err
}

// Answered takes a plan answer: the JSON of /api/plan, of which nothing is kept by reference, and
// how long it took. The request was made when [Cache.Sent] was called, or that long ago; where
// neither is known (took is 0), what the answer may have missed is judged by versions alone. The
// error is a *plan.Error where the text is no plan; nothing has changed then. The app has no such
// error: see [Answer.NoPlan].
func (c *Cache) Answered(text []byte, took time.Duration) (Answer, error) {
	m := merge{Cache: c}
	p, err := plan.Parse(text)
	if err != nil && c.policy == Mobile {
		text, m.answer.NoPlan = emptyPlan(text), true
		p, err = plan.Parse(text)
	}
	if err != nil {
		return Answer{}, err
	}
	now := c.tick()
	m.plan = p
	m.sent, m.sentKnown = c.refresh.sent(now, took)
	m.look()
	m.answer.Unmet = m.unmet()
	var fresh slab
	m.into = &fresh
	items := m.items
	if c.policy == Mobile {
		items, c.file = m.itemsOfApp, bytes.Clone(text)
	}
	appointments := items(contract.TypeAppointment, &c.appointments, &p.Appointments)
	bills := items(contract.TypeBill, &c.bills, &p.Bills)
	c.appointments, c.bills, c.slab = appointments, bills, fresh
	c.frame = newFrame(text, p)
	m.settle(now)
	return m.answer, nil
}

// Answer is what a plan answer did to the cache.
type Answer struct {
	Version int64 // its planVersion; 0 where it has none
	// NoPlan says that the text is no plan: a captive portal's page, as a rule. The app takes it for a
	// plan without items.
	NoPlan bool
	// Restarted says that the server's versions began again, so that nothing that was known counts any
	// more.
	Restarted bool
	// Contested are the items that deltas changed while the request was in flight, and that the answer
	// shows otherwise.
	Contested []Contest
	// Unmet are the triggers that came while the request was in flight, so that the answer may have
	// been read before them. A mobile client takes them as met, for a contract client a refresh is
	// still due.
	Unmet []Trigger
}

// Contest is an item on which a delta, and the answer of a refresh that was in flight when it came,
// disagree. A mobile client holds the answer's state from then on (the refresh raced), a contract
// client the delta's.
type Contest struct {
	Item    contract.Item
	Version int64  // of the delta; 0 where it has none
	Delta   []byte // what the delta left; nil where it deleted the item
	Answer  []byte // what the answer holds; nil where it lacks the item
	Certain bool   // the delta's version is above the answer's: of the two, the answer is the older one
}

// merge is the taking of one answer.
type merge struct {
	*Cache
	plan      *plan.Plan
	answer    Answer
	sent      time.Duration
	sentKnown bool
	seen      int64 // the version known when the request was made; noVersion where nothing was, or that moment is not known
	least     int64 // what the answer holds at least
	guess     int64 // what it holds where nothing says otherwise: its planVersion, or what was seen where it has none
	into      *slab // where the merged items go
}

// look works out what the answer's versions mean.
func (m *merge) look() {
	m.seen = noVersion
	if m.sentKnown {
		m.seen = m.history.at(m.sent)
	}
	m.guess = m.seen
	if m.plan.HasVersion {
		m.answer.Version, m.guess = m.plan.Version, m.plan.Version
	}
	m.least = m.guess
	if m.seen != noVersion {
		m.least = min(m.seen, m.guess)
	}
	ofThisConnection := !m.sentKnown || m.sent > m.connected
	m.answer.Restarted = m.connected != never && ofThisConnection && m.plan.HasVersion && m.plan.Version < m.knownConnected
	if m.answer.Restarted {
		m.least = m.guess
	}
}

// after reports whether something that came at a moment, with a version (noVersion: none), may have
// been missed by the answer.
func (m *merge) after(at time.Duration, version int64) bool {
	if !m.sentKnown {
		return false
	}
	return at > m.sent && (version == noVersion || version > m.seen)
}

func (m *merge) unmet() []Trigger {
	var unmet []Trigger
	for _, t := range m.refresh.Triggers {
		version := t.Version
		if version == 0 {
			version = noVersion
		}
		if m.after(t.At, version) || !m.sentKnown && version > m.guess {
			unmet = append(unmet, t)
		}
	}
	return unmet
}

// disputed reports whether a delta left the entry in a state that the answer may have missed.
func (m *merge) disputed(e *entry) bool {
	if m.answer.Restarted || e.touched == never || e.state == foreign {
		return false
	}
	return m.after(e.touched, e.version) || m.plan.HasVersion && e.version > m.plan.Version
}

// items merges one list of the answer with what the cache holds.
func (m *merge) items(itemType string, held *list, answer *plan.List) list {
	l := newList(answer.Len())
	for _, it := range answer.All() {
		if !it.HasID {
			l.add(entry{version: noVersion, touched: never, state: foreign, block: m.into.put(it.Raw), size: uint32(len(it.Raw))})
			continue
		}
		if again := l.find(it.ID); again != nil {
			m.again(again, it.Raw)
			continue
		}
		m.present(itemType, &l, held.find(it.ID), it)
	}
	for i := range held.entries {
		e := &held.entries[i]
		if (e.state == live || e.state == gone) && l.find(e.id) == nil {
			m.absent(itemType, &l, e)
		}
	}
	return l
}

// again takes an item whose id the answer has had before.
func (m *merge) again(e *entry, raw []byte) {
	if e.state == live {
		e.block, e.size = m.into.change(e.block, int(e.size), raw), uint32(len(raw))
	}
}

// present takes an item that the answer has.
func (m *merge) present(itemType string, l *list, e *entry, it plan.Item) {
	n := entry{id: it.ID, version: m.guess, touched: never, state: live, guessed: m.least < m.guess}
	var held []byte
	if e != nil && e.state == live {
		held = m.raw(e)
	}
	if e != nil && m.disputed(e) {
		alike := held != nil && m.alike(held, it.Raw)
		if !alike {
			m.contest(contract.Item{Type: itemType, ID: it.ID}, e, held, it.Raw)
		}
		m.keep(l, e, held, it.Raw, alike)
		return
	}
	switch {
	case !n.guessed:
	case !m.frame.loaded:
		n.version, n.guessed = m.least, false // there is nothing to compare with
	case held != nil && m.alike(held, it.Raw):
		n.version, n.guessed = max(e.version, m.least), false
	}
	n.block, n.size = m.into.put(it.Raw), uint32(len(it.Raw))
	l.add(n)
}

// keep leaves an item as the delta left it. Where the answer has the same, its bytes are the fuller
// ones.
func (m *merge) keep(l *list, e *entry, held, answer []byte, alike bool) {
	n := *e
	if alike {
		held = answer
	}
	if n.state == live {
		n.block, n.size = m.into.put(held), uint32(len(held))
	}
	l.add(n)
}

// absent takes an item that the answer lacks.
func (m *merge) absent(itemType string, l *list, e *entry) {
	disputed := m.disputed(e)
	if disputed && e.state == live {
		m.contest(contract.Item{Type: itemType, ID: e.id}, e, m.raw(e), nil)
	}
	switch {
	case disputed:
		n := *e
		if n.state == live {
			raw := m.raw(e)
			n.block, n.size = m.into.put(raw), uint32(len(raw))
		}
		l.add(n)
	case e.state == live && m.least < m.guess:
		// The answer took it away; what no answer had holds the floor only.
		l.add(entry{id: e.id, version: m.guess, touched: never, state: gone, guessed: true})
	}
}

func (m *merge) contest(it contract.Item, e *entry, held, answer []byte) {
	version := e.version
	if version == noVersion {
		version = 0
	}
	m.answer.Contested = append(m.answer.Contested, Contest{
		Item: it, Version: version, Delta: bytes.Clone(held), Answer: bytes.Clone(answer),
		Certain: m.plan.HasVersion && e.version > m.plan.Version,
	})
}

// settle takes what the answer says of the whole plan.
func (m *merge) settle(now time.Duration) {
	c := m.Cache
	c.floor = m.least
	if m.answer.Restarted {
		c.version, c.known, c.history = m.plan.Version, noVersion, history{}
	}
	if m.plan.HasVersion {
		c.version = max(c.version, m.plan.Version)
		c.learn(now, m.plan.Version)
	}
	unmet := slices.Clone(m.answer.Unmet)
	if c.policy == Mobile {
		c.version, c.seen, unmet = m.plan.Version, m.plan.Version, nil
	}
	c.refresh.answer(m.sent, unmet)
}
