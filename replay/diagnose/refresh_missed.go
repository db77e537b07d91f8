package diagnose

// examineRefreshMissed: a refresh was due that would have brought what the server holds, and the
// session shows no request behind it. It is struck where every such refresh was asked for.
func (q *question) examineRefreshMissed() Finding {
	d, unseen, _ := q.openDue(func(o outcome) bool { return o == notAsked })
	if d == nil {
		if j, n, at := q.openDue(func(o outcome) bool { return o == joined && !q.mobile() || o == perhaps }); j != nil {
			x := q.stands(RefreshMissed, n+1, func() string {
				return q.dueText(j) + ", and the answer that came behind it may have been asked for before"
			}, j.n, at.n)
			x.Versions = versionsOf(j.version)
			return x
		}
		if f, n, at := q.openDue(func(o outcome) bool { return o == failedOf }); f != nil {
			if !q.triedFor(f) {
				return q.stands(RefreshMissed, n+1, func() string {
					return q.dueText(f) + ", and what failed behind it may have been asked for before"
				}, f.n, at.n)
			}
			return q.ruledOut(RefreshMissed, func() string { return "the refresh was tried, " + q.record(at) }, at.n)
		}
		return q.ruledOut(RefreshMissed, say("no refresh that would have brought it was left unmade"))
	}
	x := q.stands(RefreshMissed, unseen, func() string { return q.dueText(d) + ", and did not happen" }, d.n)
	x.Versions = versionsOf(d.version)
	return x
}
