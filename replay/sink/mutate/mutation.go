package mutate

import (
	"github.com/carebase/deltatap/replay/sink"
)

// Role is as whom a mutation is made.
type Role uint8

// The roles.
const (
	Owner Role = iota
	Contributor
)

// Mutation is one request that changes the plan.
type Mutation struct {
	N      int64  // the record whose delta it expresses
	Delta  int    // index in the record's message
	What   string // "bill:42 updated"
	As     Role
	Method string
	Path   string // "/api/bills/42", with the target's id
	Body   []byte // JSON; nil for none

	shown string                           // stands for a Body that holds a secret, or is not known yet
	late  func() []byte                    // makes Body when the turn has come; nil: nothing to make it of
	done  func(answer []byte) []sink.Unfit // notes that the target has it, and tells what it did not take
}

// Shown is the body as it may be shown: without secrets. nil for none.
func (m Mutation) Shown() []byte {
	if m.shown != "" {
		return []byte(m.shown)
	}
	return m.Body
}

// String is the mutation as one line, without secrets of the plan: `PATCH /api/bills/7
// {"amount":12.50}`.
func (m Mutation) String() string {
	text := m.Method + " " + m.Path
	if body := m.Shown(); body != nil {
		text += " " + string(body)
	}
	if m.As == Contributor {
		text += " (as the contributor)"
	}
	return text
}

// Plan is what becomes of records.
type Plan struct {
	Mutations []Mutation
	Unfit     []Unfit
}

// Unfit is a part of a record that REST has no way to express.
type Unfit struct {
	N int64 // the record
	sink.Unfit
}

// The reasons why something is unfit. They hold nothing of the record, so that equal ones add up.
const (
	reasonEvent       = "REST carries changes of a plan, not events"
	reasonMessage     = "the message holds no list of deltas"
	reasonMalformed   = "the delta lacks its item, or its action"
	reasonUser        = "it is of another user, whose token is not at hand"
	reasonType        = "no route changes an item of that type"
	reasonAction      = "no route does that"
	reasonGoogle      = "no route makes a change of the calendar's"
	reasonInbound     = "no route makes a change by e-mail"
	reasonSource      = "no route makes a change of that source"
	reasonContributor = "only a contributor makes it, whose token is not at hand"
	reasonStatus      = "an owner pays a bill, and sets no other status"
	reasonKeeps       = "PATCH keeps the old value where none is given"
	reasonZero        = "PATCH makes 0 of no amount"
	reasonNegative    = "PATCH takes no negative amount"
	reasonNoDate      = "PATCH takes no due date away"
	reasonPage        = "PATCH takes no page but one behind https"
	reasonMayNot      = "a contributor may not change that"
	reasonCreated     = "no route makes an item"
	reasonReviewed    = "it comes from the approval of a review, and which of the target's that is is not known"
	reasonPayload     = "the delta does not carry what changed"
	reasonBulk        = "the delta says that the plan changed, not what"
	reasonReviews     = "the delta says that pending reviews changed, not what"
	reasonSection     = "the delta says that a section changed, not what"
	reasonNoPlan      = "the delta says that collaborators changed, and no plan follows that tells how"
	reasonNoChange    = "the delta says that collaborators changed, and the plan that follows shows no change"
	reasonPerson      = "no route changes or removes a collaborator"
	reasonNoToken     = "the target has no invitation to accept"
	reasonField       = "PATCH does not take that field"
	reasonAssigned    = "the collaborator is not on the target"
	reasonSame        = "nothing that PATCH takes has changed"
	reasonKept        = "the target answered with another value"
	reasonUnknown     = "the session never showed the item"
	reasonGone        = "the item was deleted before"
	reasonMissing     = "the item is not in the target's plan of the next 30 days"
	reasonOther       = "the target's item of that id is another one"
	reasonAmbiguous   = "several items could be it"
	reasonNoID        = "the target did not say which id the item got"
)
