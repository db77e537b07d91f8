package plancache

import (
	"bytes"
	"strconv"

	"github.com/carebase/deltatap/replay/plan"
)

// unhydrated is the member that deltas never carry filled: they are built before it is joined.
const unhydrated = "googleSync"

// alike reports whether two items hold the same content, as far as both can tell it: JSON values
// are compared, and not the member that one side had no chance to fill.
func (c *Cache) alike(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var roomA, roomB [24]plan.Member
	left, right := plan.Members(roomA[:0], a), plan.Members(roomB[:0], b)
	if len(left) != len(right) || len(left) == 0 {
		return false
	}
	c.match.Against(right)
	for i := range left {
		k := c.match.Find(i, left[i].Name)
		if k < 0 || !sameMember(&left[i], &right[k]) {
			return false
		}
	}
	return true
}

func sameMember(a, b *plan.Member) bool {
	if plan.Equal(a.Value, b.Value) {
		return true
	}
	return string(a.Name) == unhydrated && (plan.KindOf(a.Value) == plan.Null || plan.KindOf(b.Value) == plan.Null)
}

// isOf reports whether a payload is that of an entity: its id is the entity's, or it has none.
// Payloads begin with their id; where nothing odd was found in the message, that is the only one.
func isOf(payload []byte, id int64, doubtful bool) bool {
	if rest, ok := bytes.CutPrefix(payload, []byte(`{"id":`)); ok && !doubtful {
		var room [20]byte
		rest, ok = bytes.CutPrefix(rest, strconv.AppendInt(room[:0], id, 10))
		if ok && len(rest) > 0 && rest[0] == ',' {
			return true
		}
	}
	return hasID(payload, id)
}

func hasID(payload []byte, id int64) bool {
	var room [24]plan.Member
	for _, m := range plan.Members(room[:0], payload) {
		if string(m.Name) == "id" {
			got, ok := plan.Int64(m.Value)
			return ok && got == id
		}
	}
	return true
}
