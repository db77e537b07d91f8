package commands

import (
	"sync"
	"time"
)

// sessionClock tells what time it was in a session where its replay stands. Between two records it
// runs, at the speed of the replay, but never past the record to come. It may be used by several
// goroutines.
type sessionClock struct {
	started time.Time
	speed   float64 // 0: it jumps from record to record
	wall    func() time.Time

	mu    sync.Mutex
	at    time.Duration // of the record that was reached last
	since time.Time     // when that was
	next  time.Duration // of the record to come
	ended bool          // no record is to come: it runs on by itself
}

func newSessionClock(started time.Time, speed float64, wall func() time.Time) *sessionClock {
	return &sessionClock{started: started, speed: speed, wall: wall, since: wall()}
}

// reach notes that a record was reached.
func (c *sessionClock) reach(at time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = at, c.wall()
	c.next = max(c.next, at)
}

// expect notes when the record to come is.
func (c *sessionClock) expect(next time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = next
}

// end notes that no record is to come.
func (c *sessionClock) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended, c.speed, c.since = true, 1, c.wall()
}

// position is the time since the session started.
func (c *sessionClock) position() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.at + time.Duration(float64(c.wall().Sub(c.since))*c.speed)
	if c.ended {
		return at
	}
	return min(at, max(c.next, c.at))
}

func (c *sessionClock) now() time.Time { return c.started.Add(c.position()) }
