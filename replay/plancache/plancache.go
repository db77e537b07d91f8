// Package plancache is the client's cache of a plan as a pure state machine: plan answers and plan:item-delta messages
// in, outcomes out, and at any moment the plan that a client would hold.
//
// It knows the contract and what the shipped mobile app does instead ([Policy]). It must not know sockets, requests,
// session files or clocks: the moments of things are told to it ([Cache.At]), and that a refresh is due, or to be tried
// again, it says ([Cache.Refresh]) and leaves to its user to do.
package plancache

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/contract"
)

// Policy is whose rules a cache follows. The zero value is [Contract].
type Policy uint8

const (
	// Contract follows the realtime contract: versions order deltas.
	Contract Policy = iota
	// Mobile does what the shipped app does: the last arrival wins.
	Mobile
)

// ParsePolicy reads the name of a policy: "contract" or "mobile".
func ParsePolicy(name string) (Policy, error) {
	switch name {
	case "contract":
		return Contract, nil
	case "mobile":
		return Mobile, nil
	}
	return Contract, fmt.Errorf("client %q is neither contract nor mobile", name)
}

// String returns the policy's name.
func (p Policy) String() string {
	if p == Mobile {
		return "mobile"
	}
	return "contract"
}

// Result is what became of a delta.
type Result string

// The results there are.
const (
	Applied   Result = "applied"   // an item that was not there is there now
	Replaced  Result = "replaced"  // an item that was there holds the delta's payload now
	Removed   Result = "removed"   // an item that was there is gone
	Refreshed Result = "refresh"   // nothing changed: the plan must be fetched, see Reason
	Stale     Result = "stale"     // nothing changed: older than what the item already holds (contract only)
	Duplicate Result = "duplicate" // nothing changed: the item already holds this very version and content
)

// Reason is why a refresh is due. It is empty for other results.
type Reason string

// The reasons that a delta gives, and below them those that come from elsewhere ([Cache.Trigger]).
const (
	PlanDelta      Reason = "plan-delta"      // the delta names no item
	UnknownEntity  Reason = "unknown-entity"  // the item to update or to delete is not in the cache
	PayloadMissing Reason = "payload-missing" // created or updated, without the item
	Malformed      Reason = "malformed"       // no delta that a client could apply, or no list of deltas

	VersionBehind Reason = "version-behind" // a version poll was ahead of the cache
	PlanUpdate    Reason = "plan-update"    // an older server's plan:update event
	Connecting    Reason = "connecting"     // a connection began
)

// Outcome is what became of a delta, and why where that is a refresh.
type Outcome struct {
	Result Result
	Reason Reason
}

// Cache is one client's cache. It is not safe for concurrent use. Make one with [New].
type Cache struct {
	policy Policy
}

// New returns an empty cache.
func New(p Policy) *Cache { return &Cache{policy: p} }

// Policy returns whose rules the cache follows.
func (c *Cache) Policy() Policy { return c.policy }

// At sets the moment of the events that follow, on the clock of the session. Moments that go back are taken as the
// latest. A cache that is never told the time takes each event as later than the one before.
func (c *Cache) At(now time.Duration) {}

// Connected notes that a connection began.
func (c *Cache) Connected() {}

// Load takes a plan answer that came at once, or whose request nothing is known of. See [Cache.Answered].
func (c *Cache) Load(plan []byte) error {
	_, err := c.Answered(plan, 0)
	return err
}

// Loaded reports whether the cache has had a plan.
func (c *Cache) Loaded() bool { return false }

// Answered takes a plan answer: the JSON of /api/plan, and how long it took (0: not known; the request then was made when
// [Cache.Sent] was called, if it was). The error is a *plan.Error where the text is no plan; nothing changed then.
func (c *Cache) Answered(plan []byte, took time.Duration) (Answer, error) { return Answer{}, nil }

// Answer is what a plan answer did to the cache.
type Answer struct {
	Version int64 // its planVersion; 0 where it has none
	// Contested are the items that deltas changed while the request was in flight and that the answer shows otherwise.
	Contested []Contest
	// Unmet are the triggers that arrived while the request was in flight and that the answer does not show to be met. A mobile client
	// takes them as met, a contract client asks again.
	Unmet []Trigger
}

// Contest is an item on which a delta and the answer of a refresh that was in flight when it arrived disagree. A mobile client
// holds the answer's state from then on (the refresh raced), a contract client the delta's.
type Contest struct {
	Item    contract.Item
	Version int64  // of the delta; 0 where it has none
	Delta   []byte // what the delta left; nil where it deleted the item
	Answer  []byte // what the answer holds; nil where it lacks the item
	Certain bool   // the delta's version is above the answer's: the answer is the older one for sure
}

// Trigger is one cause to refresh.
type Trigger struct {
	Reason  Reason
	Item    contract.Item // of the delta that gave the cause; zero where there is none
	Version int64         // of that delta, or of the poll; 0 where there is none
	At      time.Duration // when
}

// Sent notes that the request for a plan left.
func (c *Cache) Sent() {}

// Failed notes that a request for a plan failed.
func (c *Cache) Failed(took time.Duration) {}

// Polled takes the answer of a version poll and reports whether it makes a refresh due.
func (c *Cache) Polled(version int64) bool { return false }

// Trigger makes a refresh due for a cause that no delta gives.
func (c *Cache) Trigger(reason Reason, version int64) {}

// Refresh returns the state of the cache's refresh.
func (c *Cache) Refresh() Refresh { return Refresh{} }

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

// Refresh is the state of a silent refresh.
type Refresh struct {
	State    State
	Attempt  int           // attempts that failed so far
	Wait     time.Duration // Waiting: from the failure to the next attempt
	Triggers []Trigger     // what it is for, oldest first
}

// Apply takes the deltas of one message in the policy's order; yield, which may be nil, is told each delta's index in m (-1: the message
// as a whole is malformed), its outcome, and the item before and after (raw JSON; nil where it was or is not there). Those bytes are
// valid until the next call of a method that changes the cache, and as long as m's text is.
func (c *Cache) Apply(m *contract.Message, yield func(i int, o Outcome, before, after []byte)) {}

// Version returns the highest version seen.
func (c *Cache) Version() int64 { return 0 }

// Item returns an item as the cache holds it. The bytes are valid until the cache changes.
func (c *Cache) Item(it contract.Item) (raw []byte, ok bool) { return nil, false }

// Len returns how many appointments and bills the cache holds.
func (c *Cache) Len() (appointments, bills int) { return 0, 0 }

// AppendJSON appends the plan that the client holds, in the shape of /api/plan.
func (c *Cache) AppendJSON(dst []byte) []byte { return dst }

// Clone returns a copy that shares nothing with c.
func (c *Cache) Clone() *Cache { return &Cache{policy: c.policy} }
