package server

import (
	"time"

	"github.com/carebase/deltatap/replay/contract"
)

// Observer is told what a server does, as it happens. Its methods are called from several
// goroutines, some while locks are held: they must return at once, and call nothing of the server.
type Observer interface {
	// Changed is told the version that a plan has now.
	Changed(version int64)
	// Emitted is told how many deltas have just left for a room, whether or not anybody is in it.
	Emitted(deltas int)
	// Waited is told of each delta of a mutation how long it took from the beginning of that to when
	// the delta left.
	Waited(d time.Duration)
	// Connected is told how many clients there are, of all users, when that changes.
	Connected(clients int)
	// SentAway is told of each client that was sent away because it did not read.
	SentAway()
}

// observed tells of the deltas that have just left.
func observed(observer Observer, tick []delta) {
	if observer == nil {
		return
	}
	now := time.Now()
	observer.Emitted(len(tick))
	for i := range tick {
		observer.Waited(now.Sub(tick[i].since))
	}
}

// observedDirect tells of deltas that have just been handed over as they were given; args is a JSON
// array.
func (s *Server) observedDirect(event string, args []byte) {
	if s.observer == nil || event != eventDelta {
		return
	}
	var m contract.Message
	contract.Decode(args, &m)
	s.observer.Emitted(len(m.Deltas))
}

// begun is when a mutation begins, on a clock that never stops; the zero time where nobody wants to
// know.
func (s *Server) begun() time.Time {
	if s.observer == nil {
		return time.Time{}
	}
	return time.Now()
}

// changed tells of the versions of a mutation.
func (s *Server) changed(m *mutation) {
	if n := len(m.versions); s.observer != nil && n > 0 {
		s.observer.Changed(m.versions[n-1])
	}
}
