package diagnose

import (
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
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
	if !ok || c.deleted(d) {
		return Cause{}, false
	}
	if !outside(d.Item.Type, d.Cached, start, end) {
		return c.expectedPast(d, start)
	}
	cause := Cause{Code: OutsideRange, Certainty: Certain, Expected: true, Summary: "it lies outside the dates of the server's plan"}
	oldStart, oldEnd, ok := c.Cached.Range()
	if ok && moved(oldStart, oldEnd, start, end) && !outside(d.Item.Type, d.Cached, oldStart, oldEnd) {
		cause.Code = RangeMoved
		cause.Summary = "the dates of the server's plan have moved on, and left it behind"
	}
	return cause, true
}

// The statuses of bills that say whether they are still owed.
const (
	statusOverdue = "overdue"
	statusPaid    = "paid"
)

// expectedPast finds a bill that was due before the server's plan begins and is not marked overdue. Whether "overdue" is a
// matter of the date or of the status is written nowhere, and the server's plan only tells where it holds such a bill.
func (c *Case) expectedPast(d *diff.Difference, start time.Time) (Cause, bool) {
	status, past := c.perhapsPast(d, start)
	if !past || !c.undisputed(d, status) {
		return Cause{}, false
	}
	cause := Cause{
		Code: OutsideRange, Certainty: Likely, Expected: true,
		Summary: "it was due before the dates of the server's plan, and is not marked overdue",
	}
	if oldStart, _, ok := c.Cached.Range(); ok {
		if _, was := pastDue(d.Item.Type, d.Cached, oldStart); !was && oldStart.Before(start) {
			cause.Code = RangeMoved
		}
	}
	return cause, true
}

// perhapsPast finds a bill that was due before the server's plan begins, whose status does not say that it is shown then, and which
// neither that plan nor one of the cache's dates shows to be; and its status.
func (c *Case) perhapsPast(d *diff.Difference, start time.Time) (status string, past bool) {
	status, past = pastDue(d.Item.Type, d.Cached, start)
	if !past || status == statusOverdue || c.holdsPast(status, start) {
		return status, false
	}
	if oldStart, was := c.planned(d); was {
		if _, was := pastDue(d.Item.Type, d.Cached, oldStart); was {
			return status, false
		}
	}
	return status, true
}

// planned tells whether a plan held the item and nothing came since, and when that plan begins.
func (c *Case) planned(d *diff.Difference) (start time.Time, was bool) {
	if c.Timeline == nil {
		return start, false
	}
	q := newQuestion(c, d)
	from := c.Cached
	if a := c.Timeline.agreed; a != nil && q.base.n == a.n {
		from = a.plan
	}
	start, _, _ = from.Range()
	return start, q.base.plan && !q.base.apart
}

// undisputed tells whether nothing but its date speaks against such a bill: unless it is paid, no version was lost that may have
// been its deletion. A deletion is coalesced with nothing but what comes as a later delta of the same item.
func (c *Case) undisputed(d *diff.Difference, status string) bool {
	if c.Timeline == nil || status == statusPaid {
		return status == statusPaid
	}
	q := newQuestion(c, d)
	a := q.absent()
	return q.base.known && len(a.offline)+len(a.perhaps)+len(a.silent)+len(a.after) == 0 && !lostForSure(a.connected)
}

// perhapsLeftOut tells whether a ghost may be out of the server's plan for its date alone: no delta deleted it.
func (q *question) perhapsLeftOut() bool {
	start, _, ok := q.c.Server.Range()
	if !ok || q.d.Kind != diff.Ghost || q.carrier() != nil {
		return false
	}
	_, past := q.c.perhapsPast(q.d, start)
	return past
}

// holdsPast tells whether the server's plan holds a bill of that status that was due before it begins.
func (c *Case) holdsPast(status string, start time.Time) bool {
	for i := range c.Server.Bills.Len() {
		if other, past := pastDue(contract.TypeBill, c.Server.Bills.Raw(i), start); past && other == status {
			return true
		}
	}
	return false
}

// pastDue tells whether an item is a bill that was due before a moment, and its status.
func pastDue(itemType string, raw []byte, start time.Time) (status string, past bool) {
	if itemType != contract.TypeBill {
		return "", false
	}
	at, ok := instant(raw, "dueDate")
	return strings.Trim(string(plan.Get(raw, "status")), `"`), ok && at.Before(start)
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

func instant(object []byte, name string) (time.Time, bool) {
	return rawjson.ReadInstant(plan.Get(object, name))
}
