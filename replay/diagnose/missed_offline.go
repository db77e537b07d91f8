package diagnose

// examineMissedWhileOffline: a version of the item's was emitted without a connection. It is struck
// where all absent versions of the item were emitted on a connection: the records that frame them
// came on one, or the server's own date says so.
func (q *question) examineMissedWhileOffline() Finding {
	if f, ok := q.brought(MissedWhileOffline); ok {
		return f
	}
	runs, torn := q.lost(gap)
	unseen := 0
	if len(runs) == 0 {
		runs, torn = q.lost(beforeAll)
		unseen = 1
		if q.mostlyConnected(runs) || len(runs) > 0 && runs[0].low.n > 0 && len(q.t.links) > 0 && runs[0].low.n > q.t.links[0].from.n {
			unseen = 2
		}
	}
	if len(runs) == 0 {
		return q.noneAbsent(MissedWhileOffline, q.connectedText())
	}
	if torn {
		unseen += coincidence
	}
	return q.withRuns(q.stands(MissedWhileOffline, unseen, func() string {
		return nameVersions(runs) + " " + verbOf(runs) + " emitted " + q.offlineText(runs)
	}), runs)
}

// mostlyConnected tells whether several versions were emitted while the client was connected for
// most of the time.
func (q *question) mostlyConnected(runs []absence) bool {
	if len(runs) == 0 || countVersions(runs) < 2 || len(q.t.links) == 0 {
		return false
	}
	r := &runs[0]
	from := q.t.links[0].from.at
	return r.earliest >= 0 && r.high.n > 0 && r.latest-from > 4*(from-r.earliest)
}

// connectedText tells that the client was connected.
func (q *question) connectedText() string {
	if n := len(q.t.links); n == 1 && q.t.links[0].to.n == 0 {
		return "connected from " + q.clock(q.t.links[0].from.at) + " to the end"
	}
	return "what is absent was emitted on a connection"
}

// offlineText tells when the client was without a connection, and when runs were emitted.
func (q *question) offlineText(runs []absence) string {
	first, last := &runs[0], &runs[len(runs)-1]
	for i := 1; i < len(q.t.links); i++ {
		before, after := &q.t.links[i-1], &q.t.links[i]
		if first.earliest < after.from.at && last.latest > before.to.at {
			return "while this client was offline, " + q.clock(before.to.at) + "–" + q.clock(after.from.at)
		}
	}
	if n := len(q.t.links); n > 0 && q.t.links[n-1].to.n > 0 && last.latest > q.t.links[n-1].to.at {
		return "after the connection was lost at " + q.clock(q.t.links[n-1].to.at)
	}
	if n := len(q.t.links); n > 0 && !q.t.links[0].assumed {
		return "before this client connected at " + q.clock(q.t.links[0].from.at)
	}
	return "while there was no connection"
}
