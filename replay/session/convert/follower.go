package convert

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// follower turns what a client saw, in the order in which it saw it, into records.
type follower struct {
	emit      func(session.Record)
	connected bool
	refused   int // since the last connection
}

// received takes a Socket.IO packet that the server sent. It says whether a record came of it.
func (f *follower) received(t time.Duration, transport string, text []byte) bool {
	p, ok := parsePacket(text)
	if !ok {
		return false
	}
	switch p.kind {
	case packetConnect:
		f.connect(t, transport, p.member("sid"))
	case packetDisconnect:
		f.disconnect(t, "io server disconnect")
	case packetConnectError:
		f.refuse(t, p.member("message"))
	case packetEvent:
		name, args, ok := p.event()
		if !ok {
			return false
		}
		f.emit(session.Record{T: t, Kind: session.KindEvent, Event: name, Args: args})
	default:
		return false
	}
	return true
}

// connect begins a connection. One that was still open ended unnoticed before it.
func (f *follower) connect(t time.Duration, transport, sid string) {
	f.disconnect(t, "transport close")
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
