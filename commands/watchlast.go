package commands

import (
	"time"

	"github.com/carebase/deltatap/replay/plancache"
)

// A last comparison waits for the grace, for the server's plan to hold still, and for a refresh
// that is under way. It is given up after so many that did not hold still, and after so long.
const (
	lastTries = 3
	lastLimit = 15 * time.Second
)

// leave ends the watch for a reason, nil where there is none, once what the client holds now has
// been compared: whoever stops at a version wants to know of that version.
func (w *watcher) leave(why error) error {
	if why == nil || w.last != nil {
		return nil
	}
	w.last = why
	if w.overdue != nil {
		w.bound = time.AfterFunc(lastLimit, func() { w.overdue(why) })
	}
	return w.compareLast()
}

// compareLast sees to it that there is a comparison of what the client holds now, and ends the
// watch where there can be none.
func (w *watcher) compareLast() error {
	cache := w.stream.config.Cache
	if !cache.Loaded() || !w.online {
		return w.last
	}
	if !w.reading {
		w.begin(false)
	}
	return nil
}

// compareAgain makes up for a last comparison that did not hold still.
func (w *watcher) compareAgain() error {
	if w.tries++; w.tries == lastTries {
		_ = w.text.Warn(w.stream.elapsed(w.app.Now()), "what came last could not be compared: the plan would not hold still")
		return w.last
	}
	w.catchUp()
	return w.compareLast()
}

// refreshing tells whether an answer is awaited that begins a comparison itself.
func refreshing(cache *plancache.Cache) bool {
	switch cache.Refresh().State {
	case plancache.Due, plancache.InFlight, plancache.Waiting:
		return true
	}
	return false
}
