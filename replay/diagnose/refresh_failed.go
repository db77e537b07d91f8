package diagnose

// examineRefreshFailed: a refresh was due that would have brought what the server holds, was tried,
// and failed, or was answered by something that is no plan. It is struck where no request failed
// behind one that was due.
func (q *question) examineRefreshFailed() Finding {
	if a := q.basePortal(); a != nil {
		return q.stands(RefreshFailed, 0, func() string {
			return "the refresh of " + q.clock(a.at) + " was answered by something that is no plan, which this client took for one without items"
		}, a.n)
	}
	d, unseen, at := q.openDue(func(o outcome) bool { return o == failedOf })
	if d == nil {
		if j, n, _ := q.openDue(func(o outcome) bool { return o == notAsked }); j != nil && q.failingSince(j) {
			return q.stands(RefreshFailed, n+1, func() string { return q.dueText(j) + " while requests were failing" }, j.n)
		}
		if n := len(q.t.failed); n > 0 && q.sinceDue(q.t.failed[n-1].moment) < longUnderWay && !q.readSince(q.t.failed[n-1].n) {
			return q.stands(RefreshFailed, coincidence, func() string {
				return "requests were failing until " + q.clock(q.t.failed[n-1].at) + ": one that succeeded later would have brought it"
			}, q.t.failed[n-1].n)
		}
		return q.ruledOut(RefreshFailed, say("no refresh that would have brought it failed"))
	}
	x := q.stands(RefreshFailed, unseen, func() string { return q.dueText(d) + ", and failed, last at " + q.clock(at.at) }, d.n, at.n)
	x.Versions = versionsOf(d.version)
	return x
}

// readSince tells whether the client was answered with a plan behind a record.
func (q *question) readSince(place int64) bool {
	n := len(q.t.answers)
	return n > 0 && q.t.answers[n-1].n > place
}

// basePortal is the answer that emptied the cache and was no plan; nil where none did.
func (q *question) basePortal() *answer {
	if q.base == nil || q.base.sighting == nil {
		return nil
	}
	if a := &q.t.answers[q.base.sighting.answer]; a.portal {
		return a
	}
	return nil
}
