package payload

import (
	"bytes"
	"time"

	"github.com/carebase/deltatap/replay/plan"
)

// Overlay lays what a delta tells of an item over what a plan holds of it. Reuse it: it keeps its
// capacity. The zero value is ready; one goroutine may use it.
type Overlay struct {
	held, told []plan.Member
}

const syncMember = "googleSync"

// Join is the payload that a plan holds after a delta told another. What was told counts, byte for
// byte, but for the Google state, which deltas are built without: null there leaves what is held.
// Members that a delta does not carry stay, in the order of the plan; those that only it carries
// come last. Where nothing is held, or it cannot be read, the result is what was told. It shares no
// memory with either.
func (o *Overlay) Join(held, told []byte) []byte {
	o.told = plan.Members(o.told[:0], told)
	o.held = plan.Members(o.held[:0], held)
	if len(o.told) == 0 || len(o.held) == 0 {
		return bytes.Clone(told)
	}
	if !o.alike() {
		return o.merged(held, told)
	}
	for i, m := range o.told {
		if string(m.Name) == syncMember && IsNull(m.Value) {
			text := append(make([]byte, 0, len(told)+len(o.held[i].Value)), told[:m.At]...)
			text = append(text, o.held[i].Value...)
			return append(text, told[m.At+len(m.Value):]...)
		}
	}
	return bytes.Clone(told)
}

// alike says whether both have the same members in the same order.
func (o *Overlay) alike() bool {
	if len(o.held) != len(o.told) {
		return false
	}
	for i := range o.held {
		if !bytes.Equal(o.held[i].Name, o.told[i].Name) {
			return false
		}
	}
	return true
}

// merged is what is held with what was told in its places.
func (o *Overlay) merged(held, told []byte) []byte {
	whole, err := Parse(held)
	if err != nil {
		return bytes.Clone(told)
	}
	over, err := Parse(told)
	if err != nil {
		return bytes.Clone(told)
	}
	for _, m := range over.members {
		if m.name != syncMember || !IsNull(m.value) || !whole.Has(syncMember) {
			whole.put(m)
		}
	}
	return whole.Bytes()
}

// ItemID is the itemId of what was told last; 0 where it has none.
func (o *Overlay) ItemID() int64 {
	id, _ := AsInt(o.value("itemId"))
	return id
}

// At is the time in a member of what was told last; the zero time where there is none, or none that
// can be read.
func (o *Overlay) At(name string) time.Time {
	text, _ := AsString(o.value(name))
	at, _ := ParseTime(text)
	return at
}

func (o *Overlay) value(name string) []byte {
	for _, m := range o.told {
		if string(m.Name) == name {
			return m.Value
		}
	}
	return nil
}
