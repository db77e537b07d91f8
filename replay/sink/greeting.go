package sink

import "github.com/carebase/deltatap/replay/session"

// Greeting is the event by which a server greets a client that has just connected.
const Greeting = "connection:ack"

// IsGreeting tells whether a record is a server's greeting to the one connection that recorded it.
// It is no emission into a room: whoever connects to a target is greeted by that itself, and would
// hear a recorded greeting as a second one, at a wrong time. So sinks that emit leave it out, and
// tell that it was ignored.
func IsGreeting(rec *session.Record) bool {
	return rec.Kind == session.KindEvent && rec.Event == Greeting
}
