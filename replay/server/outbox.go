package server

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// deltaKey is what deltas coalesce by: the item type, and planItemId, or entityId where there is
// none.
type deltaKey struct {
	itemType string
	id       int64
}

// delta is one delta that waits for the tick to end.
type delta struct {
	key   deltaKey
	text  []byte    // the JSON object
	since time.Time // when its mutation began; zero where nobody wants to know
}

// An outbox holds the deltas of one user's room between two ticks.
//
// A tick is everything that was added between two flushes. Every mutation adds its deltas in one
// go, and flushes before it is answered: mutations that follow one another never share a message,
// those that run at the same time may, like the turns of a real server's event loop. Within a tick,
// a later delta of the same key takes the earlier one's place.
type outbox struct {
	emit     func(event string, args []byte)
	burst    func(b *burst)
	line     waitingLine // of bursts
	observer Observer    // may be nil

	halves  halves
	order   sync.Mutex // held from before a plan changes until its deltas are added: they are in the order of versions
	sending sync.Mutex // held while a tick is emitted: ticks leave in their order

	mu      sync.Mutex
	pending []delta
	places  map[deltaKey]int // where in pending a key is
	bursts  []*burst         // events that leave beside the tick, after it
	running bool             // somebody sends them
	holds   int              // how many keep the tick from ending
}

func newOutbox(waiting *backlog, emit func(event string, args []byte), send func(*burst)) *outbox {
	return &outbox{emit: emit, burst: send, line: waitingLine{of: waiting}, places: map[deltaKey]int{}}
}

// add puts the deltas of one mutation into the tick.
func (o *outbox) add(deltas []delta) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range deltas {
		if place, ok := o.places[d.key]; ok {
			o.pending[place] = d
			continue
		}
		o.places[d.key] = len(o.pending)
		o.pending = append(o.pending, d)
	}
}

// coalesced is what becomes of deltas in one tick.
func coalesced(deltas []delta) []delta {
	tick := newOutbox(nil, nil, nil)
	tick.add(deltas)
	return tick.pending
}

// flush ends the tick: what is pending leaves in one message. It does nothing while the outbox is
// held.
func (o *outbox) flush() {
	o.sending.Lock()
	defer o.sending.Unlock()
	tick, bursts := o.take()
	if len(tick) > 0 {
		o.emit(eventDelta, message(tick))
		observed(o.observer, tick)
	}
	for _, b := range bursts {
		o.burst(b)
		o.line.add(-b.weight())
	}
}

func (o *outbox) take() ([]delta, []*burst) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.holds > 0 {
		return nil, nil
	}
	tick, bursts := o.pending, o.bursts
	o.pending, o.bursts = nil, nil
	clear(o.places)
	return tick, bursts
}

// direct sends an event as it is, and does not wait until it is sent: what gathers while others are
// on their way leaves with the next. While the outbox is held it waits. The arguments may be
// changed afterwards.
func (o *outbox) direct(name string, args []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.bursts); n == 0 || len(o.bursts[n-1].frames) >= fullBurst {
		o.bursts = append(o.bursts, &burst{})
	}
	b := o.bursts[len(o.bursts)-1]
	before := b.weight()
	b.add(name, args)
	o.line.add(b.weight() - before)
	if !o.running && o.holds == 0 {
		o.running = true
		go o.run()
	}
}

// run sends bursts until there are no more, or the outbox is held: who releases it sends what there
// is then.
func (o *outbox) run() {
	for o.more() {
		o.flush()
	}
}

func (o *outbox) more() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = o.holds == 0 && len(o.bursts) > 0
	return o.running
}

// hold keeps the tick from ending until release is called, once or more often, which flushes.
func (o *outbox) hold() (release func()) {
	o.mu.Lock()
	o.holds++
	o.mu.Unlock()
	return sync.OnceFunc(func() {
		o.mu.Lock()
		o.holds--
		o.mu.Unlock()
		o.flush()
	})
}

// message is the argument of the event that carries a tick.
func message(tick []delta) []byte {
	size := len(`{"deltas":[]}`)
	for _, d := range tick {
		size += len(d.text) + 1
	}
	args := append(make([]byte, 0, size), `{"deltas":[`...)
	for i, d := range tick {
		if i > 0 {
			args = append(args, ',')
		}
		args = append(args, d.text...)
	}
	return append(args, `]}`...)
}

// outboxes holds one outbox per user.
type outboxes struct {
	mu       sync.Mutex
	by       map[int64]*outbox
	emit     func(room, event string, args []byte)
	burst    func(room string, b *burst)
	waiting  backlog  // of bursts
	observer Observer // of every one that is made from now on; may be nil
}

func newOutboxes(emit func(room, event string, args []byte), send func(room string, b *burst)) *outboxes {
	return &outboxes{by: map[int64]*outbox{}, emit: emit, burst: send}
}

func (o *outboxes) of(user int64) *outbox {
	o.mu.Lock()
	defer o.mu.Unlock()
	box, ok := o.by[user]
	if !ok {
		room := roomOf(user)
		box = newOutbox(&o.waiting,
			func(event string, args []byte) { o.emit(room, event, args) },
			func(b *burst) { o.burst(room, b) })
		box.observer = o.observer
		o.by[user] = box
	}
	return box
}

// known is the outbox of a user, or nil: then no socket of the user's was ever here.
func (o *outboxes) known(user int64) *outbox {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.by[user]
}

const roomPrefix = "user:"

// roomOf names the room that every socket of a user is in.
func roomOf(user int64) string { return roomPrefix + strconv.FormatInt(user, 10) }

// userOf tells whose room it is; false for every other room.
func userOf(room string) (int64, bool) {
	digits, ok := strings.CutPrefix(room, roomPrefix)
	user, err := strconv.ParseInt(digits, 10, 64)
	return user, ok && err == nil && roomOf(user) == room
}
