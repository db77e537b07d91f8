package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
)

// Memory is the store that forgets everything when the process ends. It keeps every byte that it is
// given.
type Memory struct {
	mu      sync.RWMutex
	users   map[int64]User
	plans   map[int64]*plan // by owner
	owners  map[key]int64   // whose an item is
	holders map[int64]key   // which row an items.id is of
	last    map[Sequence]int64
	overlay payload.Overlay // of Follow
	doubts  map[int64]doubt // by owner
}

// key is a primary key in the table of a kind.
type key struct {
	kind Kind
	id   int64
}

// plan is one plan in memory.
type plan struct {
	recipient     Recipient
	version       Version
	items         map[key]row
	reviews       map[int64]Review
	collaborators []Collaborator
	extra         []byte
}

// row is an item with what the queries ask of it.
type row struct {
	Item
	at time.Time // startLocal, or the due date (zero: none)
}

// NewMemory makes a store that holds the seed.
func NewMemory(seed Seed) (*Memory, error) {
	m := &Memory{
		users:   map[int64]User{},
		plans:   map[int64]*plan{},
		owners:  map[key]int64{},
		holders: map[int64]key{},
		last:    map[Sequence]int64{},
		doubts:  map[int64]doubt{},
	}
	for _, user := range seed.Users {
		m.users[user.ID] = user
	}
	for _, p := range seed.Plans {
		if err := m.sow(p); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Memory) sow(p Plan) error {
	owner := p.Recipient.UserID
	if _, ok := m.users[owner]; !ok {
		return fmt.Errorf("%w: user %d, who owns recipient %d", ErrNotFound, owner, p.Recipient.ID)
	}
	if _, ok := m.plans[owner]; ok {
		return fmt.Errorf("%w: user %d owns a plan already", ErrTaken, owner)
	}
	m.plans[owner] = &plan{
		recipient: p.Recipient, version: p.Version, extra: p.Extra,
		items: map[key]row{}, reviews: map[int64]Review{},
	}
	return m.Update(context.Background(), owner, func(tx Tx) error {
		for _, item := range slices.Concat(p.Appointments, p.Bills) {
			if err := tx.Put(item); err != nil {
				return err
			}
		}
		for _, c := range p.Collaborators {
			if err := tx.PutCollaborator(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// User finds a user by id.
func (m *Memory) User(_ context.Context, id int64) (User, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	user, ok := m.users[id]
	if !ok {
		return User{}, fmt.Errorf("user %d: %w", id, ErrNotFound)
	}
	return user, nil
}

// Access says whose plan a user reads, and as what.
func (m *Memory) Access(_ context.Context, user int64) (Access, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if p, ok := m.plans[user]; ok {
		return Access{Recipient: p.recipient, Role: Owner}, nil
	}
	var found *Recipient
	var accepted time.Time
	for _, p := range m.plans {
		for _, c := range p.collaborators {
			if c.UserID == user && c.Status == Accepted && (found == nil || c.AcceptedAt.After(accepted)) {
				found, accepted = &p.recipient, c.AcceptedAt
			}
		}
	}
	if found == nil {
		return Access{}, fmt.Errorf("a recipient of user %d: %w", user, ErrNotFound)
	}
	return Access{Recipient: *found, Role: Contributor}, nil
}

// Plan reads one plan. It waits where somebody awaits its content.
func (m *Memory) Plan(ctx context.Context, owner int64, r Range) (Plan, error) {
	m.certain(ctx, owner)
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, err := m.plan(owner)
	if err != nil {
		return Plan{}, err
	}
	return Plan{
		Recipient: p.recipient, Version: p.version, Extra: p.extra,
		Appointments: p.list(Appointment, r),
		Bills:        p.list(Bill, r),
		// Sorted when they are put; cloned because a later Update changes the slice.
		Collaborators: slices.Clone(p.collaborators),
	}, nil
}

// list is the items of a kind that fall into the plan, in its order.
func (p *plan) list(kind Kind, within Range) []Item {
	var rows []row
	for k, r := range p.items {
		if k.kind == kind && within.lists(kind, r.at) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, byTime)
	items := make([]Item, len(rows))
	for i := range rows {
		items[i] = rows[i].Item
	}
	return items
}

// byTime orders rows by time, then id; those without a time come last.
func byTime(a, b row) int {
	switch {
	case a.at.IsZero() == b.at.IsZero():
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ID, b.ID))
	case a.at.IsZero():
		return 1
	default:
		return -1
	}
}

// Version reads the version of one plan.
func (m *Memory) Version(_ context.Context, owner int64) (Version, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, err := m.plan(owner)
	if err != nil {
		return Version{}, err
	}
	return p.version, nil
}

// Item reads an item of one plan.
func (m *Memory) Item(_ context.Context, owner int64, kind Kind, id int64) (Item, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, err := m.plan(owner)
	if err != nil {
		return Item{}, err
	}
	r, ok := p.items[key{kind, id}]
	if !ok {
		return Item{}, fmt.Errorf("%s %d: %w", kind, id, ErrNotFound)
	}
	return r.Item, nil
}

// Reviews lists the items of one plan that wait for a review.
func (m *Memory) Reviews(_ context.Context, owner int64) ([]Review, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, err := m.plan(owner)
	if err != nil {
		return nil, err
	}
	var pending []Review
	for _, r := range p.reviews {
		if r.Status == ReviewPending {
			pending = append(pending, r)
		}
	}
	slices.SortFunc(pending, func(a, b Review) int { return cmp.Compare(a.ItemID, b.ItemID) })
	return pending, nil
}

// Invitation finds a collaborator by invite token.
func (m *Memory) Invitation(_ context.Context, token string) (Collaborator, int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for owner, p := range m.plans {
		for _, c := range p.collaborators {
			if token != "" && c.InviteToken == token {
				return c, owner, nil
			}
		}
	}
	return Collaborator{}, 0, fmt.Errorf("an invitation: %w", ErrNotFound)
}

// Update runs fn in a transaction on one plan.
func (m *Memory) Update(_ context.Context, owner int64, fn func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := m.plan(owner)
	if err != nil {
		return err
	}
	tx := newMemoryTx(m, owner, p)
	if err := fn(tx); err != nil {
		return err
	}
	tx.commit()
	return nil
}

// Close does nothing: memory needs no goodbye.
func (m *Memory) Close() error { return nil }

func (m *Memory) plan(owner int64) (*plan, error) {
	p, ok := m.plans[owner]
	if !ok {
		return nil, fmt.Errorf("the plan of user %d: %w", owner, ErrNotFound)
	}
	return p, nil
}

// reserve keeps an id from being given out.
func (m *Memory) reserve(seq Sequence, id int64) { m.last[seq] = max(m.last[seq], id) }

// merge applies staged changes to a map; a nil entry is a deletion.
func merge[K comparable, V any](into map[K]V, staged map[K]*V) {
	for k, v := range staged {
		if v == nil {
			delete(into, k)
		} else {
			into[k] = *v
		}
	}
}
