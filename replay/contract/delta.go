package contract

// Field is a bit set of the members of a delta that the contract knows.
type Field uint16

// The members of a delta; the last three are members of its data.
const (
	FieldItemType Field = 1 << iota
	FieldEntityID
	FieldPlanItemID
	FieldAction
	FieldVersion
	FieldSource
	FieldData
	FieldAppointment
	FieldBill
	FieldSection
)

// Delta is one PlanItemDelta. Raw, Data, Appointment and Bill alias the decoded
// text: they live as long as it does, and must not be changed.
//
// Where a member occurs twice, the last one counts, as it does for
// JavaScript's JSON.parse.
type Delta struct {
	Raw         []byte // the list element as it arrived: a JSON object, unless a finding says otherwise
	Data        []byte // raw value of "data"; nil when absent
	Appointment []byte // raw value of data.appointment; nil when absent
	Bill        []byte // raw value of data.bill; nil when absent

	// ItemType, Action, Source and Section are unescaped. Values that the
	// contract names are shared constants; others are copies. Empty unless in Has.
	ItemType, Action, Source, Section string

	// EntityID, PlanItemID and Version are 0 unless in Has.
	EntityID, PlanItemID, Version int64

	Has Field // present, and of the right type (for an integer: one that fits an int64)
	Odd Field // present, and of a wrong type, null included
}

// Item returns the entity that the delta is about.
func (d *Delta) Item() Item {
	return Item{Type: d.ItemType, ID: d.EntityID}
}

// Key is what a server coalesces by: deltas of one tick that share a Key leave
// as one. It is comparable.
type Key struct {
	ItemType string
	ID       int64
}

// Key returns the delta's coalescing key: its item type plus its planItemId, or
// its entityId where it has no planItemId.
func (d *Delta) Key() Key {
	if d.Has&FieldPlanItemID != 0 {
		return Key{ItemType: d.ItemType, ID: d.PlanItemID}
	}
	return Key{ItemType: d.ItemType, ID: d.EntityID}
}

// Payload returns the raw JSON object of the entity that a client would store:
// data.appointment or data.bill, as the item type says. It is nil for other item
// types, and where that member is missing, null or no object.
func (d *Delta) Payload() []byte {
	switch {
	case d.ItemType == TypeAppointment && d.Has&FieldAppointment != 0:
		return d.Appointment
	case d.ItemType == TypeBill && d.Has&FieldBill != 0:
		return d.Bill
	}
	return nil
}

// Message is one decoded plan:item-delta event. Reuse it: [Decode] resets it and
// keeps its capacity (within reason). The zero value is ready.
type Message struct {
	Raw []byte // the text given to Decode

	// Deltas holds one entry an element of "deltas", so that indexes agree with
	// the wire: an element that is no object has its Raw and nothing else.
	Deltas []Delta

	List bool // "deltas" was there, and a list

	// Findings is what decoding itself noticed (odd JSON, wrong types), in the
	// order of the deltas, those on the message first. The contract's rules
	// proper are judged by a Checker.
	Findings []Finding
}
