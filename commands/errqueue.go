package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/carebase/deltatap/render"
)

// errQueue is standard error behind a queue, so that nobody who says something waits for those who
// read it: a terminal may be stopped, a pipe may have a reader that never reads. A goroutine of its
// own writes. It is safe for concurrent use.
//
// Text is written in the order in which it was said. Where the queue is full, the oldest lines in
// it are left out, and their number is said in their place. Of the line at the bottom only the
// latest state is ever written. Nothing that is said is an error.
type errQueue struct {
	out  io.Writer
	file *os.File // what out writes to; nil where it is no file

	mu      sync.Mutex
	started bool
	text    []byte        // what was said and is not being written yet
	left    int64         // lines that were left out before it
	line    string        // the line that is to stay at the bottom
	said    int64         // bytes that were ever said
	settled int64         // of them, those that are written or left out
	moved   chan struct{} // closed, and made anew, whenever settled or shown changes
	wake    chan struct{}
	dead    bool // nobody will ever read it

	credit time.Duration // how long those who speak may still wait
	asOf   time.Time     // when credit was that

	// The goroutine's own, but for shown.
	bottom bottomLine
	shown  string // the line that is on the screen
}

const (
	// mostUnsaid is how much text waits for a reader.
	mostUnsaid = 256 << 10
	// Whoever says something waits for it to be written, so that the order beside standard output
	// is kept: for mostCredit at once, and for one in creditShare of all time at most.
	mostCredit  = 50 * time.Millisecond
	creditShare = 20
	// retryWrite is how long a terminal that another program made non-blocking is given to take
	// more.
	retryWrite = 10 * time.Millisecond
)

func newErrQueue(out io.Writer) *errQueue {
	q := &errQueue{out: out, moved: make(chan struct{}), wake: make(chan struct{}, 1), credit: mostCredit, asOf: time.Now()}
	q.file, _ = out.(*os.File)
	return q
}

// Write says something. It never fails, and waits for mostCredit at most.
func (q *errQueue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dead {
		return len(p), nil
	}
	q.text = append(q.text, p...)
	q.said += int64(len(p))
	if len(q.text) > mostUnsaid {
		q.leaveOut()
	}
	q.poke()
	q.linger()
	return len(p), nil
}

// keepLine changes the line at the bottom; "" takes it away.
func (q *errQueue) keepLine(line string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dead || line == q.line {
		return
	}
	q.line = line
	q.poke()
}

// leaveOut drops the oldest lines, a quarter of the queue or more. The lock is held.
func (q *errQueue) leaveOut() {
	cut := max(len(q.text)-mostUnsaid*3/4, 0)
	if i := bytes.IndexByte(q.text[cut:], '\n'); i >= 0 {
		cut += i + 1
	} else {
		cut = len(q.text)
	}
	q.left += int64(bytes.Count(q.text[:cut], []byte{'\n'}))
	q.settled += int64(cut)
	q.text = append(q.text[:0], q.text[cut:]...)
}

// poke has the goroutine look, and starts it. The lock is held.
func (q *errQueue) poke() {
	if !q.started {
		q.started = true
		go q.run()
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// linger waits until what was said so far is written, as long as there is credit. The lock is held.
func (q *errQueue) linger() {
	now := time.Now()
	q.credit = min(q.credit+now.Sub(q.asOf)/creditShare, mostCredit)
	q.asOf = now
	if q.credit <= 0 {
		return
	}
	q.await(q.credit, q.said)
	q.credit -= time.Since(now)
	q.asOf = time.Now()
}

// await waits until so many bytes are settled, or the time is over. The lock is held, but not while
// it waits.
func (q *errQueue) await(limit time.Duration, target int64) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for q.settled < target && !q.dead {
		moved := q.moved
		q.mu.Unlock()
		select {
		case <-moved:
			q.mu.Lock()
		case <-timer.C:
			q.mu.Lock()
			return
		}
	}
}

// close takes the line away, and gives what was said so long to be read.
func (q *errQueue) close(limit time.Duration) {
	q.keepLine("")
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.started {
		return // nothing was said
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !q.dead && (q.settled < q.said || q.shown != "") {
		moved := q.moved
		q.mu.Unlock()
		select {
		case <-moved:
			q.mu.Lock()
		case <-timer.C:
			q.mu.Lock()
			return
		}
	}
}

// run writes what is said until nobody can read it any more.
func (q *errQueue) run() {
	for range q.wake {
		for q.turn() {
		}
	}
}

// turn writes what waits, and tells whether there was anything.
func (q *errQueue) turn() bool {
	q.mu.Lock()
	text, left, line := q.text, q.left, q.line
	if q.dead || len(text) == 0 && left == 0 && line == q.shown {
		q.mu.Unlock()
		return false
	}
	q.text, q.left = nil, 0
	q.mu.Unlock()
	said := int64(len(text))
	if left > 0 {
		text = append(leftOut(left), text...)
	}
	err := q.writeAll(q.bottom.compose(text, line))
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled += said
	q.shown = line
	q.dead = err != nil
	close(q.moved)
	q.moved = make(chan struct{})
	return !q.dead
}

func (q *errQueue) writeAll(text []byte) error {
	for {
		n, err := q.out.Write(text)
		if !errors.Is(err, syscall.EAGAIN) {
			return err
		}
		text = text[n:]
		time.Sleep(retryWrite)
	}
}

func leftOut(lines int64) []byte {
	return fmt.Appendf(nil, "deltatap: warning: standard error was not read: %s left out here\n", render.Plural(lines, "line"))
}

// bottomLine composes text for a terminal on which a line stays at the bottom.
type bottomLine struct{ drawn string }

// compose returns what to write so that text stands above line, and line is the last thing on the
// screen.
func (b *bottomLine) compose(text []byte, line string) []byte {
	var out []byte
	if b.drawn != "" {
		out = append(out, '\r')
		out = append(out, bytes.Repeat([]byte{' '}, render.Width(b.drawn))...)
		out = append(out, '\r')
	}
	out = append(out, text...)
	b.drawn = line
	return append(out, line...)
}
