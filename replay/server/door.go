package server

import "sync"

// door knows who may not connect at the moment. The zero value, with the number of users, is open
// to all.
type door struct {
	users int
	mu    sync.RWMutex
	shut  map[int64]bool
}

// close shuts the door to a user.
func (d *door) close(user int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut == nil {
		d.shut = map[int64]bool{}
	}
	d.shut[user] = true
}

// open opens it again.
func (d *door) open(user int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.shut, user)
}

func (d *door) shutTo(user int64) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.shut[user]
}

// shutToAll says whether nobody can get in, whoever it is.
func (d *door) shutToAll() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.shut) > 0 && len(d.shut) >= d.users
}
