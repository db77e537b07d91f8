package fault

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// breaker ends connections.
type breaker struct {
	next   stage
	tell   func(Entry)
	breaks []Break // those to come, by version
	passed []Break // whose version passed while there was no connection

	high      int64 // the highest version that has passed
	linked    bool  // the source has a connection
	transport string
	down      *Break        // the break at hand
	until     time.Duration // when it is over
	made      int           // connections
}

func (b *breaker) flush() {}

func (b *breaker) take(it *item) {
	if b.down != nil && it.rec.T >= b.until {
		b.up()
	}
	if b.down == nil && it.message && b.due(it) {
		b.cut(it)
	}
	for i := range it.deltas {
		b.high = max(b.high, it.deltas[i].version)
	}
	switch it.rec.Kind {
	case session.KindConnect:
		b.linked, b.transport = true, it.rec.Transport
	case session.KindDisconnect, session.KindConnectError:
		b.linked = false
	}
	if b.down == nil || !b.lose(it) {
		b.next.take(it)
	}
}

// due reports whether the connection ends before this message.
func (b *breaker) due(it *item) bool {
	for len(b.breaks) > 0 && b.breaks[0].Version <= b.high {
		b.passed, b.breaks = append(b.passed, b.breaks[0]), b.breaks[1:]
	}
	for i := range it.deltas {
		if len(b.breaks) > 0 && it.deltas[i].version >= b.breaks[0].Version {
			return true
		}
	}
	return false
}

// cut ends the connection before it.
func (b *breaker) cut(it *item) {
	b.down, b.breaks = &b.breaks[0], b.breaks[1:]
	b.until = it.rec.T + b.down.For
	b.make(session.Record{T: it.rec.T, Kind: session.KindDisconnect, Reason: "transport close"},
		fmt.Sprintf("the connection ends before version %d", b.down.Version))
}

// up begins the connection anew, unless the source has none.
func (b *breaker) up() {
	if b.linked {
		b.made++
		b.make(session.Record{
			T: b.until, Kind: session.KindConnect, SID: fmt.Sprintf("fault-%d", b.made), Transport: b.transport, Attempt: 1,
		}, "the connection is there again")
	}
	b.down = nil
}

// make sends a record of the connection.
func (b *breaker) make(rec session.Record, detail string) {
	it := &item{rec: rec, made: true, owned: true}
	it.blame(Entry{Fault: Disconnect, Version: b.down.Version, By: b.down.For, Detail: detail})
	b.next.take(it)
}

// lose takes away what came over the connection. Notes, and the end of the session, did not.
func (b *breaker) lose(it *item) bool {
	switch it.rec.Kind {
	case session.KindEvent, session.KindPlan, session.KindVersion:
	case session.KindConnect, session.KindDisconnect, session.KindConnectError:
	default:
		return false
	}
	it.blame(Entry{Fault: Disconnect, Detail: fmt.Sprintf("no connection: the %s does not arrive", it.rec.Kind)})
	for _, e := range it.entries {
		b.tell(e)
	}
	return true
}
