package tap

import "sync"

// maxWaiting bounds what waits to be kept or shown, in bytes.
const maxWaiting = 64 << 20

// Queue hands what was heard to one goroutine, so that what is slow holds no app up. Where too much
// waits, what comes is lost. It is safe for concurrent use.
type Queue struct {
	mu      sync.Mutex
	news    sync.Cond
	waiting []Heard
	bytes   int
	closed  bool
}

// NewQueue makes an empty queue.
func NewQueue() *Queue {
	q := &Queue{}
	q.news.L = &q.mu
	return q
}

// Put adds what was heard, and says whether there was room.
func (q *Queue) Put(h Heard) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := len(h.Record.Args) + len(h.Record.Body)
	if q.closed || q.bytes > 0 && q.bytes+size > maxWaiting {
		return false
	}
	q.waiting = append(q.waiting, h)
	q.bytes += size
	q.news.Signal()
	return true
}

// Take waits for more and returns it; nil after the end.
func (q *Queue) Take() []Heard {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.news.Wait()
	}
	taken := q.waiting
	q.waiting, q.bytes = nil, 0
	return taken
}

// Close ends the queue: nothing more comes, and what waits is still taken.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.news.Broadcast()
}
