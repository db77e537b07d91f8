package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/sink"
)

const (
	// mostMessages and mostBytes bound what waits for a batch to be answered for; another batch may be
	// under way.
	mostMessages = 512
	mostBytes    = 4 << 20
	// grace is how long Close waits for answers.
	grace = time.Second
)

// Message is what is to be published for one record.
type Message struct {
	N     int64
	User  int64
	Body  []byte
	Large bool // the publisher's own mark
	Unfit []sink.Unfit
}

// Publisher takes messages to a target.
type Publisher interface {
	// Publish publishes messages in their order, and tells for each in turn how many receivers there
	// were, or why the target did not take it. Its error says that the target is gone: those that it
	// has not told about, one at least, have no answer. It is called from one goroutine.
	Publish(batch []Message, answer func(reach int, err error)) error
	// Close lets go of the target, at the first call. A Publish that goes on ends with an error.
	Close() error
}

// Queue takes messages to a Publisher from a goroutine of its own. While a batch is under way the
// next one gathers, so that many messages go together exactly when there are many.
type Queue struct {
	publisher Publisher
	tell      sink.Tell
	done      chan struct{}
	wake      chan struct{} // holds one: there is something to do

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, when a batch was taken or answered for
	next    batch
	busy    bool  // a batch is under way
	lost    error // of the Publisher: nothing is taken any more
	closing bool
	letGo   bool // Close has waited long enough
}

// batch is messages in the making; their bodies lie in one piece of memory, which is used again and
// again.
type batch struct {
	messages []Message
	ends     []int // where each body ends in bodies
	bodies   []byte
}

// NewQueue starts a queue, which owns the publisher. It runs until Close.
func NewQueue(publisher Publisher, tell sink.Tell) *Queue {
	q := &Queue{
		publisher: publisher, tell: tell, done: make(chan struct{}), wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	go q.run()
	return q
}

// Add takes a message, whose body is what write appends, once there is room for it. An error of
// write's says that there is no message; an error of Add's that nothing was taken: the Publisher's,
// or the context's cause.
func (q *Queue) Add(ctx context.Context, m Message, write func(dst []byte, m *Message) ([]byte, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	room := func() bool { return len(q.next.messages) < mostMessages && len(q.next.bodies) < mostBytes }
	if err := q.await(ctx, room); err != nil {
		return err
	}
	return q.put(m, write)
}

func (q *Queue) put(m Message, write func([]byte, *Message) ([]byte, error)) error {
	bodies, err := write(q.next.bodies, &m)
	if err != nil {
		return err
	}
	q.next.bodies = bodies
	q.next.ends = append(q.next.ends, len(bodies))
	q.next.messages = append(q.next.messages, m)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// await lets go of the lock until right says so. An error is the Publisher's, or the context's
// cause.
func (q *Queue) await(ctx context.Context, right func() bool) error {
	for {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case q.lost != nil:
			return q.lost
		case right():
			return nil
		}
		changed := q.changed
		q.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		q.mu.Lock()
	}
}

func (q *Queue) change() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// Settle waits until every message is answered for.
func (q *Queue) Settle(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.await(ctx, func() bool { return !q.busy && len(q.next.messages) == 0 })
}

// Close waits for answers, within moments, and lets go of the target. What has none by then is told
// to be unsure.
func (q *Queue) Close() error {
	q.mu.Lock()
	first := !q.closing
	q.closing = true
	q.mu.Unlock()
	if first {
		close(q.wake)
	}
	impatience := time.AfterFunc(grace, q.release)
	<-q.done
	impatience.Stop()
	return q.publisher.Close()
}

func (q *Queue) release() {
	q.mu.Lock()
	q.letGo = true
	q.mu.Unlock()
	_ = q.publisher.Close() // its Publish ends with an error
}

func (q *Queue) run() {
	defer close(q.done)
	var now batch
	for open := true; open; {
		_, open = <-q.wake
		for q.take(&now) {
			q.publish(now.messages)
		}
	}
}

// take exchanges the batch that has gathered for an empty one.
func (q *Queue) take(now *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.next.messages) == 0 {
		return false
	}
	clear(now.messages)
	now.messages, now.ends, now.bodies = now.messages[:0], now.ends[:0], now.bodies[:0]
	*now, q.next = q.next, *now
	q.busy = true
	q.change()
	at := 0
	for i, end := range now.ends {
		now.messages[i].Body = now.bodies[at:end:end]
		at = end
	}
	return true
}

// publish publishes a batch, and tells what became of each message. Where the target was lost
// before, nothing of it leaves.
func (q *Queue) publish(messages []Message) {
	told := 0
	lost, fate := q.lost, sink.Failed // lost is written by this goroutine alone
	if lost == nil {
		fate = sink.Unsure
		lost = q.publisher.Publish(messages, func(reach int, err error) {
			q.tell(outcome(&messages[told], reach, err))
			told++
		})
	}
	fate, lost = q.finish(fate, lost)
	for i := range messages[told:] {
		m := &messages[told+i]
		q.tell(sink.Outcome{N: m.N, Fate: fate, Err: lost, Unfit: m.Unfit})
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy = false
	q.change()
}

// finish notes that the target is lost. Where it is this queue that let go, nothing is known of
// what was taken and not answered for.
func (q *Queue) finish(fate sink.Fate, lost error) (sink.Fate, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if lost != nil && q.letGo {
		lost, fate = sink.ErrNoAnswer, sink.Unsure
	}
	if q.lost == nil {
		q.lost = lost
	}
	return fate, lost
}

func outcome(m *Message, reach int, err error) sink.Outcome {
	o := sink.Outcome{N: m.N, Fate: sink.Acknowledged, Reach: reach, Unfit: m.Unfit}
	if err != nil {
		o.Fate, o.Err = sink.Failed, err
	}
	return o
}
