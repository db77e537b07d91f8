// Package diff says what differs between two plans: values in, values out. Items match by type and id, numbers compare as numbers and
// instants as instants.
//
// It must not know why anything differs, who is right, or how any of it is shown; the only names of Carebase's fields that it knows are
// those of the plan's lists.
package diff

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// Kind is how an item differs.
type Kind string

// The kinds of difference.
const (
	Missing Kind = "missing" // the server has it, the cache does not
	Ghost   Kind = "ghost"   // the cache has it, the server does not
	Stale   Kind = "stale"   // both have it, and fields differ
)

// TypeCollaborator is the item type of a plan's collaborators, which no delta carries.
const TypeCollaborator = "collaborator"

// Field is one member in which two JSON objects differ.
type Field struct {
	// Path leads to the member: "status", "googleSync.etag". A name that is empty or holds a dot, a quote, a bracket or a control character
	// is written as a JSON string in brackets: `["a.b"].c`. The path of the value itself is empty.
	Path string
	// Cached and Server are the raw JSON of both sides; nil where the member is absent, "null" where it is null.
	Cached, Server []byte
	// SameInstant says that both are strings that spell one instant (RFC 3339) in two ways.
	SameInstant bool
}

// Difference is one item that differs.
type Difference struct {
	Item   contract.Item // Type is "appointment", "bill" or "collaborator"; ID is 0 where the item has no integer id
	Kind   Kind
	Fields []Field // of a stale item, in the order of the server's members, those that only the cache has last
	// Cached and Server are the raw JSON of both sides; nil where the item is not there. They alias the plans' texts.
	Cached, Server []byte
}

// Side is what there is to count on one side.
type Side struct {
	Version                            int64 // planVersion
	HasVersion                         bool
	Appointments, Bills, Collaborators int
}

// Result is what differs between two plans.
type Result struct {
	Differences    []Difference // appointments, then bills, then collaborators: in the server's order, ghosts last
	Plan           []Field      // members of the plan itself, planVersion among them; not its lists
	Same           int          // items alike on both sides
	Cached, Server Side
}

// Options narrow what is compared. A pattern is a path such as "googleSync.etag", which stands for everything below it as well; "*" stands for any
// one name. It may begin with an item or a type, or be just that: "bill:42", "bill.amount", "plan.recipient".
type Options struct {
	Ignore []string // what matches is left out
	Only   []string // what matches none of these is left out, unless there are none
}

// Plans compares two plans, each the JSON of /api/plan. Where one is unusable the error is an *Error.
func Plans(cached, server []byte, o Options) (*Result, error) { return &Result{}, nil }

// Parsed compares two plans that have been read before.
func Parsed(cached, server *plan.Plan, o Options) *Result { return &Result{} }

// Fields lists how two JSON values differ. Values that are no objects, or no JSON, differ as a whole, under an empty path. Nil is an absent value.
func Fields(cached, server []byte) []Field { return nil }
