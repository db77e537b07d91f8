package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// This file is for who plays a recording: plans that follow what another server told, versions
// included. What was told is taken as it is: no row is refused, and none is emitted.

// OwnerFor is the owner of the plan that a user reads; false where there is none.
func (m *Memory) OwnerFor(user int64) (int64, bool) {
	m.mu.RLock()
	_, owns := m.plans[user]
	m.mu.RUnlock()
	if owns {
		return user, true
	}
	access, err := m.Access(context.Background(), user)
	return access.Recipient.UserID, err == nil
}

// Told is what a delta tells of an item.
type Told struct {
	Kind   Kind
	ID     int64
	ItemID int64 // 0 where the delta does not say
	// Payload is the item's JSON object; nil where the item is gone. It is copied.
	Payload []byte
}

// Follow changes the plan of owner as deltas tell, and moves its version on. A payload is laid over
// what the plan holds of the item; see payload.Overlay. An item whose date cannot be read is kept,
// and listed as one that has none. ErrNotFound.
func (m *Memory) Follow(owner int64, told []Told, v Version) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := m.plan(owner)
	if err != nil {
		return err
	}
	for _, t := range told {
		m.follow(owner, p, t)
	}
	p.advance(v)
	return nil
}

func (m *Memory) follow(owner int64, p *plan, t Told) {
	k := key{t.Kind, t.ID}
	before := p.items[k]
	if t.Payload == nil {
		m.forget(p, k)
		return
	}
	text := m.overlay.Join(before.Payload, t.Payload)
	m.hold(owner, p, row{
		Item: Item{Kind: t.Kind, ID: t.ID, ItemID: cmp.Or(t.ItemID, before.ItemID, m.overlay.ItemID()), Payload: text},
		at:   m.overlay.At(dateOf(t.Kind)),
	})
}

func dateOf(kind Kind) string {
	if kind == Appointment {
		return "startLocal"
	}
	return "dueDate"
}

// hold puts a row into a plan.
func (m *Memory) hold(owner int64, p *plan, r row) {
	k := key{r.Kind, r.ID}
	if before, ok := p.items[k]; !ok || before.ItemID != r.ItemID {
		if ok {
			delete(m.holders, before.ItemID)
		}
		m.owners[k], m.holders[r.ItemID] = owner, k
		m.reserve(sequence(r.Kind), r.ID)
		m.reserve(ItemIDs, r.ItemID)
	}
	p.items[k] = r
}

// forget takes a row out of a plan.
func (m *Memory) forget(p *plan, k key) {
	if before, ok := p.items[k]; ok {
		delete(p.items, k)
		delete(m.owners, k)
		delete(m.holders, before.ItemID)
	}
}

// Advance moves the version of the plan of owner to v, but never back. ErrNotFound.
func (m *Memory) Advance(owner int64, v Version) error { return m.Follow(owner, nil, v) }

// advance moves the version on. A version without a time leaves the time as it is.
func (p *plan) advance(v Version) {
	if v.Number < p.version.Number {
		return
	}
	if v.UpdatedAt.IsZero() {
		v.UpdatedAt = p.version.UpdatedAt
	}
	p.version = v
}

// Held is what the plan of owner holds of an item; false where it holds none.
func (m *Memory) Held(owner int64, kind Kind, id int64) (Item, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, err := m.plan(owner)
	if err != nil {
		return Item{}, false
	}
	r, ok := p.items[key{kind, id}]
	return r.Item, ok
}

// Adopt makes the plan that another server answered with that of its recipient's UserID, who need
// not have one, nor be known. The answer says nothing of the items outside r, and nothing new of
// those that stays names: both stay as they are. The version moves on to the answer's, but never
// back.
func (m *Memory) Adopt(answered Plan, r Range, stays func(kind Kind, id int64) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	owner := answered.Recipient.UserID
	p, ok := m.plans[owner]
	if !ok {
		p = &plan{items: map[key]row{}, reviews: map[int64]Review{}}
		m.plans[owner] = p
		if _, ok := m.users[owner]; !ok {
			m.users[owner] = User{ID: owner}
		}
	}
	for k, row := range p.items {
		if !stays(k.kind, k.id) && r.lists(k.kind, row.at) {
			m.forget(p, k)
		}
	}
	for _, item := range slices.Concat(answered.Appointments, answered.Bills) {
		if !stays(item.Kind, item.ID) {
			at, _ := moment(item) // the zero time where it has none that can be read
			m.hold(owner, p, row{Item: item, at: at})
		}
	}
	if d, ok := m.doubts[owner]; ok && answered.Version.Number >= d.version {
		m.resolve(owner, d)
	}
	p.recipient, p.extra, p.collaborators = answered.Recipient, answered.Extra, answered.Collaborators
	p.advance(answered.Version)
}

// lists says whether a plan of this range lists an item of that time.
func (r Range) lists(kind Kind, at time.Time) bool {
	if kind == Appointment {
		return !at.Before(r.Start) && at.Before(r.End)
	}
	return at.IsZero() || at.Before(r.End)
}

// doubt is a version whose content nobody has told yet.
type doubt struct {
	version int64
	until   time.Time
	over    chan struct{} // closed when it was told
}

// Await has Plan wait for an answer of at least this version to be adopted, but no longer than for
// a while from now: a delta said that something changed, and not what.
func (m *Memory) Await(owner, version int64, while time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.doubts[owner]
	if !ok {
		d.over = make(chan struct{})
	}
	d.version, d.until = max(d.version, version), time.Now().Add(while)
	m.doubts[owner] = d
}

// resolve ends a doubt. It is called with the lock held.
func (m *Memory) resolve(owner int64, d doubt) {
	close(d.over)
	delete(m.doubts, owner)
}

// certain waits until there is no doubt about a plan, or no hope.
func (m *Memory) certain(ctx context.Context, owner int64) {
	m.mu.RLock()
	d, ok := m.doubts[owner]
	m.mu.RUnlock()
	if !ok {
		return
	}
	hope := time.NewTimer(time.Until(d.until))
	defer hope.Stop()
	select {
	case <-d.over:
	case <-hope.C:
	case <-ctx.Done():
	}
}

// Snapshot is what a memory held at one moment.
type Snapshot struct {
	plans   map[int64]*plan
	owners  map[key]int64
	holders map[int64]key
}

// Snapshot copies what the memory holds. Payloads are shared.
func (m *Memory) Snapshot() *Snapshot {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return snapshot(m.plans, m.owners, m.holders)
}

// Restore makes the memory hold what a snapshot says. Keys that were given out since are not given
// out again.
func (m *Memory) Restore(s *Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	again := snapshot(s.plans, s.owners, s.holders)
	m.plans, m.owners, m.holders = again.plans, again.owners, again.holders
	for owner, d := range m.doubts {
		m.resolve(owner, d)
	}
}

func snapshot(plans map[int64]*plan, owners map[key]int64, holders map[int64]key) *Snapshot {
	s := &Snapshot{plans: make(map[int64]*plan, len(plans)), owners: maps.Clone(owners), holders: maps.Clone(holders)}
	for owner, p := range plans {
		c := *p
		c.items, c.reviews, c.collaborators = maps.Clone(p.items), maps.Clone(p.reviews), slices.Clone(p.collaborators)
		s.plans[owner] = &c
	}
	return s
}
