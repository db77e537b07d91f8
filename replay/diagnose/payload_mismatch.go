package diagnose

import "github.com/carebase/deltatap/replay/diff"

// examinePayloadMismatch: the delta of the server's own version carried other content: it was altered on the way or built wrong, or two
// changes were written in one order and numbered in the other. It is struck where what the cache holds did not come as the item's latest
// delta, and where a plan that was asked for after that shows it right.
func (q *question) examinePayloadMismatch() Finding {
	if q.d.Kind == diff.Missing {
		return q.ruledOut(PayloadMismatch, say("no payload takes an item away"))
	}
	if q.base == nil || q.base.fact == nil {
		return q.ruledOut(PayloadMismatch, func() string {
			if q.base != nil {
				return "what the cache holds is what the plan of " + q.record(q.base.moment) + " had"
			}
			return "what the cache holds did not come as a delta"
		})
	}
	f := q.base.fact
	if q.top != nil && f.version > 0 && f.version < q.top.version {
		return q.ruledOut(PayloadMismatch, func() string {
			return "v" + decimal(q.top.version) + " came, " + q.record(q.top.moment) + ", and is later than what the cache holds"
		}, q.top.n)
	}
	for i := range q.t.answers {
		if a := &q.t.answers[i]; a.n > f.n && a.timed && a.sent >= f.at && !a.portal && q.toldBy(i) == q.held {
			return q.ruledOut(PayloadMismatch, func() string { return "the plan of " + q.record(a.moment) + " had it right" }, a.n)
		}
	}
	x := q.stands(PayloadMismatch, coincidence, func() string {
		return "the delta" + versionText(f.version) + ", which arrived at " + q.clock(f.at) + " and was applied, carried other content than the server holds"
	}, f.n)
	x.Versions = versionsOf(f.version)
	return x
}
