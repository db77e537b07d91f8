// Package contract holds the wire types of Carebase's realtime contract: the
// plan:item-delta event, its deltas and their payloads, how they are read from
// JSON, and the rules that the contract sets for them.
//
// Decoding never refuses. What is odd in a message is a [Finding]: a rule with
// a stable name, a severity and a sentence. Every rule is listed by [Rules] and
// has a valid and an invalid sample under fixtures/contract.
//
// The package does no I/O, keeps no clock, and knows nothing of sockets,
// sessions, caches or servers: bytes in, values out.
package contract

import (
	"fmt"
	"strconv"
	"strings"
)

// Event is the Socket.IO event that carries plan deltas.
const Event = "plan:item-delta"

// The values of a delta's itemType.
const (
	TypeAppointment = "appointment"
	TypeBill        = "bill"
	TypePlan        = "plan" // no granular delta: refresh
)

// The values of a delta's action.
const (
	ActionCreated = "created"
	ActionUpdated = "updated"
	ActionDeleted = "deleted"
)

// The values of a delta's source.
const (
	SourceREST         = "rest"
	SourceCollaborator = "collaborator"
	SourceGoogle       = "google"
	SourceInbound      = "inbound"
)

// The sections that a plan delta is known to name; others may come.
const (
	SectionCollaborators  = "collaborators"
	SectionPendingReviews = "pending-reviews"
)

// Item names an entity: its type and its primary key. Its text form is "bill:42".
type Item struct {
	Type string
	ID   int64
}

// String returns the text form, "bill:42".
func (i Item) String() string {
	return i.Type + ":" + strconv.FormatInt(i.ID, 10)
}

// ParseItem reads the text form of an item. The type must be one that the
// contract knows, and the ID a decimal number of at least 0 (a plan's is 0).
func ParseItem(s string) (Item, error) {
	typ, id, ok := strings.Cut(s, ":")
	if !ok {
		return Item{}, fmt.Errorf("item %q is not of the form type:id, such as bill:42", s)
	}
	switch typ {
	case TypeAppointment, TypeBill, TypePlan:
	default:
		return Item{}, fmt.Errorf("item %q: type is not appointment, bill or plan", s)
	}
	n, err := strconv.ParseUint(id, 10, 63)
	if err != nil {
		return Item{}, fmt.Errorf("item %q: id is not a whole number", s)
	}
	return Item{Type: typ, ID: int64(n)}, nil
}
