package convert

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// what happened at a moment.
type what int

const (
	opened    what = iota // an Engine.IO connection was begun
	connected             // the server let the client in
	came                  // an event
	closed
	refused
	answered // a request to REST
	noted    // something that the session has to say of itself
)

// moment is something that a client saw.
type moment struct {
	at        time.Time
	what      what
	link      *link // over which it came; nil where there is but one
	sid       string
	transport string
	text      string // why it closed or was refused; what is noted
	event     string
	args      []byte
	answer    session.Record // of REST
}

// follower turns what a client saw, in the order in which it saw it, into records.
type follower struct {
	emit      func(session.Record)
	connected bool
	refused   int // since the last connection
}

// take takes a moment, which was at t on the session's clock.
func (f *follower) take(m *moment, t time.Duration) {
	switch m.what {
	case opened:
		f.disconnect(t, reasonUnseen)
	case connected:
		f.connect(t, m.transport, m.sid)
	case came:
		f.emit(session.Record{T: t, Kind: session.KindEvent, Event: m.event, Args: m.args})
	case closed:
		f.disconnect(t, m.text)
	case refused:
		f.refuse(t, m.text)
	case answered:
		rec := m.answer
		rec.T = t
		f.emit(rec)
	case noted:
		f.emit(session.Record{T: t, Kind: session.KindMark, Text: m.text})
	}
}

// reasonUnseen is the reason of an end that nothing tells of but what came after it.
const reasonUnseen = "transport close"

// connect begins a connection. One that was still open ended unnoticed before it.
func (f *follower) connect(t time.Duration, transport, sid string) {
	f.disconnect(t, reasonUnseen)
	f.connected = true
	f.emit(session.Record{T: t, Kind: session.KindConnect, SID: sid, Transport: transport, Attempt: f.refused + 1})
	f.refused = 0
}

func (f *follower) disconnect(t time.Duration, reason string) {
	if f.connected {
		f.connected = false
		f.emit(session.Record{T: t, Kind: session.KindDisconnect, Reason: reason})
	}
}

func (f *follower) refuse(t time.Duration, message string) {
	f.refused++
	f.emit(session.Record{T: t, Kind: session.KindConnectError, Message: message, Attempt: f.refused})
}
