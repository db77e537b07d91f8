package diagnose

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
)

// examinePayloadMissing: the item's delta came without the item.
func (q *question) examinePayloadMissing() Finding {
	return q.examineUnusable(PayloadMissing, plancache.PayloadMissing, "no delta of the item came without it")
}

// examineUnknownEntity: the item's delta was of an item that the client did not have.
func (q *question) examineUnknownEntity() Finding {
	return q.examineUnusable(UnknownEntity, plancache.UnknownEntity, "the client had the item whenever a delta of it came")
}

// examineMalformed: the item's delta was none that a client could apply, or something that may have
// been it was.
func (q *question) examineMalformed() Finding {
	return q.examineUnusable(Malformed, plancache.Malformed, "every delta of the item could be read")
}

// examineUnusable examines a delta that could not be applied for a reason. It calls for a refresh:
// what became of that is the last link of the chain, and this an earlier one. It is struck where no
// such delta is left without a refresh that made up for it.
func (q *question) examineUnusable(code Code, reason plancache.Reason, why string) Finding {
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		if d.reason != reason || d.item != q.d.Item && d.item != (contract.Item{}) {
			continue
		}
		unseen, ok := q.helps(d)
		if !ok {
			continue
		}
		out, _, index := q.outcomeOf(d)
		if out == answered && !q.otherwise(index) {
			continue
		}
		x := q.stands(code, unseen, func() string {
			return "the delta" + versionText(d.version) + " at " + q.clock(d.at) + " could not be applied (" + string(d.reason) + ")"
		}, d.n)
		x.Link, x.Versions = true, versionsOf(d.version)
		return x
	}
	return q.ruledOut(code, say("%s", why))
}
