package commands

import "sync"

// atExit is what has to be done before the process ends, however it ends. A nil one does nothing;
// it may be used by several goroutines.
type atExit struct {
	mu sync.Mutex
	fn func()
}

// set has fn run once.
func (a *atExit) set(fn func()) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fn = fn
}

// run does what is left to be done.
func (a *atExit) run() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fn != nil {
		a.fn()
		a.fn = nil
	}
}
