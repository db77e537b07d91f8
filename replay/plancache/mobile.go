package plancache

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// byApp takes one delta as the app does.
func (a *application) byApp(d *contract.Delta) Outcome {
	if plan.KindOf(d.Raw) != plan.Object {
		return Outcome{Result: Failed, Reason: Malformed}
	}
	version := int64(noVersion)
	if d.Has&contract.FieldVersion != 0 {
		version = d.Version
		a.seen = max(a.seen, version)
		a.learn(a.now, version)
	}
	if d.ItemType == contract.TypePlan {
		return a.due(PlanDelta, d)
	}
	l := a.list(d.ItemType)
	switch {
	case l == nil:
		return a.due(Malformed, d)
	case !a.frame.loaded:
		return a.due(UnknownEntity, d)
	}
	o := a.patch(l, version, d)
	if o.Result != Refreshed {
		a.version = max(a.version, version)
	}
	return o
}

// patch changes the app's list by a delta.
func (a *application) patch(l *list, version int64, d *contract.Delta) Outcome {
	id, comparable := deltaID(d)
	place := -1
	if comparable {
		place = l.seek(id)
	}
	if place >= 0 {
		a.see(&l.entries[place])
	}
	if d.Action == contract.ActionDeleted {
		if place < 0 {
			return a.due(UnknownEntity, d)
		}
		return a.takeOut(l, place, id, version)
	}
	payload := truthy(d)
	switch {
	case payload == nil:
		return a.due(PayloadMissing, d)
	case a.doubtful && !utf8.Valid(payload):
		return a.due(Malformed, d)
	case place >= 0:
		return a.exchange(l, place, id, version, payload)
	}
	e := entry{version: version, touched: a.now, block: a.slab.put(payload), size: uint32(len(payload))}
	own, ok := a.ownID(payload, id)
	l.push(e, own, ok)
	a.after = payload
	return Outcome{Result: Applied}
}

// deltaID returns the id by which the app looks for the item of a delta. It is not ok where no item
// can be equal to it.
func deltaID(d *contract.Delta) (id appID, ok bool) {
	if d.Has&contract.FieldEntityID != 0 {
		return integerID(d.EntityID), true
	}
	return valueID(plan.Get(d.Raw, "entityId"))
}

// truthy returns the payload that the app stores: whatever is there, unless JavaScript takes it for
// false.
func truthy(d *contract.Delta) []byte {
	raw := d.Bill
	if d.ItemType == contract.TypeAppointment {
		raw = d.Appointment
	}
	switch plan.KindOf(raw) {
	case plan.None, plan.Null:
		return nil
	case plan.Bool:
		if raw[0] == 'f' {
			return nil
		}
	case plan.String:
		if len(raw) == len(`""`) {
			return nil
		}
	case plan.Number:
		if n, whole := plan.Int64(raw); whole && n == 0 {
			return nil
		}
	}
	return raw
}

// ownID returns the payload's own id, by which the app finds it from then on. As a rule it is the
// delta's. Payloads begin with it; where nothing odd was found in the message, that is the only
// one.
func (a *application) ownID(payload []byte, of appID) (id appID, ok bool) {
	if rest, begins := bytes.CutPrefix(payload, []byte(`{"id":`)); begins && of.odd == "" && !a.doubtful {
		var room [20]byte
		rest, begins = bytes.CutPrefix(rest, strconv.AppendInt(room[:0], of.n, 10))
		if begins && len(rest) > 0 && (rest[0] == ',' || rest[0] == '}') {
			return of, true
		}
	}
	return itemID(payload)
}

// exchange puts a payload where an item stands.
func (a *application) exchange(l *list, place int, id appID, version int64, payload []byte) Outcome {
	e := &l.entries[place]
	again := version != noVersion && version == e.version && plan.Equal(a.raw(e), payload)
	e.block = a.slab.change(e.block, int(e.size), payload)
	e.size, e.version, e.touched = uint32(len(payload)), version, a.now
	a.after = payload
	if own, ok := a.ownID(payload, id); !ok || own != id {
		l.exchange(place, id, own, ok)
	}
	if again {
		return Outcome{Result: Duplicate}
	}
	return Outcome{Result: Replaced}
}

// takeOut deletes an item. What was deleted is remembered until the next answer, which may bring it
// back.
func (a *application) takeOut(l *list, place int, id appID, version int64) Outcome {
	e := l.entries[place]
	a.slab.drop(e.block, int(e.size))
	l.drop(place, id)
	if id.odd == "" {
		l.bury(entry{id: id.n, version: version, touched: a.now, state: gone})
	}
	a.after = nil
	return Outcome{Result: Removed}
}

func (l *list) bury(e entry) {
	if l.buried == nil {
		l.buried = map[int64]entry{}
	}
	l.buried[e.id] = e
}
