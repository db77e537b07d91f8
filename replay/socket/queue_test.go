package socket

import (
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// What is put is taken, in order, however the two sides are interleaved and however full the queue
// is; and nothing gets past its limit but one batch into an empty queue.
func TestQueueKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batches := rapid.SliceOf(rapid.SliceOfN(rapid.IntRange(0, 2000), 1, 10)).Draw(t, "batches")
		limit := rapid.IntRange(1, 8000).Draw(t, "bytes")
		q := newQueue(limit)
		go func() {
			n := 0
			for _, sizes := range batches {
				var batch []Signal
				bytes := 0
				for _, size := range sizes {
					batch = append(batch, Signal{Kind: Event, Attempt: n, Args: make([]byte, size)})
					bytes += size
					n++
				}
				q.put(batch, bytes)
			}
			q.close()
		}()
		next := 0
		var batch []Signal
		for {
			if batch = q.take(batch); len(batch) == 0 {
				break
			}
			for _, s := range batch {
				if s.Attempt != next {
					t.Fatalf("signal %d came as number %d", s.Attempt, next)
				}
				next++
				q.pending.Add(-1)
			}
		}
		want := 0
		for _, sizes := range batches {
			want += len(sizes)
		}
		if next != want || q.pending.Load() != 0 {
			t.Fatalf("%d signals came, %d pending, want %d and 0", next, q.pending.Load(), want)
		}
	})
}

func TestQueueMakesTheReaderWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2 * 10 * (signalCost + 100))
		batch := make([]Signal, 5)
		for i := range batch {
			batch[i] = Signal{Kind: Event, Args: make([]byte, 100)}
		}
		done := 0
		go func() {
			for range 3 {
				q.put(batch, 500)
				done++
			}
		}()
		synctest.Wait()
		if done != 2 {
			t.Fatalf("%d batches went in, want 2", done)
		}
		if got := len(q.take(nil)); got != 10 {
			t.Errorf("%d signals taken, want 10", got)
		}
		synctest.Wait()
		if done != 3 {
			t.Errorf("the reader still waits after room was made")
		}
	})
}

// Abandoning a full queue lets the reader go, and counts every event exactly once.
func TestQueueAbandonedCountsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2)
		go func() {
			q.put([]Signal{{Kind: Connected}, {Kind: Event}, {Kind: Event}}, 0)
			q.put([]Signal{{Kind: Event}, {Kind: Disconnected, Reason: "first"}}, 0)
			q.put([]Signal{{Kind: Event}, {Kind: Disconnected, Reason: "second"}}, 0)
			q.close()
		}()
		synctest.Wait()
		batch := q.take(nil)
		synctest.Wait()
		q.abandon()
		q.abandon()
		synctest.Wait()
		q.discard(batch[1:])
		if lost := q.dropped(); lost != 4 {
			t.Errorf("lost %d, want 4", lost)
		}
		if got := q.take(nil); got != nil {
			t.Errorf("%d signals after abandoning", len(got))
		}
	})
}
