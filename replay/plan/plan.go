// Package plan reads the JSON of /api/plan strictly and in place: a [Plan] is spans of the text that it was read from.
//
// It knows the names of the plan's lists, of its version and of an item's id, and nothing else of what items hold. It must not know deltas,
// caches, or what any of it is for.
package plan

// Plan is one answer of /api/plan. Everything in it aliases the text that was read.
type Plan struct {
	Raw []byte
}

// Parse reads a plan. The error is an *Error, with the offset at which the text stops being one.
func Parse(text []byte) (*Plan, error) { return &Plan{Raw: text}, nil }
