package campaign

import (
	"container/heap"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// How long things take that take their time.
const (
	wire    = 20 * time.Millisecond // a message
	asking  = 5 * time.Millisecond  // from what calls for a refresh to the request
	reading = 8 * time.Millisecond  // from the request to the reading
	back    = 12 * time.Millisecond // from the reading to the answer
	bumping = time.Millisecond      // from a row to its version
	pause   = 15 * time.Second      // between two polls of the app
	retry   = 600 * time.Millisecond
	resting = 5 * time.Second // between the two readings of a settled plan
)

// world plays a script.
type world struct {
	*Script
	without mask
	theirs  bool // the client is the other one
	cal     calendar
	queue   queue
	serial  int
	now     time.Duration

	server *server
	then   *server // as it was when the session ended
	ticks  map[int]*tick
	client *client

	conn     int // the number of the connection
	online   bool
	deaf     bool
	inFlight bool
	again    bool // a refresh is due once the one in flight was answered
	stopped  bool // nothing reaches the client any more
	texts    bool // records are written out
	lags     bool // a replica may answer as the server was before

	run *Run
}

// Run is what a script left.
type Run struct {
	entries []entry // what the client got, in order
	shown   Plan    // at the end
	saved   Plan    // what a file holds
	server  Plan
	tables  Plan            // the database's, a moment later
	newer   map[string]bool // its rows that were written after its version was bumped
	rows    map[string]*row // the server's, when its plan was read
	half    bool            // a row's version had not come then
	sent    []*emission
	useless []problem // deltas that the client could not use
}

// entry is one thing that the client got.
type entry struct {
	rec     session.Record
	conn    int // on which connection; 0 for none
	message message
	isDelta bool
	answer  *Plan
	sent    time.Duration // when the answer was asked for
	version int           // of a poll; 0 for none
}

// emission is one delta that the server had to send.
type emission struct {
	delta
	real      int // its version, said or not
	tick, nth int
	affects   []string
	at        time.Duration // when it left
	conn      int           // on which connection; 0 for none
	arrived   time.Duration // 0 for never
}

// event is something that will happen.
type event struct {
	at     time.Duration
	serial int
	do     func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, k int) bool {
	return q[i].at < q[k].at || q[i].at == q[k].at && q[i].serial < q[k].serial
}
func (q queue) Swap(i, k int) { q[i], q[k] = q[k], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// plan has something happen at a moment.
func (w *world) at(at time.Duration, do func()) {
	w.serial++
	heap.Push(&w.queue, event{at, w.serial, do})
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now+d, do) }

// play plays a script without some of its troubles, with the client that is recorded or with the
// other one.
func play(s *Script, without mask, theirs, texts bool) *Run {
	w := &world{
		Script: s, without: without, theirs: theirs, cal: calendarOf(s), server: newServer(s), ticks: map[int]*tick{},
		client: newClient(s.Mobile), run: &Run{entries: make([]entry, 0, 24)}, texts: texts, queue: make(queue, 0, 48),
	}
	w.lags = s.has(Behind)
	w.schedule()
	for len(w.queue) > 0 {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	return w.run
}

// schedule puts all that the script says into the queue.
func (w *world) schedule() {
	if !w.awayAtFirst() {
		w.at(0, w.connect)
	}
	if w.Mobile {
		w.at(time.Millisecond, w.refresh)
	}
	for i := range w.Steps {
		step := w.Steps[i]
		switch {
		case !w.gone(i):
		case step.Kind.trouble():
			continue
		default:
			step.Hold = 0
		}
		w.scheduleStep(&step)
	}
	w.at(w.reads(), w.readServer)
	w.at(w.stop(), w.finish)
	if w.without.is(passed) {
		w.at(w.End, func() { w.then = w.server.copy() })
	}
	if at, is := w.saving(); is {
		w.at(at, func() { w.run.saved = w.file() })
	}
}

// awayAtFirst tells whether the client reads its plan before its socket is up.
func (w *world) awayAtFirst() bool {
	for i := range w.Steps {
		if p := &w.Steps[i]; p.Kind == Break && p.At == 0 && !w.gone(i) {
			return true
		}
	}
	return false
}

// stop is when the client's story ends: with the session, or when all that was under way has come.
func (w *world) stop() time.Duration {
	if w.without.end() {
		return w.End + 10*time.Second
	}
	return w.End
}

// reads is when the server's plan is read: a saved one perhaps before the session ended.
func (w *world) reads() time.Duration {
	if w.without.is(early) {
		return max(w.ReadAt, w.End)
	}
	return w.ReadAt
}

// over tells whether the client begins nothing new any more. What was under way goes on.
func (w *world) over() bool { return w.now > w.End }

func (w *world) finish() {
	w.run.shown = w.client.plan()
	if _, is := w.saving(); !is {
		w.run.saved = w.file()
	}
	w.stopped = true
}

// saving is when the file is written, where that is not at the end.
func (w *world) saving() (time.Duration, bool) {
	return w.SavedAt, w.SavedAt > 0 && !w.without.file()
}

// file is what the client writes: what it shows, or its last answer.
func (w *world) file() Plan {
	if w.Cached == Answer && !w.without.file() {
		for _, e := range slices.Backward(w.run.entries) {
			if e.answer != nil {
				return *e.answer
			}
		}
	}
	return w.client.plan()
}

// first is the first day of the plan's dates now.
func (w *world) first() int {
	if w.Midnight > 0 && w.now >= w.Midnight && !w.without.midnight() {
		return 1
	}
	return 0
}

// clock is the server's.
func (w *world) clock() time.Duration { return w.now + w.Skew }
