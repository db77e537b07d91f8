package player

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Report is what a replay did.
type Report struct {
	Sent    int64 // records
	Events  int64 // of them, events
	Deltas  int64 // in them
	Skipped int64 // records before From, of every round
	Last    int64 // the number of the last record that was sent; 0 where none was
	Failed  int64 // the number of the record that could not be sent; 0 where there was none
	Version int64 // the highest version sent; 0 where none was
	Rounds  int   // rounds that were played to their end

	BadLines  int64               // lines that are no record, and were passed over
	Truncated *session.Truncation // what was left unread of a session that is cut off
	Quit      bool                // it was ended by Quit

	Elapsed time.Duration // from the start to the last record sent, pauses left out
	Planned time.Duration // when that record was due
	Paused  time.Duration // how long it was paused, or waited for Next
	Late    Lateness      // of the records that had a deadline
}

// Progress is where a replay stands.
type Progress struct {
	N       int64         // the last record that was sent
	At      time.Duration // its time in the session
	Round   int           // from 1
	Sent    int64         // records
	Events  int64
	Version int64 // the highest version sent

	Rate    float64       // events a second, since the last snapshot
	Late    time.Duration // how late the last record was
	Worst   time.Duration
	Elapsed time.Duration // since the start, pauses left out
	Left    time.Duration // until the end of this round; -1 where it is not known

	Paused   bool
	Stepping bool
}

// SendError is a record that could not be sent.
type SendError struct {
	N   int64 // its number
	Err error
}

func (e *SendError) Error() string { return fmt.Sprintf("record %d: %v", e.N, e.Err) }

func (e *SendError) Unwrap() error { return e.Err }

// OptionsError says which option is no good.
type OptionsError struct {
	Option string // "speed", "rate", …
	Reason string
}

func (e *OptionsError) Error() string { return e.Option + " " + e.Reason }
