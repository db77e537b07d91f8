package follow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// follower is one run. Everything but the background requests happens on the goroutine that calls
// Run; those hand their results over with Conn.Inject, so that they take their place in the order
// of arrival.
type follower struct {
	Config
	ctx        context.Context
	emit       func(*Step) error
	background sync.WaitGroup

	fold    fold.Fold
	step    Step
	record  session.Record
	last    time.Duration // of the latest record: records never go back in time
	ticker  *time.Ticker  // of the polls; nil where there are none
	online  bool          // the client's socket was up after the latest record
	started bool          // the app has begun
	asking  bool          // a version poll, or a version check, is in flight
	retried int           // the failed attempt that is being waited for
	unmet   int           // answers in a row that did not show what they were asked for
	paused  bool          // the next request waits a while because of them
}

// mobile reports whether the client is the app.
func (f *follower) mobile() bool { return f.Cache != nil && f.Cache.Policy() == plancache.Mobile }

// The notes that background requests hand over.
type (
	planAnswer    struct{ outcome }
	versionAnswer struct{ outcome }
	retryDue      struct{}
	pollDue       struct{}
)

// outcome is what became of a request.
type outcome struct {
	rest.Answer
	err error
}

// handle turns one signal into one record, and does what a client would do on it.
func (f *follower) handle(s socket.Signal) error {
	if by := f.Clock.jump(s.At); by != 0 {
		f.begin(s.At)
		f.record.Kind, f.record.Text = session.KindMark, tellJump(by)
		if err := f.pass(); err != nil {
			return err
		}
	}
	f.begin(s.At)
	switch s.Kind {
	case socket.Connected:
		return f.connected(s)
	case socket.Event:
		return f.event(s)
	case socket.Disconnected:
		f.record.Kind, f.record.Reason = session.KindDisconnect, s.Reason
		return f.pass()
	case socket.Refused:
		f.record.Kind, f.record.Message, f.record.Attempt = session.KindConnectError, s.Message, s.Attempt
		f.record.Data = s.Data
		return f.pass()
	case socket.Unread:
		f.record.Kind, f.record.Text = session.KindMark, tooLong(s)
		return f.pass()
	case socket.Noted:
		return f.noted(s.Note)
	}
	return nil
}

// begin starts the record of something that happened at the given moment.
func (f *follower) begin(at time.Time) {
	f.last = max(f.Clock.At(at), f.last)
	f.record = session.Record{T: f.last}
}

// pass folds the record into the cache, hands the step over, and sends for the plan where the cache
// says that it is time.
func (f *follower) pass() error {
	f.fold.Record(&f.record)
	f.step = Step{Record: &f.record, Message: f.fold.Message, Changes: f.fold.Changes}
	if f.record.Kind == session.KindConnect && f.Cache != nil && f.Plans != nil {
		f.begun()
	}
	f.lose()
	if err := f.emit(&f.step); err != nil {
		return err
	}
	f.refresh()
	f.check()
	return nil
}

// begun has a plan read because a connection began: each by the contract, by the app the first one.
func (f *follower) begun() {
	switch {
	case !f.mobile():
		f.Cache.Trigger(plancache.Connecting, 0)
	case !f.started:
		f.started = true
		f.Cache.Start(nil)
	}
}

// lose has the app count anew to its next poll where its socket went down.
func (f *follower) lose() {
	lost := f.online && !f.fold.Online()
	if f.online = f.fold.Online(); lost && f.mobile() && f.ticker != nil {
		f.ticker.Reset(f.Poll)
	}
}

// tooLong is the note of what is lost, for the place where it would stand.
func tooLong(s socket.Signal) string {
	if s.Packets == 1 {
		return fmt.Sprintf("lost a message of %d bytes: too long to be read", s.Bytes)
	}
	return fmt.Sprintf("lost %d messages of %d bytes together: too long to be read", s.Packets, s.Bytes)
}

func (f *follower) connected(s socket.Signal) error {
	f.record.Kind, f.record.SID = session.KindConnect, s.SID
	f.record.Transport, f.record.Attempt = s.Transport, s.Attempt
	return f.pass()
}

func (f *follower) event(s socket.Signal) error {
	f.record.Kind, f.record.Event, f.record.Args = session.KindEvent, s.Event, s.Args
	return f.pass()
}

func (f *follower) noted(note any) error {
	switch note := note.(type) {
	case Mark:
		f.record.Kind, f.record.Text = session.KindMark, note.Text
		return f.pass()
	case planAnswer:
		f.answered(session.KindPlan, note.outcome)
		return f.loaded()
	case versionAnswer:
		f.asking = false
		f.answered(session.KindVersion, note.outcome)
		return f.pass()
	case retryDue:
		f.retried, f.paused = 0, false
		if state := f.Cache.Refresh().State; state == plancache.Due || state == plancache.Waiting {
			f.send()
		}
	case Snapshot:
		f.snapshot()
	case pollDue:
		f.poll()
	default:
		if f.OnNote != nil {
			return f.OnNote(note)
		}
	}
	return nil
}

func (f *follower) answered(kind session.Kind, o outcome) {
	f.record.Kind, f.record.Status, f.record.Took, f.record.Body = kind, o.Status, o.Took, o.Body
	if o.err != nil && o.Status == 0 {
		f.record.Error = o.err.Error()
	}
}

// loaded passes a plan answer on. One that is older than what it was asked for makes the client ask
// again, but not at once: a server that lags is not helped by being hammered.
func (f *follower) loaded() error {
	f.paused = true
	err := f.pass()
	if f.Cache.Refresh().State != plancache.Due {
		f.unmet, f.paused = 0, false
		f.refresh()
		return err
	}
	wait := min(firstPause<<min(f.unmet, 10), longestPause)
	f.unmet++
	f.background.Go(func() { f.after(wait) })
	return err
}

// How long the client waits before it asks again for what an answer did not show yet.
const (
	firstPause   = 600 * time.Millisecond
	longestPause = 15 * time.Second
)
