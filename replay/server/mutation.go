package server

import (
	"context"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// The actions of a delta.
const (
	created = "created"
	updated = "updated"
	deleted = "deleted"
)

// planType is the item type of a delta that tells clients to refresh.
const planType = "plan"

// change is one change of a plan, as a delta tells it.
type change struct {
	itemType   string
	entityID   int64
	planItemID int64 // 0: the delta has none
	action     string
	source     string // "": the delta has none
	item       []byte // payload as a delta carries it; nil: none
	section    string
	data       payload.Object // further members of data
	extra      payload.Object // further members of the delta
}

// mutation collects the changes of one transaction on one plan.
type mutation struct {
	store.Tx
	at       time.Time
	emitted  func(stored []byte) []byte // spells a payload as deltas carry it
	rowsOnly bool                       // the version is bumped afterwards
	changes  []change
	versions []int64
}

// record bumps the plan's version for a change, and notes the delta that tells of it.
func (m *mutation) record(c change) error {
	if m.rowsOnly {
		m.changes = append(m.changes, c)
		return nil
	}
	version, err := m.Bump(m.at)
	if err != nil {
		return err
	}
	m.changes = append(m.changes, c)
	m.versions = append(m.versions, version)
	return nil
}

// put stores an item and records it.
func (m *mutation) put(item store.Item, action, source string) error {
	if err := m.Put(item); err != nil {
		return err
	}
	return m.record(change{
		itemType: string(item.Kind), entityID: item.ID, planItemID: item.ItemID,
		action: action, source: source, item: m.emitted(item.Payload),
	})
}

// notice records a change of a section of the plan, which a delta cannot carry.
func (m *mutation) notice(section string) error {
	return m.record(change{
		itemType: planType, entityID: m.Recipient().ID, action: updated, source: "rest", section: section,
	})
}

// mutate changes the plan of owner and emits what changed to the owner's room, in one step: no
// other change of the plan comes between the two, and when mutate returns, the message is with the
// sockets (or with the tick that is held). In a cluster it is with every server by then, in the
// order of versions over all servers where they share the store.
func (s *Server) mutate(ctx context.Context, owner int64, lose bool, fn func(m *mutation) error) (*mutation, error) {
	if s.frozen.Load() {
		return nil, errFrozen
	}
	box := s.outboxes.of(owner)
	commit := s.commit
	if s.rowsFirst > 0 {
		commit = s.commitInHalves
	}
	m, err := commit(ctx, box, owner, lose, fn)
	if err != nil {
		return nil, err
	}
	box.flush()
	return m, nil
}

func (s *Server) commit(ctx context.Context, box *outbox, owner int64, lose bool, fn func(m *mutation) error) (*mutation, error) {
	box.order.Lock()
	defer box.order.Unlock()
	var m *mutation
	begun := s.begun()
	change := func(tx store.Tx) error {
		m = &mutation{Tx: tx, at: s.now(), emitted: s.emitted} // afresh: a store may run this again
		return fn(m)
	}
	tell := func() {
		if !lose {
			s.tell(box, owner, m, begun)
		}
	}
	if err := s.updateThen(ctx, owner, change, tell); err != nil {
		return nil, err
	}
	s.changed(m)
	return m, nil
}

// updateThen changes a plan and tells of it. In a cluster whose servers share the store, nobody
// else changes the plan between the two.
func (s *Server) updateThen(ctx context.Context, owner int64, change func(store.Tx) error, tell func()) error {
	if shared, ok := s.store.(store.Shared); ok && s.cluster != nil {
		return shared.UpdateThen(ctx, owner, change, tell)
	}
	if err := s.store.Update(ctx, owner, change); err != nil {
		return err
	}
	tell()
	return nil
}

// tell puts the deltas of a mutation into the owner's tick, or emits them to the cluster as a tick
// of their own.
func (s *Server) tell(box *outbox, owner int64, m *mutation, begun time.Time) {
	if s.cluster == nil {
		box.add(m.deltas(begun))
		return
	}
	if len(m.changes) == 0 {
		return
	}
	tick := coalesced(m.deltas(begun))
	if err := s.cluster.Publish(roomOf(owner), eventDelta, message(tick)); err != nil {
		s.logf("not for sure with the other servers: version %d to %d of user %d: %v", m.versions[0], m.versions[len(m.versions)-1], owner, err)
	}
	observed(s.observer, tick)
}

// deltas are what to emit of a mutation that began at a moment.
func (m *mutation) deltas(begun time.Time) []delta {
	deltas := make([]delta, len(m.changes))
	for i, c := range m.changes {
		deltas[i] = delta{key: c.key(), text: c.append(nil, m.versions[i]), since: begun}
	}
	return deltas
}

// key is what the delta of a change coalesces by.
func (c *change) key() deltaKey {
	if c.planItemID != 0 {
		return deltaKey{c.itemType, c.planItemID}
	}
	return deltaKey{c.itemType, c.entityID}
}

// append writes the delta of a change, its members in the order of a Carebase server.
func (c *change) append(dst []byte, version int64) []byte {
	dst = append(dst, `{"itemType":`...)
	dst = append(dst, payload.Quote(c.itemType)...)
	dst = append(dst, `,"entityId":`...)
	dst = strconv.AppendInt(dst, c.entityID, 10)
	if c.planItemID != 0 {
		dst = append(dst, `,"planItemId":`...)
		dst = strconv.AppendInt(dst, c.planItemID, 10)
	}
	dst = append(dst, `,"action":`...)
	dst = append(dst, payload.Quote(c.action)...)
	if c.source != "" {
		dst = append(dst, `,"source":`...)
		dst = append(dst, payload.Quote(c.source)...)
	}
	if data := c.dataObject(); data.Len() > 0 {
		dst = append(dst, `,"data":`...)
		dst = data.Append(dst)
	}
	if c.extra.Len() > 0 {
		dst = append(dst, ',')
		dst = c.extra.AppendMembers(dst)
	}
	dst = append(dst, `,"version":`...)
	dst = strconv.AppendInt(dst, version, 10)
	return append(dst, '}')
}

// dataObject is the delta's data: a deleted item has none.
func (c *change) dataObject() payload.Object {
	var data payload.Object
	if c.item != nil && c.action != deleted {
		data.Set(c.itemType, c.item)
	}
	if c.section != "" {
		data.Set("section", payload.Quote(c.section))
	}
	data.Extend(c.data)
	return data
}
