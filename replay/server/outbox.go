package server

import (
	"bytes"
	"strconv"
	"sync"
	"time"
)

// deltaKey is what deltas coalesce by: the item type, and planItemId, or entityId where there is none.
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
// A tick is everything that was added between two flushes. Every mutation adds its deltas in one go, and flushes before
// it is answered: mutations that follow one another never share a message, those that run at the same time may, like
// the turns of a real server's event loop. Within a tick, a later delta of the same key takes the earlier one's place.
type outbox struct {
	emit     func(event string, args []byte)
	observer Observer // may be nil

	order   sync.Mutex // held from before a plan changes until its deltas are added: they are in the order of versions
	sending sync.Mutex // held while a tick is emitted: ticks leave in their order

	mu      sync.Mutex
	pending []delta
	places  map[deltaKey]int // where in pending a key is
	events  []event          // that leave beside the tick, after it
	holds   int              // how many keep the tick from ending
}

// event is one that leaves as it is.
type event struct {
	name string
	args []byte // with commas between
}

func newOutbox(emit func(event string, args []byte)) *outbox {
	return &outbox{emit: emit, places: map[deltaKey]int{}}
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

// flush ends the tick: what is pending leaves in one message. It does nothing while the outbox is held.
func (o *outbox) flush() {
	o.sending.Lock()
	defer o.sending.Unlock()
	tick, events := o.take()
	if len(tick) > 0 {
		o.emit(eventDelta, message(tick))
		o.observed(tick)
	}
	for _, e := range events {
		o.emit(e.name, e.args)
		o.observedDirect(e.name, e.args)
	}
}

func (o *outbox) take() ([]delta, []event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.holds > 0 {
		return nil, nil
	}
	tick, events := o.pending, o.events
	o.pending, o.events = nil, nil
	clear(o.places)
	return tick, events
}

// direct sends an event as it is, behind everything that was added before. While the outbox is held it waits with the
// tick. The arguments may be changed afterwards.
func (o *outbox) direct(name string, args []byte) {
	o.sending.Lock()
	defer o.sending.Unlock()
	if o.waits(name, args) {
		return
	}
	o.emit(name, args)
	o.observedDirect(name, args)
}

// waits puts an event behind the tick, if there is one to wait for.
func (o *outbox) waits(name string, args []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.holds == 0 && len(o.pending)+len(o.events) == 0 {
		return false
	}
	o.events = append(o.events, event{name, bytes.Clone(args)})
	return true
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
	mu   sync.Mutex
	by   map[int64]*outbox
	emit func(room, event string, args []byte)

	observer Observer // of every one that is made from now on; may be nil
}

func newOutboxes(emit func(room, event string, args []byte)) *outboxes {
	return &outboxes{by: map[int64]*outbox{}, emit: emit}
}

func (o *outboxes) of(user int64) *outbox {
	o.mu.Lock()
	defer o.mu.Unlock()
	box, ok := o.by[user]
	if !ok {
		room := roomOf(user)
		box = newOutbox(func(event string, args []byte) { o.emit(room, event, args) })
		box.observer = o.observer
		o.by[user] = box
	}
	return box
}

// roomOf names the room that every socket of a user is in.
func roomOf(user int64) string { return "user:" + strconv.FormatInt(user, 10) }
