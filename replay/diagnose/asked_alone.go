package diagnose

import "github.com/carebase/deltatap/replay/diff"

// Single is what the server answered when it was asked for one item by itself. One of which there
// is nothing known has none.
type Single struct {
	Raw  []byte // the item; nil where it was not found
	Gone bool   // it was not found, and another item of its type was
}

// askedAlone strikes a hypothesis about an item that only the cache has by what the server says of
// that item alone: dates explain nothing of one that is gone, and nothing but dates explains one
// that is there outside of them.
func (q *question) askedAlone(code Code) (Finding, bool) {
	s, asked := q.Singles[q.d.Item]
	byDates := code == OutsideRange || code == RangeMoved
	switch {
	case !asked || q.d.Kind != diff.Ghost:
	case s.Gone && byDates:
		return q.ruledOut(code, say("asked for by itself, the server has it no more")), true
	case q.isOutsideAlone() && !byDates:
		return q.ruledOut(code, say("asked for by itself, the server still has it, outside the dates of its plan")), true
	}
	return Finding{}, false
}

// isOutsideAlone tells whether the server has an item, asked for by itself, of dates that its plan
// leaves out.
func (q *question) isOutsideAlone() bool {
	s := q.Singles[q.d.Item]
	return s.Raw != nil && q.leavesOut(q.d.Item.Type, s.Raw) && q.leavesOut(q.d.Item.Type, q.d.Cached)
}
