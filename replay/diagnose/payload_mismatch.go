package diagnose

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
)

// examinePayloadMismatch: the delta of the server's own version carried other content: it was
// altered on the way or built wrong, or two changes were written in one order and numbered in the
// other. It is struck where what the cache holds did not come as the item's latest delta, and where
// a plan that was asked for after that shows it right.
func (q *question) examinePayloadMismatch() Finding {
	if q.d.Kind == diff.Missing {
		return q.ruledOut(PayloadMismatch, say("no payload takes an item away"))
	}
	if f, ok := q.brought(PayloadMismatch); ok {
		return f
	}
	f := q.latestDelta()
	if f == nil {
		return q.ruledOut(PayloadMismatch, func() string {
			if q.base != nil {
				return "what the cache holds is what the plan of " + q.record(q.base.moment) + " had"
			}
			return "what the cache holds did not come as a delta"
		})
	}
	if q.explains(f) {
		return q.ruledOut(PayloadMismatch, func() string { return "the latest delta of the item carried it, " + q.record(f.moment) }, f.n)
	}
	if f.version > 0 && q.lower > f.version {
		return q.ruledOut(PayloadMismatch, func() string {
			return "the plan of " + q.record(q.lowerAt) + " is later than the item's latest delta"
		}, q.lowerAt.n)
	}
	for i := range q.t.answers {
		if a := &q.t.answers[i]; a.n > f.n && a.timed && a.sent >= f.at && !a.portal && q.toldBy(i) == f.carried {
			return q.ruledOut(PayloadMismatch, func() string { return "the plan of " + q.record(a.moment) + " had it right" }, a.n)
		}
	}
	unseen := coincidence
	if q.base == nil || q.base.fact != f {
		unseen++ // and something else put what the cache holds in its place
	}
	x := q.stands(PayloadMismatch, unseen, func() string {
		return "the delta" + versionText(f.version) + ", which arrived at " + q.clock(f.at) + ", carried other content than the server holds"
	}, f.n)
	x.Versions = versionsOf(f.version)
	return x
}

// latestDelta is the item's delta of the highest version that the server's plan can hold, or the
// one that the cache holds where that has no version; nil where none brought content.
func (q *question) latestDelta() *fact {
	f := q.top
	if q.base != nil && q.base.fact != nil && q.base.fact.version == 0 {
		f = q.base.fact
	}
	if f == nil || f.action == contract.ActionDeleted || f.carried == none {
		return nil
	}
	return f
}
