package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
)

// memoryTx stages the changes of one transaction beside the plan, and is thrown away when it fails.
type memoryTx struct {
	memory        *Memory
	owner         int64
	plan          *plan
	version       Version
	items         map[key]*row   // nil: deleted
	holders       map[int64]*key // nil: free again
	reviews       map[int64]*Review
	collaborators []Collaborator
}

func newMemoryTx(m *Memory, owner int64, p *plan) *memoryTx {
	return &memoryTx{
		memory: m, owner: owner, plan: p, version: p.version,
		items: map[key]*row{}, holders: map[int64]*key{}, reviews: map[int64]*Review{},
		collaborators: slices.Clone(p.collaborators),
	}
}

func (tx *memoryTx) commit() {
	for k, r := range tx.items {
		if r == nil {
			delete(tx.memory.owners, k)
		} else {
			tx.memory.owners[k] = tx.owner
		}
	}
	merge(tx.plan.items, tx.items)
	merge(tx.memory.holders, tx.holders)
	merge(tx.plan.reviews, tx.reviews)
	tx.plan.collaborators = tx.collaborators
	tx.plan.version = tx.version
}

// Recipient is whom the plan is about.
func (tx *memoryTx) Recipient() Recipient { return tx.plan.recipient }

// Item reads an item of this plan.
func (tx *memoryTx) Item(kind Kind, id int64) (Item, error) {
	k := key{kind, id}
	if staged, ok := tx.items[k]; ok {
		if staged != nil {
			return staged.Item, nil
		}
	} else if r, ok := tx.plan.items[k]; ok {
		return r.Item, nil
	}
	return Item{}, fmt.Errorf("%s %d: %w", kind, id, ErrNotFound)
}

// Put inserts or replaces an item.
func (tx *memoryTx) Put(item Item) error {
	if item.ID <= 0 || item.ItemID <= 0 {
		return fmt.Errorf("%s %d of item %d: %w id", item.Kind, item.ID, item.ItemID, ErrInvalid)
	}
	k := key{item.Kind, item.ID}
	if owner, ok := tx.memory.owners[k]; ok && owner != tx.owner {
		return fmt.Errorf("%s %d: %w", item.Kind, item.ID, ErrTaken)
	}
	if holder := tx.holder(item.ItemID); holder != nil && *holder != k {
		return fmt.Errorf("item %d of %s %d: %w by %s %d", item.ItemID, item.Kind, item.ID, ErrTaken, holder.kind, holder.id)
	}
	at, err := moment(item)
	if err != nil {
		return fmt.Errorf("%s %d: %w: %w", item.Kind, item.ID, ErrInvalid, err)
	}
	if before, err := tx.Item(item.Kind, item.ID); err == nil {
		tx.holders[before.ItemID] = nil
	}
	tx.items[k], tx.holders[item.ItemID] = &row{Item: item, at: at}, &k
	tx.memory.reserve(sequence(item.Kind), item.ID)
	tx.memory.reserve(ItemIDs, item.ItemID)
	return nil
}

// holder is the row that an items.id is of, or nil.
func (tx *memoryTx) holder(itemID int64) *key {
	if staged, ok := tx.holders[itemID]; ok {
		return staged
	}
	if k, ok := tx.memory.holders[itemID]; ok {
		return &k
	}
	return nil
}

// moment is the time that places an item in the plan.
func moment(item Item) (time.Time, error) {
	if item.Kind == Appointment {
		return payload.Start(item.Payload)
	}
	return payload.Due(item.Payload)
}

func sequence(kind Kind) Sequence {
	if kind == Appointment {
		return AppointmentIDs
	}
	return BillIDs
}

// Delete takes an item out.
func (tx *memoryTx) Delete(kind Kind, id int64) error {
	item, err := tx.Item(kind, id)
	if err != nil {
		return err
	}
	tx.items[key{kind, id}], tx.holders[item.ItemID] = nil, nil
	return nil
}

// Next gives out a primary key.
func (tx *memoryTx) Next(seq Sequence) (int64, error) {
	tx.memory.last[seq]++
	return tx.memory.last[seq], nil
}

// Collaborators reads the plan's collaborators.
func (tx *memoryTx) Collaborators() ([]Collaborator, error) {
	return slices.Clone(tx.collaborators), nil
}

// PutCollaborator inserts or replaces a collaborator.
func (tx *memoryTx) PutCollaborator(c Collaborator) error {
	if c.ID <= 0 {
		return fmt.Errorf("collaborator %d: %w id", c.ID, ErrInvalid)
	}
	tx.memory.reserve(CollaboratorIDs, c.ID)
	c.RecipientID = tx.plan.recipient.ID
	if i := slices.IndexFunc(tx.collaborators, func(o Collaborator) bool { return o.ID == c.ID }); i >= 0 {
		tx.collaborators[i] = c
	} else {
		tx.collaborators = append(tx.collaborators, c)
	}
	slices.SortFunc(tx.collaborators, func(a, b Collaborator) int {
		// "owner" sorts behind "contributor", and comes first.
		return cmp.Or(cmp.Compare(b.Role, a.Role), a.InvitedAt.Compare(b.InvitedAt), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// Review reads the review state of an item: a row that was put without one was classified without a
// person.
func (tx *memoryTx) Review(itemID int64) (Review, error) {
	if staged, ok := tx.reviews[itemID]; ok {
		return *staged, nil
	}
	if review, ok := tx.plan.reviews[itemID]; ok {
		return review, nil
	}
	if k := tx.holder(itemID); k != nil {
		if _, err := tx.Item(k.kind, k.id); err == nil {
			return Review{ItemID: itemID, Status: ReviewAuto}, nil
		}
	}
	return Review{}, fmt.Errorf("item %d: %w", itemID, ErrNotFound)
}

// PutReview inserts or replaces the review state of an item.
func (tx *memoryTx) PutReview(r Review) error {
	if r.ItemID <= 0 {
		return fmt.Errorf("item %d: %w id", r.ItemID, ErrInvalid)
	}
	tx.memory.reserve(ItemIDs, r.ItemID)
	tx.reviews[r.ItemID] = &r
	return nil
}

// Bump makes the version one more.
func (tx *memoryTx) Bump(at time.Time) (int64, error) {
	tx.version = Version{Number: tx.version.Number + 1, UpdatedAt: at}
	return tx.version.Number, nil
}
