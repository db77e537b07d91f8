// Package player decides when each record of a session is sent: at the session's own pace or
// another, from one point to another, step by step, over and over.
//
// It must not know where records go: what to do with one is the caller's. Deadlines count from one
// start instant on the monotonic clock, that of the first record, so that lateness never adds up.
// Nothing is sent early, and nothing is dropped to keep pace.
package player

import (
	"context"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Options say when to send. The zero value plays a session once, at its own pace.
type Options struct {
	Speed  float64       // how many times faster than recorded; 0 is 1
	Max    bool          // without waiting at all; Speed, Rate and MaxGap do not count then
	Rate   float64       // events a second, evenly, instead of the recorded pace; other records go along with them. 0: as recorded
	MaxGap time.Duration // no gap between records is longer, before Speed; 0 is no limit

	From  Point // the first record to send
	Until Point // the last record to send

	// Loop is how many times to play; 0 is once, and below 0 is until stopped. The next round begins
	// where the last one ends, its records are the same, versions and numbers included.
	Loop int
	// Reopen gives the session anew for every round but the first. Its result is closed by Play.
	Reopen func() (session.Source, error)

	// Step waits before each event until Commands says Next.
	Step     bool
	Commands <-chan Command

	// Skipped is told of the records before From, so that who needs a state can follow them. They are
	// not sent.
	Skipped func(*session.Record) error

	// Prepare is told of each record that will be sent as soon as it has been read. What takes long
	// can be done then, while the record is not due yet.
	Prepare func(*session.Record)

	// Progress is told where the replay stands, every ProgressEvery (a second by default), between two
	// records or while waiting.
	Progress      func(Progress)
	ProgressEvery time.Duration
	// Total is how long the session is, in its own time; 0 where that is not known.
	Total time.Duration

	// Spin is how long before a deadline waiting stops to trust timers, and reads the clock over and
	// over instead, at the cost of a processor for so long a record; see Precise. With 0, timers alone
	// decide: they ring up to a millisecond late.
	Spin time.Duration
}

// Precise is a Spin that makes up for late timers: records leave within some ten microseconds of
// their deadlines, on a machine that has a processor to spare.
const Precise = time.Millisecond

// Command is what a person may want while a session plays.
type Command uint8

// The commands.
const (
	Next   Command = iota // send the next event, and stop before the one after it; where it plays, stop before the next
	Run                   // play on, at the pace of the options
	Pause                 // stop the clock
	Toggle                // play on where it stands, pause where it plays
	Quit                  // end the replay
)

// Play sends the records of src, one after the other, each when it is due. Send's error ends the
// replay, and is returned in a
// *SendError. So is, as it came, an error of src other than a *session.LineError; a line that is no record is passed over and
// counted. The end of ctx ends the replay with its cause. The report is of what was done, in every
// case.
func Play(ctx context.Context, src session.Source, opts Options, send func(context.Context, *session.Record) error) (Report, error) {
	p, err := newPlayer(opts, send)
	if err != nil {
		return Report{}, err
	}
	return p.play(ctx, src)
}
