// Package sink is where a replay sends a session's records: the interface that every target
// implements, what becomes of each record, and the account of it. Each implementation is a package
// of its own below this one; package sinktest holds all of them to what is said here.
//
// It must not know when records are due, nor what goes wrong with them on purpose.
package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/carebase/deltatap/replay/session"
)

// Sink takes the records of a session to one target.
//
// Callers send records one after another, from one goroutine, in the order in which they are to
// arrive. They send records of every kind, and may use a record's memory again as soon as Send has
// returned. After an error of Send they send nothing more. They call Settle when they want to know
// what became of everything, and Close once, in the end, in every case.
//
// Implementers tell what became of each record that Send took (returned nil for), exactly once,
// through the Tell that they were made with: from any goroutine, while Send still runs or later,
// and before Close returns.
//
// They deliver in order, drop nothing, and keep a bounded amount of what waits: Send waits for a slow target. An error of
// Send means that the record was not taken, that nothing of it has left, and that the sink takes no more; it names no
// password and no token. A *LostError or a *RefusedError says that the target is gone, or does not want this. When ctx
// ends, Send and Settle return its cause within moments; what was taken and has no answer yet is told to be Unsure at the
// latest by Close.
//
// Where deltatap itself writes to the client, the arguments of an event keep their bytes; where a
// cluster's nodes encode them again, they keep their values, and the order of members.
type Sink interface {
	// Send takes a record.
	Send(ctx context.Context, rec *session.Record) error
	// Settle waits until the target has answered for every record taken so far. Its error is that of
	// the first answer that will never come.
	Settle(ctx context.Context) error
	// Close lets go of the target, within moments; what has no answer by then gets none.
	Close() error
}

// Tell is told what became of records.
type Tell func(Outcome)

// Outcome is what became of one record.
type Outcome struct {
	N    int64 // the record's number, as it was sent
	Fate Fate
	Err  error // Failed, Unsure: why
	// Reach is how many receivers there were, where the target says: clients of the stand-in, servers
	// of a Redis cluster. ReachUnknown where it does not.
	Reach int
	// Unfit are the parts of the record that the target has no way to express.
	Unfit []Unfit
}

// ReachUnknown is the Reach of a target that does not tell.
const ReachUnknown = -1

// Unfit is a part of a record that a target has no way to express.
type Unfit struct {
	Delta  int    // index in the message; -1 for the message as a whole
	What   string // "bill:42 updated"
	Reason string // why it cannot be expressed
}

// Fate is what became of a record as a whole.
type Fate uint8

// The fates.
const (
	Ignored       Fate = iota // nothing for this target: a plan record at a Redis cluster, or a greeting, for instance
	Acknowledged              // the target has it
	Failed                    // the target does not have it
	Unsure                    // it was sent, and no answer came: it may have arrived or not
	Inexpressible             // the target has no way to express any of it; nothing was sent
)

// String names the fate.
func (f Fate) String() string {
	switch f {
	case Ignored:
		return "ignored"
	case Acknowledged:
		return "acknowledged"
	case Failed:
		return "failed"
	case Unsure:
		return "unsure"
	case Inexpressible:
		return "inexpressible"
	}
	return fmt.Sprintf("fate(%d)", uint8(f))
}

// Follower is a Sink that keeps a plan of its own, which moves on with the session whatever goes
// wrong with the deltas on their way. Its callers give it every record of the session before the
// one that is sent at its place; after Follow they may use the record's memory again.
type Follower interface {
	Follow(rec *session.Record) error
}

// LostError is a target that is gone, or was never there.
type LostError struct {
	Target string // its address, without anything secret
	Err    error
}

func (e *LostError) Error() string { return e.Target + ": " + e.Err.Error() }

func (e *LostError) Unwrap() error { return e.Err }

// RefusedError is a target that does not let this in.
type RefusedError struct {
	Target string // its address, without anything secret
	Err    error
}

func (e *RefusedError) Error() string { return e.Target + ": refused: " + e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }

// ErrNoAnswer is why a record is Unsure whose target was closed before it answered.
var ErrNoAnswer = errors.New("no answer")
