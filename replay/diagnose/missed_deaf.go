package diagnose

// examineMissedWhileDeaf: a version of the item's was emitted under a connection on which no delta
// came afterwards until it ended, while REST or the server's plan moved on. It is struck where a
// later delta came on each such connection.
func (q *question) examineMissedWhileDeaf() Finding {
	if f, ok := q.brought(MissedWhileDeaf); ok {
		return f
	}
	runs, torn := q.lost(deafness)
	if len(runs) == 0 {
		return q.noneAbsent(MissedWhileDeaf, "deltas came later on the same connection")
	}
	unseen := 1
	if q.deafForSure(runs) {
		unseen = 0
	}
	if torn {
		unseen += coincidence
	}
	return q.withRuns(q.stands(MissedWhileDeaf, unseen, func() string {
		r := &runs[0]
		on := q.linkAt(r)
		if on == nil {
			return nameVersions(runs) + " never arrived on a connection that looked up"
		}
		text := "the connection of " + q.clock(on.from.at) + " looked up, and brought no delta"
		if on.heard > 0 {
			text += " any more"
		}
		return text + ", while the server moved on to v" + decimal(runs[len(runs)-1].to)
	}), runs)
}

// deafForSure tells whether a run can have been emitted nowhere but on a connection on which
// nothing came afterwards.
func (q *question) deafForSure(runs []absence) bool {
	for i := range runs {
		if l := q.linkAt(&runs[i]); runs[i].at == deafness && (l == nil || l.alive <= runs[i].low.n) {
			return l == nil || l.heard == 0 || countVersions(runs) > 1
		}
	}
	return false
}

// linkAt is the connection on which a run may have been emitted.
func (q *question) linkAt(r *absence) *link {
	for i := range q.t.links {
		l := &q.t.links[i]
		if r.latest >= l.from.at && (l.to.n == 0 || r.earliest <= l.to.at) && l.highest <= r.to {
			return l
		}
	}
	return nil
}
