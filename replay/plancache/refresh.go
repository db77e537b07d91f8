package plancache

import "time"

// State is where a refresh stands.
type State uint8

// The states of a refresh.
const (
	Idle     State = iota // nothing to do
	Due                   // to be requested now
	InFlight              // requested, not answered
	Waiting               // failed, to be requested again after Refresh.Wait
	GivenUp               // failed for the last time: nothing more until the next trigger
)

// String returns the state's name: "idle", "due", "in flight", "waiting" or "given up".
func (s State) String() string {
	return [...]string{"idle", "due", "in flight", "waiting", "given up"}[s]
}

// How often a refresh is tried, and how long after attempt n the next one is made: n times
// retryWait.
const (
	maxAttempts = 3
	retryWait   = 600 * time.Millisecond
)

// maxTriggers is how many triggers are remembered: the latest ones, which an answer has most
// trouble to meet.
const maxTriggers = 256

// Refresh is the state of a silent refresh. What makes one due while one is due, in flight or
// waiting joins that one. The contract does not say how a failed one is tried again; the app's way
// is taken for both policies.
type Refresh struct {
	State    State
	Attempt  int           // attempts that failed so far
	Wait     time.Duration // Waiting: from the failure to the next attempt
	Since    time.Duration // when it fell due, unless it is Idle
	Sent     time.Duration // when the latest request was made, as Cache.At tells the time; 0 where none is known
	Triggers []Trigger     // what it is for, oldest first; at most the latest 256. Valid until the cache changes
}

func (r *Refresh) trigger(t Trigger) {
	if len(r.Triggers) == maxTriggers {
		r.Triggers = append(r.Triggers[:0], r.Triggers[1:]...)
	}
	r.Triggers = append(r.Triggers, t)
	if r.State == Idle || r.State == GivenUp {
		r.State, r.Attempt, r.Wait, r.Since = Due, 0, 0, t.At
	}
}

func (r *Refresh) request(at time.Duration) {
	r.State, r.Wait, r.Sent = InFlight, 0, at
}

// sent returns when the request was made that ends now; it is not ok where that is not known.
func (r *Refresh) sent(now, took time.Duration) (at time.Duration, ok bool) {
	switch {
	case r.State == InFlight:
		return r.Sent, true
	case took > 0:
		return r.notBefore(now - took), true
	}
	return 0, false
}

// tookUnit is how exactly a session tells how long an answer took.
const tookUnit = time.Millisecond

// notBefore corrects when a request was made, as far as that is known, by what called for it: a
// request that was made at once may seem to have been made a moment before.
func (r *Refresh) notBefore(sent time.Duration) time.Duration {
	for i := range r.Triggers {
		if at := r.Triggers[i].At; at > sent {
			if at-sent <= tookUnit {
				return at
			}
			break
		}
	}
	return sent
}

func (r *Refresh) fail(now, took time.Duration) {
	if at, ok := r.sent(now, took); ok {
		r.Sent = at
	}
	r.Attempt++
	r.State, r.Wait = Waiting, time.Duration(r.Attempt)*retryWait
	if r.Attempt >= maxAttempts {
		r.State, r.Wait = GivenUp, 0
	}
}

// answer ends the refresh, or leaves it due for what is unmet.
func (r *Refresh) answer(sent time.Duration, unmet []Trigger) {
	*r = Refresh{Sent: sent, Triggers: append(r.Triggers[:0], unmet...)}
	if len(unmet) > 0 {
		r.State, r.Since = Due, unmet[0].At
	}
}
