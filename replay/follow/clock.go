package follow

import (
	"fmt"
	"sync"
	"time"
)

// Clock tells the time of records: how long after its start on a monotonic clock. That clock stands
// still while a machine is suspended, so it is put forward by what it has missed: the start and a
// record's time together are the time on the wall. It is safe for concurrent use.
type Clock struct {
	started time.Time
	// Wall is how long after the start a moment is on the wall clock; by default, what the moment
	// itself tells.
	Wall func(at time.Time) time.Duration

	mu    sync.Mutex
	apart time.Duration // how far the wall clock is ahead of the monotonic one, as far as it was noticed
	ahead time.Duration // how far records are ahead of the monotonic clock: it never goes back
}

// NewClock starts a clock at a moment that carries a monotonic reading.
func NewClock(started time.Time) *Clock {
	wall := started.Round(0)
	return &Clock{started: started, Wall: func(at time.Time) time.Duration { return at.Round(0).Sub(wall) }}
}

// leastJump is what the clocks may differ by without being taken for more than the setting of a
// clock by the network.
const leastJump = time.Second

// At is the time of a record at a moment.
func (c *Clock) At(at time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return at.Sub(c.started) + c.ahead
}

// jump compares both clocks, and returns by how much the wall clock has jumped since that was done
// last.
func (c *Clock) jump(at time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.Wall(at) - at.Sub(c.started) - c.apart
	if by.Abs() < leastJump {
		return 0
	}
	c.apart += by
	c.ahead = max(c.ahead, c.apart)
	return by
}

// tellJump says what a jump of the wall clock means for the times of records.
func tellJump(by time.Duration) string {
	if by > 0 {
		return fmt.Sprintf("the clock jumped ahead by %s: the machine was suspended, or its clock was set", by.Round(time.Millisecond))
	}
	return fmt.Sprintf("the machine's clock was set back by %s: times go on as they did", (-by).Round(time.Millisecond))
}
