package diagnose

// examineUnversionedChange: the server's content changed, its version did not, and nobody was told:
// a table was edited by hand. A record speaks of it where an answer told the server's own version
// with other content, and the database where its row was written after the version began; else it
// is remote. So it is where the database's row is older than the version.
func (q *question) examineUnversionedChange() Finding {
	if q.carrier != nil {
		f, _ := q.brought(UnversionedChange)
		return f
	}
	at := q.sameVersion()
	x := q.stands(UnversionedChange, coincidence, func() string {
		text := "the server's content changed, and its version stayed v" + decimal(q.server)
		if at.n > 0 {
			text += ": " + q.record(at) + " told the same version otherwise"
		}
		return text
	}, at.n)
	newer, known := q.newer()
	switch {
	case newer:
		return q.rowUnversioned()
	case known:
		x.Standing, x.Reason = Remote, q.olderRow()
	case at.n == 0:
		x.Standing = Remote
	case q.Fence == Settled && q.agreed() && q.answeredOtherwise():
		x.Unseen-- // two witnesses tell of the change
	}
	return x
}

// answeredOtherwise tells whether an answer told the server's own version otherwise: no payload
// that was altered explains that.
func (q *question) answeredOtherwise() bool {
	for i := range q.t.answers {
		if a := &q.t.answers[i]; a.has && a.version == q.server && q.otherwise(i) {
			return true
		}
	}
	return false
}
