// Package script puts together what a replay plays: a session as its faults left it and, at its own
// time, each record of the session itself that is not sent as it is, for who follows the session
// whatever the faults do.
//
// It must not know when records are due, nor where they go.
package script

import (
	"errors"

	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/session"
)

// Passed is the kind of a record that stands for one of the session of which nothing is sent: lost
// to a fault, or sent later. It has a number and a time, and nothing else.
const Passed session.Kind = "passed"

// Script is a session as it is to be played. It is a session.Source. Its records are numbered by
// where they stand in the session that was read: a record that a fault made, or delayed, has the
// number of the record that came before it there.
type Script struct {
	src    session.Source
	faulty *fault.Source // nil: nothing goes wrong
	tee    *tee

	cue     Cue
	entries []fault.Entry // what was told and has not been given yet
	out     session.Record
	held    bool  // out waits until the record of the session has passed
	at      int64 // the last record of the session that has passed
}

// Cue says what to do at the place of the record that Next gave last. It is valid until the next
// call of Next.
type Cue struct {
	// Pass is the record of the session that passes here, untouched by faults; nil where none does.
	Pass *session.Record
	// Send says whether the record is to be sent.
	Send bool
	// N is the number under which it leaves: with faults, what is sent is numbered from 1.
	N int64
	// Faults are the faults that take effect here.
	Faults []fault.Entry
}

// New makes a script of a session. Closing it closes src.
func New(src session.Source, spec fault.Spec, seed uint64) *Script {
	s := &Script{src: src}
	if !spec.IsZero() {
		s.tee = &tee{Source: src}
		s.faulty = fault.Wrap(s.tee, spec, seed, func(e fault.Entry) error {
			s.entries = append(s.entries, e)
			return nil
		})
		s.src = s.faulty
	}
	return s
}

// Header is that of the session, with a note of the faults.
func (s *Script) Header() session.Header { return s.src.Header() }

// Truncated is what the session says.
func (s *Script) Truncated() *session.Truncation { return s.src.Truncated() }

// Complete is what the session says.
func (s *Script) Complete() bool { return s.src.Complete() }

// Close closes the session.
func (s *Script) Close() error { return s.src.Close() }

// Missed tells which of the faults that were planned have not come to be so far.
func (s *Script) Missed() []fault.Missed {
	if s.faulty == nil {
		return nil
	}
	return s.faulty.Missed()
}

// Cue tells what to do at the place of the record that Next gave last.
func (s *Script) Cue() *Cue { return &s.cue }

// Next gives the next record to play, as session.Source says.
func (s *Script) Next(rec *session.Record) error {
	s.cue = Cue{}
	if s.faulty == nil {
		err := s.src.Next(rec)
		if err == nil {
			s.cue = Cue{Pass: rec, Send: true, N: rec.N}
		}
		return err
	}
	if s.held {
		s.held = false
		s.give(rec)
		return nil
	}
	for {
		switch err := s.faulty.Next(&s.out); {
		case err == nil && s.tee.fresh && s.tee.rec.T < s.out.T:
			s.held = true
			s.pass(rec)
			return nil
		case err == nil:
			s.give(rec)
			return nil
		case !errors.Is(err, errRead):
			return err
		case s.tee.fresh:
			s.pass(rec)
			return nil
		}
	}
}

// pass gives the record of the session that nothing is sent of, or not yet.
func (s *Script) pass(rec *session.Record) {
	s.through()
	*rec = session.Record{N: s.at, T: s.tee.rec.T, Kind: Passed}
}

// through lets the record of the session pass, with what was lost of it.
func (s *Script) through() {
	s.cue.Pass, s.tee.fresh, s.at = &s.tee.rec, false, s.tee.rec.N
	s.take(func(e *fault.Entry) bool { return e.Out == 0 })
}

// give gives the record that is on its way out. Where it is of the same moment, the session's own
// passes with it.
func (s *Script) give(rec *session.Record) {
	if s.tee.fresh && s.tee.rec.T == s.out.T {
		s.through()
	}
	s.cue.Send, s.cue.N = true, s.out.N
	s.take(func(e *fault.Entry) bool { return e.Out != 0 })
	*rec = s.out
	rec.N = s.at
}

// take moves entries to the cue.
func (s *Script) take(which func(*fault.Entry) bool) {
	left := s.entries[:0]
	for i := range s.entries {
		if which(&s.entries[i]) {
			s.cue.Faults = append(s.cue.Faults, s.entries[i])
		} else {
			left = append(left, s.entries[i])
		}
	}
	s.entries = left
}

// tee shows each record that the faults read. It stops them once behind each, so that they tell
// what came of it before they read on: a session that loses very much is not gathered in memory.
type tee struct {
	session.Source
	rec   session.Record // the last that was read
	fresh bool           // it has not passed yet
	stop  bool
}

// errRead stops the faults; it is of the one type of error after which they may be asked again.
var errRead error = &session.LineError{Reason: "a record was read"}

func (t *tee) Next(rec *session.Record) error {
	if t.stop {
		t.stop = false
		return errRead
	}
	err := t.Source.Next(rec)
	if err == nil {
		t.rec, t.fresh, t.stop = *rec, true, true
	}
	return err
}

var _ session.Source = (*Script)(nil)
