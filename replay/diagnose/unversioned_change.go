package diagnose

// examineUnversionedChange: the server's content changed, its version did not, and nobody was told: a table was edited by hand. A record
// speaks of it where an answer told the server's own version with other content; else it is remote.
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
	if at.n == 0 {
		x.Standing = Remote
	}
	return x
}
