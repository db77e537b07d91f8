package diagnose

import (
	"sort"

	"github.com/carebase/deltatap/replay/plancache"
)

// This file holds what the hypotheses of absent versions share. Where what the server holds came as
// a delta, no absent version is the item's: the sentence of each says that no delta carried it.

// brought strikes a hypothesis of absent versions where a delta carried what the server holds.
func (q *question) brought(code Code) (Finding, bool) {
	f := q.carrier
	if f == nil {
		return Finding{}, false
	}
	if x, ok := q.lostBelow(code, f); ok {
		return x, true
	}
	return q.ruledOut(code, func() string {
		return "what the server holds came with" + q.deltaText(f) + ", " + q.record(f.moment)
	}, f.n), true
}

// stretchesOf is where the versions of a code are emitted.
var stretchesOf = map[Code]where{
	MissedDelta: between | edge | deafness | beforeAll, MissedWhileOffline: gap | beforeAll, MissedWhileDeaf: deafness,
}

// lostBelow: the delta with what the server holds came, and was of an item that the client did not
// have, since what made it was lost. That is the first link of a chain.
func (q *question) lostBelow(code Code, f *fact) (Finding, bool) {
	if f.outcome.Reason != plancache.UnknownEntity || stretchesOf[code] == 0 {
		return Finding{}, false
	}
	runs := q.abs.in(q.lowerByAnswers()+1, f.version-1, stretchesOf[code])
	if len(runs) == 0 {
		return Finding{}, false
	}
	x := q.withRuns(q.stands(code, 1, func() string {
		return nameVersions(runs) + " never arrived, so that the client did not have the item when" + q.deltaText(f) + " came"
	}), runs)
	x.Link = true
	return x, true
}

// deltaText names a delta by its version, where it has one.
func (q *question) deltaText(f *fact) string {
	if f.version == 0 {
		return " a delta without a version"
	}
	return " v" + decimal(f.version)
}

// lost finds the absent versions that may be the item's and may have been emitted in some stretches
// of the session. Torn says that they all lie below the version of an answer that did not hold
// them.
func (q *question) lost(at where) (runs []absence, torn bool) {
	if from := max(q.span, q.settled) + 1; q.abs.has(from, q.server, at) {
		return q.createdAmong(q.abs.in(from, q.server, at)), false
	}
	if from := max(q.lower, q.settled) + 1; q.span > q.lower && q.abs.has(from, q.span, at) {
		return q.createdAmong(q.abs.in(from, q.span, at)), true
	}
	return nil, false
}

// noneAbsent strikes a hypothesis of absent versions where there are none of the kind that it
// takes.
func (q *question) noneAbsent(code Code, why string) Finding {
	return q.ruledOut(code, func() string {
		if low, high := q.abs.span(q.lower+1, q.server); low == high {
			if q.lower > 0 {
				return "no version above v" + decimal(q.lower) + " is absent"
			}
			return "no version is absent"
		}
		return why
	}, q.lowerAt.n)
}

// oddly tells whether so many deltas without a version, or unreadable messages, came around runs
// that these may be all that is absent.
func (q *question) oddly(runs []absence) bool {
	low, high := frames(runs)
	odd := q.t.odd
	odd = odd[sort.Search(len(odd), func(i int) bool { return odd[i] >= low.n }):]
	if high.n > 0 {
		odd = odd[:sort.Search(len(odd), func(i int) bool { return odd[i] > high.n })]
	}
	return int64(len(odd)) >= countVersions(runs)
}

// countVersions is how many versions runs hold.
func countVersions(runs []absence) (n int64) {
	for i := range runs {
		n += runs[i].len()
	}
	return n
}

// firmly tells whether one of the runs was lost for sure: nothing can have been coalesced there.
func firmly(runs []absence) bool {
	for i := range runs {
		if !runs[i].coalescible {
			return true
		}
	}
	return false
}

// withRuns fills a finding with the versions of runs and the records that frame them.
func (q *question) withRuns(f Finding, runs []absence) Finding {
	low, high := frames(runs)
	f.Versions, f.Records = listVersions(runs), q.numbersOf(low.n, high.n)
	return f
}

// createdAmong keeps of the runs those in which an item that the client never heard of can have
// been created, by its own date. Each change of such an item was lost, its creation among them.
func (q *question) createdAmong(runs []absence) []absence {
	if q.d.Cached != nil || len(q.facts) > 0 {
		return runs
	}
	created, ok := instant(q.d.Server, "createdAt")
	if !ok {
		return runs
	}
	since := created.Sub(q.t.started)
	earliest, latest := q.t.offset.earliest(since), q.t.offset.latest(since)
	var kept []absence
	for _, r := range runs {
		if latest >= r.earliest && earliest <= r.latest {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return runs
	}
	return kept
}
