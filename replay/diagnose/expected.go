package diagnose

import (
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

const googleSync = "googleSync"

// Harmless tells a field whose difference is expected: an instant in another spelling, or what deltas never carry filled.
func Harmless(f *diff.Field) bool {
	name, _, _ := strings.Cut(f.Path, ".")
	return f.SameInstant || name == googleSync
}

// expected answers what the two plans alone can prove.
func (c *Case) expected(d *diff.Difference) (Cause, bool) {
	switch d.Kind {
	case diff.Stale:
		return expectedFields(d)
	case diff.Ghost:
		return c.expectedGhost(d)
	case diff.Missing:
		return c.expectedMissing(d)
	}
	return Cause{}, false
}

func expectedFields(d *diff.Difference) (Cause, bool) {
	code, summary := SameInstant, "the same instant in two spellings"
	for i := range d.Fields {
		f := &d.Fields[i]
		switch {
		case f.SameInstant:
		case Harmless(f):
			code, summary = Unhydrated, "deltas never carry "+googleSync+" filled; the next refresh fills it"
		default:
			return Cause{}, false
		}
	}
	return Cause{Code: code, Certainty: Certain, Expected: true, Summary: summary}, len(d.Fields) > 0
}

// expectedGhost finds an item that the server's plan leaves out for its dates.
func (c *Case) expectedGhost(d *diff.Difference) (Cause, bool) {
	start, end, ok := c.Server.Range()
	if !ok || !outside(d.Item.Type, d.Cached, start, end) || c.deleted(d) {
		return Cause{}, false
	}
	cause := Cause{Code: OutsideRange, Certainty: Certain, Expected: true, Summary: "it lies outside the dates of the server's plan"}
	oldStart, oldEnd, ok := c.Cached.Range()
	if ok && moved(oldStart, oldEnd, start, end) && !outside(d.Item.Type, d.Cached, oldStart, oldEnd) {
		cause.Code = RangeMoved
		cause.Summary = "the dates of the server's plan have moved on, and left it behind"
	}
	return cause, true
}

// leftOut tells whether the server's plan leaves out an item that is so.
func (c *Case) leftOut(itemType string, raw []byte) bool {
	start, end, ok := c.Server.Range()
	return ok && raw != nil && outside(itemType, raw, start, end)
}

// deleted tells whether the session shows that the item was deleted: then its dates excuse nothing.
func (c *Case) deleted(d *diff.Difference) bool {
	if c.Timeline == nil {
		return false
	}
	h := c.Timeline.items[d.Item]
	return h != nil && h.facts[len(h.facts)-1].action == contract.ActionDeleted
}

// expectedMissing finds an item that the server's plan holds only since its dates have moved.
func (c *Case) expectedMissing(d *diff.Difference) (Cause, bool) {
	start, end, ok := c.Server.Range()
	oldStart, oldEnd, had := c.Cached.Range()
	if !ok || !had || !moved(oldStart, oldEnd, start, end) || !outside(d.Item.Type, d.Server, oldStart, oldEnd) {
		return Cause{}, false
	}
	return Cause{
		Code: RangeMoved, Certainty: Certain, Expected: true,
		Summary: "the dates of the server's plan have moved on, and let it in",
	}, true
}

func moved(oldStart, oldEnd, start, end time.Time) bool {
	return !oldStart.Equal(start) || !oldEnd.Equal(end)
}

// outside tells whether a plan of these dates leaves an item out. What cannot be told is inside.
func outside(itemType string, raw []byte, start, end time.Time) bool {
	switch itemType {
	case contract.TypeAppointment:
		at, ok := instant(raw, "startLocal")
		return ok && (at.Before(start) || !at.Before(end))
	case contract.TypeBill:
		at, ok := instant(raw, "dueDate")
		return ok && !at.Before(end) // what was due before the range is overdue, and in the plan
	}
	return false
}

func instant(object []byte, name string) (time.Time, bool) { return plan.Instant(member(object, name)) }

func member(object []byte, name string) []byte {
	for _, m := range plan.Members(nil, object) {
		if string(m.Name) == name {
			return m.Value
		}
	}
	return nil
}
