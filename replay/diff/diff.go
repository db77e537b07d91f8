// Package diff says what differs between two plans: values in, values out. Items match by type and
// id, numbers compare as numbers and instants as instants.
//
// It must not know why anything differs, who is right, or how any of it is shown. The only names of
// Carebase's that it knows are those of the plan's lists.
package diff

import (
	"sync"

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

// Difference is one item that differs.
type Difference struct {
	Item   contract.Item // Type is "appointment", "bill" or "collaborator"; ID is 0 where the item has no integer id
	Kind   Kind
	Again  bool    // the other side has the item, too, but less often
	Fields []Field // of a stale item, in the order of the server's members, those that only the cache has last
	// Cached and Server are the raw JSON of both sides; nil where the item is not there. They alias
	// the plans' texts.
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
	Differences       []Difference // appointments, then bills, then collaborators: in the server's order, ghosts last
	Plan              []Field      // members of the plan itself, planVersion among them; not its lists
	Same              int          // appointments and bills that are alike on both sides
	SameCollaborators int
	Cached, Server    Side
}

// Error says which of two plans is unusable, and why.
type Error struct {
	Side string // "cached" or "server"
	Err  error  // a *plan.Error
}

// Error names the side and the reason.
func (e *Error) Error() string { return e.Side + " plan: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Plans compares two plans, each the JSON of /api/plan. Where one of them is unusable the error is
// an *Error, and where a pattern is, a *PatternError.
//
// It takes time linear in the size of the plans, on two processors where there are two, and memory
// for about 25 bytes an item beside the texts. An item whose id occurs twice is matched first with
// first, second with second; an id that is a text is matched with the number that it says; elements
// without either are matched in order.
func Plans(cached, server []byte, o Options) (*Result, error) {
	var c, s *plan.Plan
	var errC, errS error
	var reading sync.WaitGroup
	reading.Go(func() { c, errC = plan.Parse(cached) })
	s, errS = plan.Parse(server)
	reading.Wait()
	if errC != nil {
		return nil, &Error{Side: "cached", Err: errC}
	}
	if errS != nil {
		return nil, &Error{Side: "server", Err: errS}
	}
	return Parsed(c, s, o)
}

// Parsed compares two plans that have been read before. The error is a *PatternError.
func Parsed(cached, server *plan.Plan, o Options) (*Result, error) {
	f, err := newFilter(o)
	if err != nil {
		return nil, err
	}
	r := &Result{Cached: sideOf(cached), Server: sideOf(server)}
	r.Plan = planFields(cached, server, f)
	r.Same = r.list(contract.TypeAppointment, &cached.Appointments, &server.Appointments, f) +
		r.list(contract.TypeBill, &cached.Bills, &server.Bills, f)
	r.SameCollaborators = r.list(TypeCollaborator, &cached.Collaborators, &server.Collaborators, f)
	return r, nil
}

func sideOf(p *plan.Plan) Side {
	return Side{
		Version: p.Version, HasVersion: p.HasVersion,
		Appointments: p.Appointments.Len(), Bills: p.Bills.Len(), Collaborators: p.Collaborators.Len(),
	}
}

// planFields compares the members of the plans that are no lists of items.
func planFields(cached, server *plan.Plan, f *filter) []Field {
	c := comparer{filter: f, item: contract.Item{Type: contract.TypePlan}}
	c.members(0, others(cached), others(server))
	return c.fields
}

func others(p *plan.Plan) []plan.Member {
	var members []plan.Member
	for _, m := range p.Members {
		switch string(m.Name) {
		case "appointments", "bills", "collaborators":
		default:
			members = append(members, m)
		}
	}
	return members
}
