package render

import "github.com/carebase/deltatap/replay/contract"

// Seen takes note of a message that is shown elsewhere, as JSON.
func (t *Tail) Seen(m *contract.Message) { t.count(m) }
