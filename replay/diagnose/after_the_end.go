package diagnose

import "time"

// examineAfterTheEnd: what changed the item lies above all that the session or the file can know;
// or what would have mended it was under way when the session ended. It is struck where the session
// goes on beyond the version of the server's plan.
func (q *question) examineAfterTheEnd() Finding {
	if q.t == nil {
		return q.ruledOut(AfterTheEnd, say("there is no session"))
	}
	if q.stored && q.server > q.Cached.Version && q.Cached.HasVersion {
		unseen := 1
		if q.abs.has(q.span+1, q.server, afterAll) {
			unseen = 0
		}
		return q.stands(AfterTheEnd, unseen, func() string { return "the file was saved at v" + decimal(q.Cached.Version) }, q.fit.first)
	}
	if f, ok := q.brought(AfterTheEnd); ok && !q.breaksOff() {
		return f
	}
	if q.carrier == nil {
		if runs, _ := q.lost(afterAll); len(runs) > 0 {
			unseen := 0
			if q.examineSavedEarlier().Standing == Stands {
				unseen = 1 // a later record did carry it
			}
			return q.withRuns(q.stands(AfterTheEnd, unseen, func() string {
				return nameVersions(runs) + " came after " + q.endText()
			}), runs)
		}
	}
	if x, ok := q.endedUnderWay(); ok {
		return x
	}
	if q.carrier != nil {
		f, _ := q.brought(AfterTheEnd)
		return f
	}
	return q.noneAbsent(AfterTheEnd, "the server dates the change before the end")
}

// endText names the last that is known of the client.
func (q *question) endText() string {
	if q.t != q.whole && q.t.last.n < q.whole.last.n {
		return "the file was saved, at " + q.record(q.t.last)
	}
	return "the last that the session tells, at " + q.clock(q.t.last.at)
}

// breaksOff tells whether what came behind the last record is not known.
func (q *question) breaksOff() bool {
	return q.Live || q.t.cut || q.t.ended || !q.SessionIsCache || q.t.goesOn
}

// attempts is how often a client tries a refresh before it gives up until something else calls for
// one.
const attempts = 3

// gaveUp tells whether so many requests failed behind a refresh that was due that none was under
// way any more.
func (q *question) gaveUp(d *due) bool {
	n := 0
	for i := len(q.t.failed) - 1; i >= 0 && q.t.failed[i].n > d.n; i-- {
		n++
	}
	return n >= attempts
}

// longUnderWay is how long a refresh may take at the most: three attempts, and their waits.
const longUnderWay = 10 * time.Second

// endedUnderWay: a refresh that was due had not been made when the session ended.
func (q *question) endedUnderWay() (Finding, bool) {
	d, n, at := q.openDue(func(o outcome) bool { return o == notAsked || o == failedOf })
	if d == nil {
		return Finding{}, false
	}
	since := q.sinceDue(d.moment)
	if at.n > 0 {
		since = q.sinceDue(at)
	}
	if q.gaveUp(d) && !q.t.cut && since <= longUnderWay {
		return q.stands(AfterTheEnd, n+coincidence, func() string {
			return q.dueText(d) + ", and was given up: what calls for the next may have come behind the end"
		}, d.n, q.t.last.n), true
	}
	unseen := n + 1
	switch {
	case since < underWay, q.t.cut && since < longUnderWay:
		unseen = n
	case since > longUnderWay && !q.t.cut:
		return Finding{}, false
	}
	return q.stands(AfterTheEnd, unseen, func() string {
		return q.dueText(d) + ", and the session ends " + q.clock(q.t.last.at) + ": its answer may have come behind that"
	}, d.n, q.t.last.n), true
}
