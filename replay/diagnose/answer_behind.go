package diagnose

import "github.com/carebase/deltatap/replay/plancache"

// examineAnswerBehind: /api/plan answered with less than its version, or than the client had. The
// records speak of it where an answer was asked for after a delta had come that it lacks, where it
// calls itself older than what was known, or where a delta was let pass as old because of an answer
// that did not hold it. Else a replica or cache that lags is a rare event.
func (q *question) examineAnswerBehind() Finding {
	for _, examine := range []func() (Finding, bool){q.overwrittenBehind, q.heldOffBehind, q.refreshedBehind, q.serverBehind, q.tornBehind} {
		if f, ok := examine(); ok {
			return f
		}
	}
	f := q.ruledOut(AnswerBehind, say("no answer lacks what was known when it was asked for"))
	if len(q.t.answers) > 0 && q.lastOtherwise() >= 0 {
		f.Standing = Remote
		f.Reason = say("a replica or a cache that lags behind would explain it, and no record speaks of one")
	}
	return f
}

// overwrittenBehind: an answer that was asked for after a delta had come put something older in its
// place.
func (q *question) overwrittenBehind() (Finding, bool) {
	a, f := q.overwritingAnswer()
	if a == nil || a.timed && a.sent < f.at {
		return Finding{}, false
	}
	unseen := 0
	if !a.timed {
		unseen = 1
		if a.has && a.version < f.version {
			unseen = 0
		}
	}
	x := q.stands(AnswerBehind, unseen, func() string {
		return "v" + decimal(f.version) + " had come at " + q.clock(f.at) + ", and the plan that was answered at " + q.clock(a.at) +
			versionText(a.version) + " was older than that"
	}, f.n, a.n)
	x.Versions = versionsOf(f.version)
	return x, true
}

// heldOffBehind: a delta with what the server holds was let pass as old, since an answer called
// itself newer and did not hold it.
func (q *question) heldOffBehind() (Finding, bool) {
	f := q.carrier
	if f == nil && q.top != nil && q.explains(q.top) {
		f = q.top
	}
	if f == nil || f.outcome.Result != plancache.Stale && f.outcome.Result != plancache.Duplicate {
		return Finding{}, false
	}
	for i := len(q.t.answers) - 1; i >= 0; i-- {
		a := &q.t.answers[i]
		if a.n > f.n || a.version < f.version || !q.otherwise(i) {
			continue
		}
		x := q.stands(AnswerBehind, 0, func() string {
			return "the plan answered at " + q.clock(a.at) + " calls itself v" + decimal(a.version) + " and lacks v" + decimal(f.version) +
				": its rows are older than its version, and so v" + decimal(f.version) + " was let pass as old"
		}, a.n, f.n)
		x.Versions = versionsOf(f.version, a.version)
		return x, true
	}
	return Finding{}, false
}

// refreshedBehind: a refresh that was due was made, and answered with less than what it was due
// for.
func (q *question) refreshedBehind() (Finding, bool) {
	if q.dues.counts[answered]+q.dues.counts[perhaps] == 0 {
		return Finding{}, false
	}
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		out, at, index := q.dues.outcomes[i].outcome, q.dues.outcomes[i].at, q.dues.outcomes[i].answer
		if out != answered && out != perhaps {
			continue
		}
		if _, ok := q.helps(d); !ok || q.answeredBetter(d) {
			continue
		}
		a := &q.t.answers[index]
		if !q.otherwise(index) || a.portal || d.version == 0 {
			continue
		}
		x := q.stands(AnswerBehind, 0, func() string {
			return q.dueText(d) + ", was made, and was answered at " + q.clock(at.at) + " with" + versionText(a.version) + ": older than what called for it"
		}, d.n, a.n)
		x.Versions = versionsOf(d.version)
		switch {
		case a.has && a.version < d.version:
		case out == perhaps:
			x.Unseen = coincidence + 1
		default:
			x.Standing = Remote // it calls itself new enough
		}
		return x, true
	}
	return Finding{}, false
}

// answeredBetter tells whether a later answer knows what a refresh was due for.
func (q *question) answeredBetter(d *due) bool {
	for i := len(q.t.answers) - 1; i >= 0 && q.t.answers[i].n > d.n; i-- {
		if a := &q.t.answers[i]; !a.passed && a.version >= d.version && a.timed && a.sent+tookUnit >= d.at && !q.otherwise(i) {
			return true
		}
	}
	return false
}

// serverBehind: the server's own plan is older than what the client had.
func (q *question) serverBehind() (Finding, bool) {
	if q.FromCache {
		return q.stands(AnswerBehind, 0, say("a cache on the way answered in the server's place, and what it says may be old")), true
	}
	known := q.t.heardOf()
	if !q.Server.HasVersion || q.agreed() {
		return Finding{}, false // what the API answers is what the database holds
	}
	if known > 0 && q.server < known {
		unseen := coincidence
		if q.Fence >= Fenced {
			unseen = 0
		}
		return q.stands(AnswerBehind, unseen, func() string {
			return "the server's plan calls itself v" + decimal(q.server) + ", and v" + decimal(known) + " had been heard of"
		}, q.t.points[len(q.t.points)-1].n), true
	}
	if q.Fence > Saved || q.base == nil || q.carrier != nil {
		return Finding{}, false
	}
	// A saved plan's rows may have been read before its version: then it holds what the client held
	// before.
	for i := range q.writes {
		if w := &q.writes[i]; w.n < q.base.n && w.has == q.wanted {
			return q.stands(AnswerBehind, 1, func() string {
				return "the server's plan may have been read before its version: it holds what the client held until " + q.clock(q.base.at)
			}, w.n, q.base.n), true
		}
	}
	return Finding{}, false
}

// tornBehind: an answer's rows may be older than its version, and what it lacks was lost as a
// delta, too.
func (q *question) tornBehind() (Finding, bool) {
	if q.span <= q.lower || q.carrier != nil {
		return Finding{}, false
	}
	if low, high := q.abs.span(q.lower+1, q.span); low == high {
		return Finding{}, false
	}
	return q.stands(AnswerBehind, coincidence+1, func() string {
		return "the answer that calls itself v" + decimal(q.span) + " may have been read before that version was written"
	}), true
}
