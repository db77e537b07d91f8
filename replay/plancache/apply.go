package plancache

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/contract"
)

// Apply takes the deltas of one message in the policy's order. Yield, which may be nil, is told
// each delta's index in m (-1: the message as a whole is malformed), its outcome, and the item
// before and after: raw JSON, nil where it was or is not there. Those bytes are valid until the
// next call of Apply, and as long as m's text is.
func (c *Cache) Apply(m *contract.Message, yield func(i int, o Outcome, before, after []byte)) {
	c.tick()
	c.before = c.before[:0]
	a := application{Cache: c, told: yield != nil, doubtful: len(m.Findings) > 0}
	if !m.List {
		o := a.unlisted()
		if yield != nil {
			yield(-1, o, nil, nil)
		}
		return
	}
	for _, i := range c.inOrder(m.Deltas) {
		a.held, a.after = nil, nil
		o := a.take(&m.Deltas[i])
		if yield != nil {
			yield(i, o, a.held, a.after)
		}
	}
	c.compact()
}

// inOrder returns the indexes of deltas in the order in which they are taken.
func (c *Cache) inOrder(deltas []contract.Delta) []int {
	c.order = c.order[:0]
	for i := range deltas {
		c.order = append(c.order, i)
	}
	if c.policy == Contract && len(deltas) > 1 {
		slices.SortStableFunc(c.order, func(i, k int) int {
			return compareVersions(&deltas[i], &deltas[k])
		})
	}
	return c.order
}

// compareVersions orders deltas by version, those without one last.
func compareVersions(a, b *contract.Delta) int {
	hasA, hasB := a.Has&contract.FieldVersion != 0, b.Has&contract.FieldVersion != 0
	switch {
	case hasA && hasB:
		return cmp.Compare(a.Version, b.Version)
	case hasA:
		return -1
	case hasB:
		return 1
	}
	return 0
}

// application is the taking of one message.
type application struct {
	*Cache
	told        bool   // somebody wants to know the items before and after
	doubtful    bool   // decoding found something odd
	held, after []byte // the item before and after the delta
}

// unlisted takes a message whose deltas are no list: the app asks for the version.
func (a *application) unlisted() Outcome {
	if a.policy == Mobile {
		a.AskVersion()
		return Outcome{Result: Checked, Reason: Malformed}
	}
	return a.due(Malformed, nil)
}

// take takes one delta.
func (a *application) take(d *contract.Delta) Outcome {
	if a.policy == Mobile {
		return a.byApp(d)
	}
	return a.delta(d)
}

// delta takes one delta by the contract.
func (a *application) delta(d *contract.Delta) Outcome {
	version := int64(noVersion)
	if d.Has&contract.FieldVersion != 0 {
		version = d.Version
		a.version = max(a.version, version)
		a.learn(a.now, version)
	}
	if d.ItemType == contract.TypePlan {
		return a.due(PlanDelta, d)
	}
	l := a.list(d.ItemType)
	if l == nil || d.Has&contract.FieldEntityID == 0 {
		return a.due(Malformed, d)
	}
	e := l.find(d.EntityID)
	a.see(e)
	if version != noVersion && version < a.holds(e) {
		if o, stale := a.older(e, version, d); stale {
			return o
		}
	}
	switch d.Action {
	case contract.ActionDeleted:
		return a.remove(l, e, version, d)
	case contract.ActionCreated, contract.ActionUpdated:
		return a.put(l, e, version, d)
	}
	return a.due(Malformed, d)
}

// see keeps the item as it is before the delta.
func (a *application) see(e *entry) {
	if !a.told || e == nil || !e.there() {
		return
	}
	from := len(a.before)
	a.before = append(a.before, a.raw(e)...)
	a.held = a.before[from:len(a.before):len(a.before)]
	a.after = a.held
}

// holds returns the version that an item holds, be it there or not.
func (c *Cache) holds(e *entry) int64 {
	if e == nil {
		return c.floor
	}
	return e.version
}

