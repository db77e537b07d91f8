package diagnose

// Held counts what the history of a client holds, by what it is.
func (t *Timeline) Held() map[string]int {
	held := map[string]int{
		"items": len(t.items), "answers": len(t.answers), "proofs": len(t.proofs), "messages": len(t.seen), "dues": len(t.dues),
		"failures": len(t.failures), "contested": len(t.contested), "periods": len(t.periods), "shifts": len(t.shifts), "doubts": len(t.doubts),
	}
	for _, h := range t.items {
		held["facts"] += len(h.facts)
	}
	for range t.account.Missing() {
		held["absent"]++
	}
	for range t.account.Duplicates() {
		held["duplicates"]++
	}
	return held
}
