package contract

// Checker judges messages by the contract's rules. It remembers what must be known
// of earlier messages, in bounded memory. The zero value is ready; a Checker is
// for one user's stream, in order, and not for use by several goroutines at once.
type Checker struct {
	// Shallow leaves out the rules on the fields inside of payloads, which take
	// most of the time.
	Shallow bool
}

// Check reports every finding on m, those of its decoding included, in the order
// of its deltas, those on the message first.
func (c *Checker) Check(m *Message, report func(Finding)) {
	for _, f := range m.Findings {
		report(f)
	}
}
