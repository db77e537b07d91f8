package diagnose

import "github.com/carebase/deltatap/replay/diff"

// examineMissedDelta: a version of the item's is absent from a connected stretch, and no delta that
// arrived carried its content. Nothing strikes it but that no absent version is left, or that the
// content did come. An absent version that coalescing explains takes a lost message that nobody
// saw. Next to a break, and behind the last delta of a connection, other codes are nearer.
func (q *question) examineMissedDelta() Finding {
	if f, ok := q.brought(MissedDelta); ok {
		return f
	}
	runs, torn := q.lost(between)
	unseen := 0
	if len(runs) == 0 {
		runs, torn = q.lost(edge | deafness | beforeAll)
		unseen = 1
		if q.d.Kind != diff.Missing && countVersions(runs) > 1 {
			unseen = 2 // more than one message would have been lost by chance
		}
	}
	if len(runs) == 0 {
		return q.noneAbsent(MissedDelta, "no version is absent between two that came on one connection")
	}
	if !firmly(runs) || q.oddly(runs) {
		unseen++
	}
	if !firmly(runs) && q.oddly(runs) {
		unseen++
	}
	if torn {
		unseen += coincidence
	}
	return q.withRuns(q.stands(MissedDelta, unseen, func() string {
		return nameVersions(runs) + " never arrived, although messages came before and after on the same connection" + q.during(runs)
	}), runs)
}

// during is ", " and when runs were emitted, where that is known.
func (q *question) during(runs []absence) string {
	if when := q.whenText(runs); when != "" {
		return ", " + when
	}
	return ""
}
