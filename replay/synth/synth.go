// Package synth makes sessions up: what a client that follows the contract would have recorded on a
// day that never was. The same options give the same bytes on every machine, however many deltas
// there are, in memory that depends on the size of the plan alone.
//
// It has a model of the server of its own, which keeps a plan, bumps its version with each
// mutation, and emits deltas per tick as a Carebase server was seen to do. It must not know the
// stand-in server, nor the client's cache: where two of these share a mistake, they agree on it.
// Time comes from the options only.
package synth

import (
	"io"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Open makes the session that o describes. Its records are made as they are asked for.
//
// The error is an *OptionsError.
func Open(o Options) (*Session, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	return newSession(o), nil
}

// FinalPlan is the server's plan at the end of the session that o describes, as /api/plan would
// answer it then. The error is an *OptionsError.
func FinalPlan(o Options) ([]byte, error) {
	s, err := Open(o)
	if err != nil {
		return nil, err
	}
	var rec session.Record
	for {
		if err := s.Next(&rec); err == io.EOF {
			return s.Plan(), nil
		}
	}
}

// Profile is a kind of day.
type Profile string

// The profiles there are.
const (
	Day           Profile = "day"           // a family's day: e-mail, visits moved, bills paid, a helper invited
	Burst         Profile = "burst"         // quiet, then many changes at once: large ticks, much coalesced
	GoogleSync    Profile = "google-sync"   // calendar pulls of many items, and changes between them
	InboundRush   Profile = "inbound-rush"  // a mailbox is read: item after item is found in it, and reviewed
	Collaborators Profile = "collaborators" // several people on one plan, some of them invited on the way
	Bulk          Profile = "bulk"          // jobs that change much and tell no more than that
	LongOffline   Profile = "long-offline"  // a phone that loses its connection for long stretches
	Adversarial   Profile = "adversarial"   // departures from the contract, each announced by a mark
)

// Options say what to make up. What is zero is the profile's own.
type Options struct {
	Profile  Profile
	Seed     uint64
	Items    int           // how many items the plan holds at the start, and about holds from then on
	Deltas   int64         // how many deltas the session carries, exactly
	Duration time.Duration // from the first record to the last
	Users    int           // how many people share the plan: its owner, and collaborators who have accepted
	Start    time.Time     // when the session started
	Faulty   []string      // rules of the contract to break, each at a mark; see Breakable
}
