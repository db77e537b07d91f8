package fault

import (
	"errors"
	"fmt"
	"io"
)

// Missed is a fault that was planned and did not come to be. The log is silent about it: nothing
// was done.
type Missed struct {
	Fault  string // as a specification says it, "disconnect=v42:10s"; of those that a draw decides, the kind alone
	Count  int64  // how often
	Reason string // in words
}

// reasons that a fault that was drawn does not come to be.
const (
	reasonNoNext  = "no message came next for it to change places with"
	reasonNoOlder = "nothing older of the item was sent before"
)

// Missed tells which faults did not come to be so far: connections that were to end and did not,
// and faults that were drawn for a delta or a message to which they could not be done.
func (s *Source) Missed() []Missed {
	all := s.link.missedBreaks(errors.Is(s.end, io.EOF))
	for _, drawn := range []Missed{
		{string(Reorder), s.order.missed, reasonNoNext},
		{string(Stale), s.old.missed, reasonNoOlder},
	} {
		if drawn.Count > 0 {
			all = append(all, drawn)
		}
	}
	return all
}

// missedBreaks are the connections that did not end. whole says that the session was read to its
// end.
func (b *breaker) missedBreaks(whole bool) (all []Missed) {
	for _, br := range b.passed {
		all = append(all, Missed{br.String(), 1, b.why(br, whole)})
	}
	for _, br := range b.breaks {
		all = append(all, Missed{br.String(), 1, b.why(br, whole)})
	}
	return all
}

// why says why a connection did not end.
func (b *breaker) why(br Break, whole bool) string {
	switch {
	case br.Version <= b.high:
		return fmt.Sprintf("version %d passed while there was no connection already", br.Version)
	case whole:
		return fmt.Sprintf("the session does not come to version %d", br.Version)
	}
	return fmt.Sprintf("the replay ended before version %d", br.Version)
}
