package diagnose

// examineHalfWritten: a row was read before its version was bumped, so that the server's plan holds
// what no version tells of yet. It is remote once the version still stood when the plan was read
// again, and struck where a delta or an earlier answer brought what the server holds.
func (q *question) examineHalfWritten() Finding {
	if q.carrier != nil {
		f, _ := q.brought(HalfWritten)
		return f
	}
	at := q.sameVersion()
	x := q.stands(HalfWritten, coincidence, func() string {
		text := "the server's plan calls itself v" + decimal(q.server) + " and holds what that version did not: a change may have been half written"
		if at.n > 0 {
			text += " (" + q.record(at) + " told the same version otherwise)"
		}
		return text
	}, at.n)
	newer, known := q.newer()
	if newer {
		return q.rowHalfWritten() // the API and the database agree
	}
	return q.settledRow(x, newer, known)
}

// coincidence is how many events a reading takes that fell into the moment between a row and its
// version: the change, and that moment.
const coincidence = 2

// sameVersion is the latest record that told the version of the server's plan, and the item
// otherwise.
func (q *question) sameVersion() moment {
	if q.t == nil || q.keptOut() {
		return moment{}
	}
	for i := len(q.t.answers) - 1; i >= 0; i-- {
		if a := &q.t.answers[i]; a.has && a.version == q.server && q.otherwise(i) {
			return a.moment
		}
	}
	if q.top != nil && q.top.version == q.server && q.top.carried != none {
		return q.top.moment
	}
	return moment{}
}
