// Package plancache is the client's cache of a plan as a pure state machine: plan answers and
// plan:item-delta messages in, outcomes out, and at any moment the plan that a client would hold.
//
// It knows the contract and what the shipped mobile app does instead ([Policy]). It must not know
// sockets, requests, session files or clocks: the moments of things are told to it ([Cache.At]),
// and that a refresh is due, or to be tried again, it says ([Cache.Refresh]) and leaves to its user
// to do.
//
// # Outcomes, under the contract
//
// A delta that names no appointment or bill with an integer id, or no action of the contract, whose
// payload is there but no object, or whose payload's own id is another one, is malformed, and so is
// a message whose deltas are no list: a client cannot patch by it, hence a refresh. A payload
// replaces the item whole, and its bytes are kept as they came: payloads on the wire are complete.
//
// # Versions, under the contract
//
// The deltas of one message are taken in version order, equal ones and those without a version in
// the order of the list, those without a version last: what cannot be ordered counts as the latest,
// and is never stale.
//
// An item holds the version of the delta that it was last changed by; a deleted item leaves that
// version behind. A delta below what its item holds is stale. One of the same version is a
// duplicate if the item's content is the delta's, and applied otherwise. (Contents are compared as
// JSON values; a googleSync that is null on one side is not compared, because deltas never carry it
// filled.)
//
// A plan answer says nothing of the version of each item, and its own planVersion is read by
// another query than its items: an item may be older or newer. Three questions follow from that.
//
// What does an item hold after an answer? All that the server had committed before the request was
// made is in the answer. So what was known by then, from deltas, polls and answers, is a lower
// bound: the answer's floor. A delta below it is stale. planVersion is no more than a guess.
// Between the two, a delta that comes after the answer may be one that the answer has or one that
// it lacks, and the item must tell. Where the answer shows it as it was before, or is the first
// one, it holds the floor, and the delta is news. Where the answer shows it changed, it has moved
// on with the server, holds planVersion by that guess, and the delta is stale; unless the delta's
// content is just what the item holds, which tells its true version, or the delta deletes the item,
// which is final. Where it is not known when the request was made, or nothing was known by then, as
// for the first plan, the floor is planVersion. A delta of the version that its item holds is
// applied, unless it changes nothing: an item that had it would not differ from it.
//
// So an old delta that is replayed after a plan is stale, and one that the answer missed is not.
// One case is left open: several mutations of one item in one tick, coalesced, with the plan read
// between them.
//
// What if deltas came while the request was in flight? What they changed stays as they left it, if
// they are above the answer's floor: the answer may have been read before them, and if it was read
// after something newer still, the delta of that comes too. An item above planVersion stays in any
// case: it never goes back. Where both agree, the answer's bytes are taken, which carry what deltas
// leave out.
//
// What if versions begin again, as when a server is restored from a backup? Then an answer to a
// request of a new connection is below what was known when the connection began. That cannot be
// otherwise, and such an answer replaces everything. It needs [Cache.Connected].
//
// # Order, under the contract
//
// [Cache.AppendJSON] writes items in the order of the plan answer, and behind them what deltas added, in the order in
// which they did. An item that is replaced keeps its place; one that is deleted and added again
// goes to the end. Where an answer holds an id twice, the last one stands in the place of the
// first. Elements without an integer id stay where they are, out of reach of any delta.
//
// # The app
//
// The app takes deltas as they come, whatever their versions, and any action but deleted for a
// change. It looks for the item whose id is the delta's entityId, the first one from the front, and
// puts the payload in its place, or in front of the list where there is none. What it puts there it
// finds later by the payload's own id, which may be another one, or text, or none. Two items may
// come to have one id; both stay. A payload need not be an object: what JavaScript takes for true
// is stored. Before the first plan nothing is applied, and each delta calls for a refresh.
//
// A message whose deltas are no list has it ask for the version ([Cache.CheckDue]) and refresh only
// if that is above what it last saw. On a delta that is no object its handler fails: nothing comes
// of it, and the deltas behind it are taken all the same.
//
// An answer replaces everything, what deltas changed while it was under way too. A body that is no plan is one without items
// ([Answer.NoPlan]). It knows two versions, [Cache.Version] and [Cache.Seen], and holds two plans: the screen
// ([Cache.AppendJSON]) and the file ([Cache.File]).
//
// It reads the plan when it begins ([Cache.Start]), on a delta that calls for it, after a version
// that is ahead, and when its user pulls the list ([Cache.Trigger]). A connection is no cause.
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
	// Mobile does what the shipped app does: the last arrival wins, and a plan answer overwrites
	// everything.
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

	// Of the app alone, and not of a delta that could be read.
	Checked Result = "version-check" // nothing changed: the version must be asked for (a message whose deltas are no list)
	Failed  Result = "failed"        // nothing changed, and nothing is due: the app's handler fails on what is no object
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
	Connecting    Reason = "connecting"     // a connection began (contract only)
	Starting      Reason = "starting"       // the client began: its user signed in, or the app was started
	Pulled        Reason = "pulled"         // the user pulled the list
)

// Outcome is what became of a delta, and why where that is a refresh.
type Outcome struct {
	Result Result
	Reason Reason
}

// String returns the result and, in brackets, the reason: "refresh (plan-delta)".
func (o Outcome) String() string {
	if o.Reason == "" {
		return string(o.Result)
	}
	return string(o.Result) + " (" + string(o.Reason) + ")"
}

// Trigger is one cause to refresh.
type Trigger struct {
	Reason  Reason
	Item    contract.Item // of the delta that gave the cause; zero where there is none
	Version int64         // of that delta, or of the poll; 0 where there is none
	At      time.Duration // when, as [Cache.At] tells the time
}
