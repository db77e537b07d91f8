package follow

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// follower is one run. Everything but the background requests happens on the goroutine that calls Run; those hand
// their results over with Conn.Inject, so that they take their place in the order of arrival.
type follower struct {
	Config
	ctx        context.Context
	emit       func(*Step) error
	background sync.WaitGroup

	step    Step
	message contract.Message
	record  session.Record
	last    time.Duration // of the latest record: records never go back in time
	online  bool
	asking  bool // a version poll is in flight
	retried int  // the failed attempt that is being waited for
	unmet   int  // answers in a row that did not show what they were asked for
	paused  bool // the next request waits a while because of them
}

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
	f.begin(s.At)
	switch s.Kind {
	case socket.Connected:
		return f.connected(s)
	case socket.Event:
		return f.event(s)
	case socket.Disconnected:
		f.online = false
		f.record.Kind, f.record.Reason = session.KindDisconnect, s.Reason
		return f.pass()
	case socket.Refused:
		f.record.Kind, f.record.Message, f.record.Attempt = session.KindConnectError, s.Message, s.Attempt
		return f.pass()
	case socket.Noted:
		return f.noted(s.Note)
	}
	return nil
}

// begin starts the record of something that happened at the given moment.
func (f *follower) begin(at time.Time) {
	t := at.Sub(f.Started)
	if t < f.last {
		t = f.last
	}
	f.last = t
	f.record = session.Record{T: t}
	f.step = Step{Record: &f.record, Changes: f.step.Changes[:0]}
	if f.Cache != nil {
		f.Cache.At(t)
	}
}

// pass hands the step over, and sends for the plan where the cache says that it is time.
func (f *follower) pass() error {
	if err := f.emit(&f.step); err != nil {
		return err
	}
	f.refresh()
	return nil
}

func (f *follower) connected(s socket.Signal) error {
	f.online = true
	f.record.Kind, f.record.SID = session.KindConnect, s.SID
	f.record.Transport, f.record.Attempt = s.Transport, s.Attempt
	if f.Cache != nil {
		f.Cache.Connected()
		if f.Plans != nil {
			f.Cache.Trigger(plancache.Connecting, 0)
		}
	}
	return f.pass()
}

func (f *follower) event(s socket.Signal) error {
	f.record.Kind, f.record.Event, f.record.Args = session.KindEvent, s.Event, s.Args
	switch s.Event {
	case contract.Event:
		contract.Decode(s.Args, &f.message)
		f.step.Message = &f.message
		if f.Cache != nil {
			f.Cache.Apply(&f.message, f.changed)
		}
	case planUpdateEvent:
		if f.Cache != nil {
			f.Cache.Trigger(plancache.PlanUpdate, 0)
		}
	}
	return f.pass()
}

// planUpdateEvent is what older servers send beside deltas: the version advanced, fetch again.
const planUpdateEvent = "plan:update"

func (f *follower) changed(i int, o plancache.Outcome, before, after []byte) {
	f.step.Changes = append(f.step.Changes, Change{Outcome: o, Delta: i, Before: before, After: after})
}

func (f *follower) noted(note any) error {
	switch note := note.(type) {
	case Mark:
		f.record.Kind, f.record.Text = session.KindMark, note.Text
	case planAnswer:
		f.answered(session.KindPlan, note.outcome)
		f.load(note.outcome)
	case versionAnswer:
		f.asking = false
		f.answered(session.KindVersion, note.outcome)
		if version, ok := PlanVersion(note.Body); ok && note.Status == http.StatusOK && f.Cache != nil {
			f.Cache.Polled(version)
		}
	case retryDue:
		f.retried, f.paused = 0, false
		if state := f.Cache.Refresh().State; state == plancache.Due || state == plancache.Waiting {
			f.send()
		}
		return nil
	case pollDue:
		f.poll()
		return nil
	default:
		return nil
	}
	return f.pass()
}

func (f *follower) answered(kind session.Kind, o outcome) {
	f.record.Kind, f.record.Status, f.record.Took, f.record.Body = kind, o.Status, o.Took, o.Body
	if o.err != nil && o.Status == 0 {
		f.record.Error = o.err.Error()
	}
}

// load gives the cache the answer that it waited for. An answer that is older than what it was asked for makes the
// client ask again, but not at once: a server that lags is not helped by being hammered.
func (f *follower) load(o outcome) {
	if o.err != nil || o.Status != http.StatusOK {
		f.Cache.Failed(o.Took)
		return
	}
	answer, err := f.Cache.Answered(o.Body, o.Took)
	switch {
	case err != nil:
		f.Cache.Failed(o.Took)
	case len(answer.Unmet) == 0:
		f.unmet = 0
	default:
		f.paused = true
		wait := min(firstPause<<min(f.unmet, 10), longestPause)
		f.unmet++
		f.background.Go(func() { f.after(wait) })
	}
}

// How long the client waits before it asks again for what an answer did not show yet.
const (
	firstPause   = 600 * time.Millisecond
	longestPause = 15 * time.Second
)

// PlanVersion reads the planVersion of an answer of /api/plan/version, or of /api/plan.
func PlanVersion(body []byte) (version int64, ok bool) {
	for _, member := range plan.Members(nil, body) {
		if string(member.Name) == "planVersion" {
			v, err := strconv.ParseInt(string(member.Value), 10, 64)
			version, ok = v, err == nil
		}
	}
	return version, ok
}
