package campaign

import "slices"

// condition is something about how a world is looked at that may make a difference, too.
type condition uint8

// The conditions.
const (
	ended     condition = 1 << iota // the session ended with something under way
	passed                          // the server went on after the session
	recorded                        // the recording is not whole
	filed                           // the file is older than what its client shows
	tornRead                        // the server's plan was not read in one moment
	halfRead                        // it holds a row whose version had not come
	dayPassed                       // the dates of plans moved
	early                           // the server's plan was saved before the session ended
)

// mask is what a script is played without: some of its steps, and some conditions.
type mask struct {
	steps []int
	conds condition
	all   bool // of the troubles
}

func (m mask) has(i int) bool        { return slices.Contains(m.steps, i) }
func (m mask) is(c condition) bool   { return m.conds&c != 0 }
func (m mask) end() bool             { return m.is(ended) }
func (m mask) file() bool            { return m.is(filed) }
func (m mask) midnight() bool        { return m.is(dayPassed) }
func (m mask) step(i int) mask       { m.steps = append(slices.Clone(m.steps), i); return m }
func (m mask) cond(c condition) mask { m.conds |= c; return m }
func (m mask) and(other mask) mask {
	return mask{steps: slices.Concat(m.steps, other.steps), conds: m.conds | other.conds, all: m.all || other.all}
}
