package diagnose

import (
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
)

// examineOutsideRange: an item that only the cache has lies outside the dates of the server's plan.
// It is struck where it lies inside them, and where a delta deleted it: its dates then excuse
// nothing.
func (q *question) examineOutsideRange() Finding {
	if f, ok := q.datesRuleOut(OutsideRange); ok {
		return f
	}
	if q.wasInside() {
		return q.ruledOut(OutsideRange, say("it lay inside the dates of the cached plan: those have moved"))
	}
	return q.stands(OutsideRange, 0, say("it lies outside the dates of the server's plan"), q.basePlace())
}

// examineRangeMoved: an item that the dates of the server's plan have left behind, or let in, since
// the cached plan was read.
func (q *question) examineRangeMoved() Finding {
	if q.d.Kind == diff.Missing {
		return q.letIn()
	}
	if f, ok := q.datesRuleOut(RangeMoved); ok {
		return f
	}
	if !q.wasInside() {
		return q.ruledOut(RangeMoved, say("the dates of the two plans do not tell it apart"))
	}
	return q.stands(RangeMoved, 0, say("the dates of the server's plan have moved on, and left it behind"), q.basePlace())
}

// datesRuleOut strikes what the dates of an item explain where they do not.
func (q *question) datesRuleOut(code Code) (Finding, bool) {
	switch {
	case q.d.Kind != diff.Ghost:
		return q.ruledOut(code, say("the server's plan has it")), true
	case !q.leavesOut(q.d.Item.Type, q.d.Cached):
		return q.ruledOut(code, say("its dates lie inside those of the server's plan")), true
	}
	if q.t == nil || q.isOutsideAlone() {
		return Finding{}, false
	}
	for i := range q.facts {
		f := &q.facts[i]
		if f.action == contract.ActionDeleted && (q.top == nil || f.version == 0 || f.version >= q.top.version) {
			return q.ruledOut(code, func() string { return "it was deleted" + versionText(f.version) + ", " + q.record(f.moment) }, f.n), true
		}
	}
	return Finding{}, false
}

// keptOut tells whether the dates of what the cache holds keep it out of the server's plan, so that
// this plan says nothing against it.
func (q *question) keptOut() bool {
	return q.d.Kind == diff.Ghost && q.leavesOut(q.d.Item.Type, q.d.Cached)
}

// wasInside tells whether the dates have moved since the cached plan was read, and the item lay
// inside the old ones.
func (q *question) wasInside() bool {
	start, end, ok := q.Cached.Range()
	return ok && !(start.Equal(q.start) && end.Equal(q.end)) && !outside(q.d.Item.Type, q.d.Cached, start, end)
}

// letIn: the server's plan has an item that the dates of the cached one left out. One that was
// made, or that a delta brought, while the client was there should have come whatever its dates.
func (q *question) letIn() Finding {
	start, end, ok := q.Cached.Range()
	switch {
	case !ok || !q.ranged || start.Equal(q.start) && end.Equal(q.end):
		return q.ruledOut(RangeMoved, say("the dates of the two plans are the same"))
	case !outside(q.d.Item.Type, q.d.Server, start, end):
		return q.ruledOut(RangeMoved, say("its dates lie inside those of the cached plan, too"))
	}
	if q.t == nil || len(q.t.answers) == 0 {
		return q.stands(RangeMoved, 0, say("the dates of the server's plan have moved on, and let it in"))
	}
	a := &q.t.answers[len(q.t.answers)-1]
	if created, ok := instant(q.d.Server, "createdAt"); ok && q.madeAfter(created, a) {
		return q.ruledOut(RangeMoved, func() string {
			return "it was made after the plan of " + q.record(a.moment) + " was read, and deltas come whatever the dates"
		}, a.n)
	}
	return q.stands(RangeMoved, 0, say("the dates of the server's plan have moved on, and let it in"), a.n)
}

// madeAfter tells whether an item was made after an answer had come, by the server's clock. Where
// nothing tells how far that is from the session's, they are taken to agree within a minute.
func (q *question) madeAfter(created time.Time, a *answer) bool {
	since := created.Sub(q.t.started)
	if earliest := q.t.offset.earliest(since); earliest > a.at {
		return true
	}
	if !a.updated.IsZero() && created.After(a.updated) && since > a.at && q.t.offset.latest(since) >= a.at {
		return !q.t.offset.known[1] && since-a.at < time.Hour*24*365
	}
	return false
}

// basePlace is the place of the record that brought what the cache holds; 0 for none.
func (q *question) basePlace() int64 {
	if q.base == nil {
		return 0
	}
	return q.base.n
}
