package plancache

import (
	"sort"
	"time"
)

// history remembers since when which version was known to be the server's, so that it can be asked
// later what was known when a request was made. It is bounded: where it grows too long, every
// second step is forgotten, so that an answer may be a little too low, which errs on the side of
// what deltas said.
type history struct {
	steps []step
}

type step struct {
	at      time.Duration
	version int64
}

const maxSteps = 4096

// note takes what is known now.
func (h *history) note(at time.Duration, version int64) {
	n := len(h.steps)
	if n > 0 && h.steps[n-1].version == version {
		return
	}
	if n == maxSteps {
		n /= 2
		for i := range n {
			h.steps[i] = h.steps[2*i]
		}
		h.steps = h.steps[:n]
	}
	h.steps = append(h.steps, step{at, version})
}

// at returns the version that was known at a moment, or noVersion.
func (h *history) at(moment time.Duration) int64 {
	i := sort.Search(len(h.steps), func(i int) bool { return h.steps[i].at > moment })
	if i == 0 {
		return noVersion
	}
	return h.steps[i-1].version
}
