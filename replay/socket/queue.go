package socket

import (
	"sync"
	"sync/atomic"
)

// signalCost is what a signal weighs in the queue beside its arguments, in bytes.
const signalCost = 192

// queue hands signals from the goroutine that reads the network to the one that handles them, batch
// by batch, in order. It is bounded: half of its bytes may wait in it, the other half is the batch
// being handled.
type queue struct {
	limit   int
	pending atomic.Int64 // put, and not yet handled or dropped
	unread  atomic.Int64 // packets that never were put: too long

	mu        sync.Mutex
	filled    sync.Cond // waited on by take
	emptied   sync.Cond // waited on by put
	waiting   []Signal
	bytes     int
	closed    bool // no more will be put
	abandoned bool // no more will be taken
	lost      int64
}

func newQueue(bytes int) *queue {
	q := &queue{limit: max(bytes/2, 1)}
	q.filled.L, q.emptied.L = &q.mu, &q.mu
	return q
}

// put appends a batch whose arguments weigh bytes. It waits while the queue is full, and says
// whether it had to. The batch is copied: the caller may use it again.
func (q *queue) put(batch []Signal, bytes int) (waited bool) {
	bytes += signalCost * len(batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > 0 && q.bytes+bytes > q.limit && !q.abandoned {
		waited = true
		q.emptied.Wait()
	}
	q.add(batch, bytes)
	return waited
}

// post appends one signal, however full the queue is: a handler that is slow must not keep a lost
// connection from being made again. A closed queue drops it.
func (q *queue) post(s Signal) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.add([]Signal{s}, signalCost)
	}
}

// add appends a batch, or drops it where nobody will take it. The lock is held.
func (q *queue) add(batch []Signal, bytes int) {
	if q.abandoned {
		q.drop(batch)
		return
	}
	q.waiting = append(q.waiting, batch...)
	q.bytes += bytes
	q.pending.Add(int64(len(batch)))
	q.filled.Signal()
}

// take waits for signals and returns all that there are; none when the queue has been abandoned, or
// closed and emptied. It takes the previous batch back to use its memory again.
func (q *queue) take(previous []Signal) []Signal {
	clear(previous)
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed && !q.abandoned {
		q.filled.Wait()
	}
	batch := q.waiting
	q.waiting, q.bytes = previous[:0], 0
	q.emptied.Signal()
	return batch
}

// close says that no more will be put: take returns what is left, then nothing.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Signal()
}

// abandon says that no more will be taken: what waits, and whatever is still put, is dropped and
// its events counted.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.abandoned {
		return
	}
	q.abandoned = true
	q.pending.Add(-int64(len(q.waiting)))
	q.drop(q.waiting)
	q.waiting = nil
	q.filled.Broadcast()
	q.emptied.Broadcast()
}

// discard drops the rest of a batch that had been taken. The queue has been abandoned.
func (q *queue) discard(rest []Signal) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending.Add(-int64(len(rest)))
	q.drop(rest)
}

// drop counts the events among signals that nobody will handle. The lock is held.
func (q *queue) drop(signals []Signal) {
	for i := range signals {
		if signals[i].Kind == Event {
			q.lost++
		}
	}
}

// dropped says how many events were dropped.
func (q *queue) dropped() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}
