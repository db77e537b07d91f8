package fault

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// reorderer holds messages back until the next one has passed.
type reorderer struct {
	next    stage
	rate    Rate
	chooser chooser
	held    []*item // the message, and what has come since
	missed  int64   // messages that were drawn, and stayed where they were
}

// maxHeld bounds how much may come before the next message.
const maxHeld = 64

func (o *reorderer) flush() { o.release() }

// release gives up: all go on in the order in which they came.
func (o *reorderer) release() {
	if len(o.held) > 0 {
		o.missed++
	}
	for _, it := range o.held {
		o.next.take(it)
	}
	o.held = o.held[:0]
}

func (o *reorderer) take(it *item) {
	switch {
	case len(o.held) == 0 && o.chosen(it):
		it.keep()
		o.held = append(o.held, it)
	case len(o.held) == 0:
		o.next.take(it)
	case it.message:
		o.swap(it)
	case passes(it.rec.Kind) && len(o.held) < maxHeld:
		it.keep()
		o.held = append(o.held, it)
	default:
		o.release()
		o.next.take(it)
	}
}

func (o *reorderer) chosen(it *item) bool {
	return it.message && !it.made && o.rate.hits(o.chooser.draw(Reorder, it.n, -1))
}

// passes reports whether a record of this kind leaves a message that is held back where it is.
func passes(kind session.Kind) bool {
	switch kind {
	case session.KindConnect, session.KindConnectError, session.KindDisconnect, session.KindEvent, session.KindPlan, session.KindEnd:
		return false
	}
	return true
}

// swap lets a message go before the one that is held.
func (o *reorderer) swap(it *item) {
	late := o.held[0]
	for _, passed := range o.held[1:] {
		o.next.take(passed)
	}
	o.held = o.held[:0]
	late.blame(Entry{Fault: Reorder, Detail: fmt.Sprintf("sent behind record %d", it.n)})
	if it.rec.T > late.rec.T {
		late.rec.T = it.rec.T
		late.changed()
	}
	o.next.take(it)
	o.next.take(late)
}

// duplicator sends messages again.
type duplicator struct {
	next    stage
	rate    Rate
	chooser chooser
	copies  []copied
}

// copied is a message that is to be sent again, behind so many others. It arrives when those do:
// nothing overtakes it.
type copied struct {
	*item
	left int
}

// maxBehind is how many messages may come before the copy of one.
const maxBehind = 8

func (d *duplicator) flush() { d.release(true) }

func (d *duplicator) take(it *item) {
	if it.ends() {
		d.release(true)
	}
	chosen := it.message && !it.made && d.rate.hits(d.chooser.draw(Duplicate, it.n, -1))
	var again copied
	if chosen {
		again = d.copy(it)
	}
	d.next.take(it)
	if it.message {
		d.release(false)
	}
	if chosen {
		d.copies = append(d.copies, again)
	}
}

// copy makes a copy of a message.
func (d *duplicator) copy(it *item) copied {
	it.keep()
	again := &item{rec: it.rec, n: it.n, message: true, deltas: it.deltas, clean: it.clean, made: true, owned: true}
	again.changed()
	again.blame(Entry{Fault: Duplicate, Detail: "sent again"})
	left := 1 + int(d.chooser.draw(Duplicate, it.n, maxBehind)%maxBehind)
	return copied{again, left}
}

// release sends the copies whose time has come, or all.
func (d *duplicator) release(all bool) {
	kept := d.copies[:0]
	for _, c := range d.copies {
		if c.left--; c.left > 0 && !all {
			kept = append(kept, c)
			continue
		}
		d.next.take(c.item)
	}
	d.copies = kept
}

// delayer lets messages arrive late.
type delayer struct {
	next    stage
	rate    Rate
	by      time.Duration
	chooser chooser
	floor   time.Duration // nothing arrives before
}

func (d *delayer) flush() {}

func (d *delayer) take(it *item) {
	at := it.rec.T
	if it.message && !it.made && d.rate.hits(d.chooser.draw(Delay, it.n, -1)) {
		at += d.by
		it.blame(Entry{Fault: Delay, By: d.by, Detail: "arrives late"})
	}
	at = max(at, d.floor)
	d.floor = at
	if at != it.rec.T {
		it.rec.T = at
		it.changed()
	}
	d.next.take(it)
}
