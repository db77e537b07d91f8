package standin

import (
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
)

// position is what was followed of one plan.
type position struct {
	owner int64
	high  int64                   // the highest version
	items map[contract.Item]int64 // the version of an item's latest delta
}

// Follow moves the plan of the record's user on. What is said of somebody who is mapped to nobody,
// or who has no plan and is not given one by a plan record, is passed over; so is an answer that is
// no plan.
func (s *Sink) Follow(rec *session.Record) error {
	if rec.N <= s.last {
		s.cfg.Store.Restore(s.seed)
		clear(s.plans)
	}
	s.last = rec.N
	switch rec.Kind {
	case session.KindEvent:
		if rec.Event == contract.Event {
			return s.deltas(rec)
		}
	case session.KindPlan:
		return s.plan(rec)
	case session.KindVersion:
		return s.version(rec)
	}
	return nil
}

// position finds the plan that the record's user reads; nil where there is none.
func (s *Sink) position(rec *session.Record) *position {
	user, err := s.cfg.Users.User(rec)
	if err != nil {
		return nil
	}
	owner, ok := s.cfg.Store.OwnerFor(user)
	if !ok && rec.Kind != session.KindPlan {
		return nil
	}
	if !ok {
		owner = user
	}
	p := s.plans[owner]
	if p == nil {
		p = &position{owner: owner, items: map[contract.Item]int64{}}
		s.plans[owner] = p
	}
	return p
}

// deltas applies what a message tells. A delta that is older than an item's latest changes nothing,
// wherever it stands; nor does one without the data that it should carry: what it would say is
// unknown until the next plan record, which who asks for the plan waits for a moment.
func (s *Sink) deltas(rec *session.Record) error {
	p := s.position(rec)
	if p == nil {
		return nil
	}
	contract.Decode(rec.Args, &s.message)
	s.told = s.told[:0]
	before := p.high
	for i := range s.message.Deltas {
		d := &s.message.Deltas[i]
		p.high = max(p.high, d.Version)
		if told, ok := p.take(d); ok {
			s.told = append(s.told, told)
		} else if untold(d) {
			s.cfg.Store.Await(p.owner, d.Version, hope)
		}
	}
	v := store.Version{Number: p.high}
	if p.high > before {
		v.UpdatedAt = s.at(rec)
	}
	return s.cfg.Store.Follow(p.owner, s.told, v)
}

// hope is how long a client that asks for the plan waits where a delta said that something changed,
// and not what: the recorded client asked as well, and its answer says it.
const hope = 2 * time.Second

// untold says whether a delta tells of a change that it does not carry.
func untold(d *contract.Delta) bool {
	return d.ItemType == contract.TypePlan || d.Action != contract.ActionDeleted && d.Payload() == nil
}

// take is what a delta tells of an item, if it does.
func (p *position) take(d *contract.Delta) (store.Told, bool) {
	if d.ItemType != contract.TypeAppointment && d.ItemType != contract.TypeBill || d.Has&contract.FieldEntityID == 0 {
		return store.Told{}, false
	}
	told := store.Told{Kind: store.Kind(d.ItemType), ID: d.EntityID, ItemID: d.PlanItemID, Payload: d.Payload()}
	switch d.Action {
	case contract.ActionDeleted:
		told.Payload = nil
	case contract.ActionCreated, contract.ActionUpdated:
		if told.Payload == nil {
			return told, false
		}
	default:
		return told, false
	}
	item := d.Item()
	if d.Version > 0 {
		if d.Version < p.items[item] {
			return told, false
		}
		p.items[item] = d.Version
	}
	return told, true
}

// at is when a record was made, to the millisecond; the zero time where that is not known.
func (s *Sink) at(rec *session.Record) time.Time {
	if s.cfg.Started.IsZero() {
		return time.Time{}
	}
	return s.cfg.Started.Add(rec.T).Truncate(time.Millisecond)
}

// version moves the version on to what an answer says.
func (s *Sink) version(rec *session.Record) error {
	p := s.position(rec)
	if p == nil || rec.Status != 200 {
		return nil
	}
	body, err := payload.Parse(rec.Body)
	if err != nil {
		return nil
	}
	version, err := store.ParseVersion(body)
	if err != nil {
		return nil
	}
	p.high = max(p.high, version.Number)
	return s.cfg.Store.Advance(p.owner, version)
}