// older judges a delta below the version of its item, and reports whether it goes no further. Where
// that version is a guess, the item itself may tell: see "What does an item hold after an answer?".
func (a *application) older(e *entry, version int64, d *contract.Delta) (Outcome, bool) {
	if e == nil || !e.guessed {
		return Outcome{Result: Stale}, true
	}
	deletion := d.Action == contract.ActionDeleted
	switch {
	case deletion && e.state == gone, !deletion && e.state == live && a.alike(a.raw(e), d.Payload()):
		e.version, e.guessed = max(version, a.floor), false
		return Outcome{Result: Duplicate}, true
	case version <= a.floor:
	case deletion:
		return Outcome{}, false // ids are not used twice: the answer had the item before it was deleted
	case d.Action == contract.ActionUpdated && e.state == gone:
		return Outcome{}, false // it may have come back into the plan's dates
	}
	return Outcome{Result: Stale}, true
}

// due makes a refresh due.
func (a *application) due(reason Reason, d *contract.Delta) Outcome {
	t := Trigger{Reason: reason, At: a.now}
	if d != nil {
		t.Item, t.Version = d.Item(), d.Version
	}
	a.trigger(t)
	return Outcome{Result: Refreshed, Reason: reason}
}

func (a *application) remove(l *list, e *entry, version int64, d *contract.Delta) Outcome {
	if e != nil && e.state == gone && version != noVersion && version == e.version {
		return Outcome{Result: Duplicate}
	}
	if e == nil || e.state != live {
		a.bury(l, e, version, d.EntityID)
		return a.due(UnknownEntity, d)
	}
	a.slab.drop(e.block, int(e.size))
	e.state = gone
	a.touch(e, version)
	l.live--
	a.after = nil
	return Outcome{Result: Removed}
}

// bury remembers the deletion of an item that is not there: what is older cannot bring it back.
func (a *application) bury(l *list, e *entry, version, id int64) {
	switch {
	case version == noVersion:
	case e == nil:
		l.add(entry{id: id, version: version, touched: a.now, state: gone})
	default:
		a.touch(e, version)
	}
}

// touch notes that a delta of that version changed an item.
func (c *Cache) touch(e *entry, version int64) {
	e.version, e.guessed, e.touched = max(e.version, version), false, c.now
}

func (a *application) put(l *list, e *entry, version int64, d *contract.Delta) Outcome {
	payload := d.Payload()
	if payload == nil {
		return a.lacking(d)
	}
	if a.doubtful && !utf8.Valid(payload) || !isOf(payload, d.EntityID, a.doubtful) {
		return a.due(Malformed, d)
	}
	if e != nil && e.state == live {
		return a.replace(e, version, payload)
	}
	deleted := e != nil && version != noVersion && version == e.version // at that very version
	if d.Action == contract.ActionUpdated && (!deleted || e.guessed) {
		return a.due(UnknownEntity, d)
	}
	if deleted {
		return Outcome{Result: Stale}
	}
	a.create(l, e, version, d.EntityID, payload)
	return Outcome{Result: Applied}
}

// lacking is what becomes of a delta without a payload that could be applied.
func (a *application) lacking(d *contract.Delta) Outcome {
	own := contract.FieldBill
	if d.ItemType == contract.TypeAppointment {
		own = contract.FieldAppointment
	}
	raw := d.Data
	if d.Odd&own != 0 {
		raw = d.Bill
		if own == contract.FieldAppointment {
			raw = d.Appointment
		}
	}
	if d.Odd&(own|contract.FieldData) != 0 && string(raw) != "null" {
		return a.due(Malformed, d)
	}
	return a.due(PayloadMissing, d)
}

func (a *application) replace(e *entry, version int64, payload []byte) Outcome {
	if version != noVersion && version == e.version && a.alike(a.raw(e), payload) {
		return Outcome{Result: Duplicate}
	}
	e.block = a.slab.change(e.block, int(e.size), payload)
	e.size = uint32(len(payload))
	a.touch(e, version)
	a.after = payload
	return Outcome{Result: Replaced}
}

func (a *application) create(l *list, e *entry, version, id int64, payload []byte) {
	n := entry{
		id: id, version: max(a.holds(e), version), touched: a.now,
		block: a.slab.put(payload), size: uint32(len(payload)), state: live,
	}
	if e != nil {
		l.revive(n)
	} else {
		l.add(n)
	}
	a.after = payload
}
