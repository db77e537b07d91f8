package server

import (
	"context"
	"sync"
)

// waiters are who waits for something to change that a lock guards. The zero value is nobody.
type waiters struct {
	mu      sync.Mutex
	changed chan struct{} // closed at a change; nil while nobody waits
}

// wake has everybody look again. It is called with the lock held.
func (w *waiters) wake() {
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// await waits until things are right. right is called with the lock held. The error is the
// context's cause.
func (w *waiters) await(ctx context.Context, right func() bool) error {
	for {
		w.mu.Lock()
		if right() {
			w.mu.Unlock()
			return nil
		}
		if w.changed == nil {
			w.changed = make(chan struct{})
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
