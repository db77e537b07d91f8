package emit

import (
	"maps"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/sink"
)

// entry is an event that waits for its answer.
type entry struct {
	n     int64
	taken bool // Send has returned, or will return, nil for it
	over  bool // told
	timer *time.Timer
}

// enter notes an event that is about to be emitted: its answer may be here before the emitting is
// over.
func (s *Sink) enter(n int64) (uint64, *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == 0 {
		s.quiet = make(chan struct{})
	}
	e := &entry{n: n}
	s.next++
	s.open[s.next] = e
	return s.next, e
}

// taken notes that an event is on its way.
func (s *Sink) taken(id uint64, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.taken = true
	switch {
	case e.over:
	case s.lost != nil:
		s.unsure(id, e, s.lost)
	default:
		e.timer = time.AfterFunc(s.cfg.AckTimeout, func() { s.expire(id) })
	}
}

// answered notes the server's answer to an event. One to no event that waits is too late, or
// nobody's.
func (s *Sink) answered(id uint64, args []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.open[id]
	if e == nil {
		return
	}
	o := sink.Outcome{N: e.n, Fate: sink.Acknowledged, Reach: sink.ReachUnknown}
	if rejected, message := rejection(args); rejected {
		o.Fate, o.Err = sink.Failed, &RejectedError{s.client.OneLine(message)}
	}
	s.tell(id, e, o)
}

// expire notes that the answer to an event did not come in time.
func (s *Sink) expire(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.open[id]; e != nil {
		s.unsure(id, e, &NoAnswerError{s.cfg.AckTimeout})
	}
}

// lose notes that the connection is gone: what has no answer gets none.
func (s *Sink) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = err
	for _, id := range slices.Sorted(maps.Keys(s.open)) {
		if e := s.open[id]; e.taken {
			s.unsure(id, e, err)
		}
	}
	close(s.broken)
}

// unsure tells that an event got no answer. The lock is held.
func (s *Sink) unsure(id uint64, e *entry, err error) {
	if s.first == nil {
		s.first = err
	}
	s.tell(id, e, sink.Outcome{N: e.n, Fate: sink.Unsure, Err: err, Reach: sink.ReachUnknown})
}

// tell tells what became of an event. The lock is held, so that nobody is told after Close.
func (s *Sink) tell(id uint64, e *entry, o sink.Outcome) {
	s.remove(id, e)
	s.cfg.Tell(o)
}

// leave forgets an event that was not emitted.
func (s *Sink) leave(id uint64, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id, e)
}

func (s *Sink) remove(id uint64, e *entry) {
	e.over = true
	if e.timer != nil {
		e.timer.Stop()
	}
	delete(s.open, id)
	<-s.window
	if len(s.open) == 0 {
		close(s.quiet)
	}
}
