// Package fault breaks a stream of deltas on purpose: deltas that never arrive, arrive twice, late,
// in another order, or without their data, and connections that end. What it did to which delta it
// tells, one entry a fault: the answer key to whoever is asked later what went wrong.
//
// It must not know where a session comes from or goes to, nor what a client makes of it. The same
// seed gives the same faults on every machine, whether the session is played whole or from its
// middle: each decision rests on the seed, the kind of fault, and the delta's record number and
// index alone.
//
// # What the faults do
//
// Faults of a delta, each delta for itself:
//
//	drop       takes the delta out of its message; the message is gone where nothing is left of it
//	strip      takes data out of a created or updated delta
//	stale      sends the delta of the same item that was sent before, and is older, once more: in a message of its own,
//	           right behind the newer one
//
// Faults of a message, with an entry for each delta in it:
//
//	duplicate  sends the message again, behind one to eight others, or before the end of the connection or of the session
//	reorder    holds the message back until the next one is sent: it comes right behind it, at its time. Version polls
//	           pass it meanwhile; where anything else but another message comes first, nothing happens
//	delay      lets the message arrive later. A connection keeps its order: what is behind it waits
//
// And of the connection:
//
//	disconnect ends the connection right before the first message that carries the version, or a higher one, for a time.
//	           What would arrive in it does not, answers to requests included. A version that passes meanwhile ends none
//
// What was planned and could not be done is not in the log, where all that is done is:
// Source.Missed tells it.
//
// They are applied in this order: disconnect, drop and strip, reorder, stale, duplicate, delay.
// Each sees what the one before it left, and none is applied to what another made. A delta gets
// drop or strip, not both. A message that package contract finds odd is left as it is by the faults
// of a delta.
package fault

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Kind is a kind of fault.
type Kind string

// The kinds of fault, as a specification names them.
const (
	Drop       Kind = "drop"
	Duplicate  Kind = "duplicate"
	Reorder    Kind = "reorder"
	Delay      Kind = "delay"
	Stale      Kind = "stale"
	Strip      Kind = "strip"
	Disconnect Kind = "disconnect"
)

// Entry is one line of the fault log.
type Entry struct {
	N       int64  // the record in the session that was played; 0 for a record that was made
	Delta   int    // its index in the message; -1 for the record as a whole
	Version int64  // the delta's; 0 where it has none
	Item    string // "bill:42"; empty where the record as a whole is meant
	Fault   Kind
	Out     int64         // the record that came of it, as numbered in what was sent; 0 where none did
	By      time.Duration // delay: how much later than it was due; disconnect: how long
	Detail  string        // in words
}

// Wrap is src with the faults of spec. Records come numbered anew, from 1; args and bodies keep
// their bytes where no fault changes them. Log, which may be nil, is told of every fault, in the
// order in which they take effect; where it returns an error, so does Next. Closing the result
// closes src.
func Wrap(src session.Source, spec Spec, seed uint64, log func(Entry) error) *Source {
	return newSource(src, spec, seed, log)
}
