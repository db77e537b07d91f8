package server

import (
	"context"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/server/store"
)

// A Carebase server writes a row and then bumps the version, in two statements: for a moment the
// plan holds a change under the old version, and two mutations at the same time may write their
// rows in one order and bump in the other. A server that is asked to does so, too: it pauses
// between the two halves of a mutation.

// swapPause is how long a mutation waits for another to overtake it, where nobody says.
const swapPause = 200 * time.Millisecond

// halves are the mutations of one plan that have written their rows, and not bumped the version
// yet. The zero value is none.
type halves struct {
	mu    sync.Mutex
	first *half // may be overtaken; nil: none
}

// half is a mutation between its halves.
type half struct {
	overtakes *half         // bumps after this one; nil: none
	overtaken *half         // bumps before this one; nil: none
	bumped    chan struct{} // closed when it has bumped, or never will
	hurry     func()        // ends its pause
}

// enter notes that a mutation has written its rows. It is called in the order in which rows are
// written.
func (h *halves) enter(swap bool, hurry func()) *half {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := &half{bumped: make(chan struct{}), hurry: hurry}
	if swap && h.first != nil {
		n.overtakes, h.first.overtaken = h.first, n
		h.first = nil
		return n
	}
	h.first = n
	return n
}

// turn waits until a mutation whose pause is over may bump: after the one that overtook it.
func (h *halves) turn(n *half) {
	h.mu.Lock()
	if h.first == n {
		h.first = nil
	}
	overtaken := n.overtaken
	h.mu.Unlock()
	if overtaken != nil {
		<-overtaken.bumped
	}
}

// leave notes that a mutation has bumped, or never will.
func (n *half) leave() {
	close(n.bumped)
	if n.overtakes != nil {
		n.overtakes.hurry()
	}
}

// commitInHalves is commit with a pause between rows and version. What has been written is bumped
// and told of, whoever still waits for it.
func (s *Server) commitInHalves(ctx context.Context, box *outbox, owner int64, lose bool, fn func(m *mutation) error) (*mutation, error) {
	begun := s.begun()
	pause, hurry := context.WithCancel(context.WithoutCancel(ctx))
	defer hurry()
	defer context.AfterFunc(s.closing, hurry)()
	m, n, err := s.writeRows(ctx, box, owner, fn, hurry)
	if err != nil || n == nil {
		return m, err
	}
	defer n.leave()
	if n.overtakes == nil {
		s.wait(pause, s.rowsFirst)
	}
	box.halves.turn(n)
	err = s.bumpRows(context.WithoutCancel(ctx), box, owner, m, func() {
		if !lose {
			s.tell(box, owner, m, begun)
		}
	})
	box.flush() // before the one that was overtaken goes on: one message must not swallow the other's
	return m, err
}

// bumpRows is the second half of a mutation.
func (s *Server) bumpRows(ctx context.Context, box *outbox, owner int64, m *mutation, tell func()) error {
	box.order.Lock()
	defer box.order.Unlock()
	err := s.updateThen(ctx, owner, func(tx store.Tx) error { return m.bump(tx, s.now()) }, tell)
	if err == nil {
		s.changed(m)
	}
	return err
}

// writeRows is the first half of a mutation; there is no second one where nothing changed.
func (s *Server) writeRows(ctx context.Context, box *outbox, owner int64, fn func(m *mutation) error, hurry func()) (*mutation, *half, error) {
	box.order.Lock()
	defer box.order.Unlock()
	var m *mutation
	err := s.store.Update(ctx, owner, func(tx store.Tx) error {
		m = &mutation{Tx: tx, at: s.now(), emitted: s.emitted, rowsOnly: true}
		return fn(m)
	})
	if err != nil || len(m.changes) == 0 {
		return m, nil, err
	}
	return m, box.halves.enter(s.swapOrder, hurry), nil
}

// bump gives each change of a mutation its version.
func (m *mutation) bump(tx store.Tx, at time.Time) error {
	m.versions = nil // afresh: a store may run this again
	for range m.changes {
		version, err := tx.Bump(at)
		if err != nil {
			return err
		}
		m.versions = append(m.versions, version)
	}
	return nil
}

// sleep waits for so long, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
