package commands

import (
	"slices"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/fault"
)

// faultTally counts the faults that took effect where something was sent, and knows which of the
// planned ones did not.
type faultTally struct {
	counts map[fault.Kind]int64
	broken map[fault.Break]bool // connections that ended
	missed []fault.Missed       // of the rounds that are over
}

func newFaultTally() faultTally {
	return faultTally{counts: map[fault.Kind]int64{}, broken: map[fault.Break]bool{}}
}

func (t *faultTally) count(e *fault.Entry) {
	t.counts[e.Fault]++
	if e.Fault == fault.Disconnect && e.By > 0 {
		t.broken[fault.Break{Version: e.Version, For: e.By}] = true
	}
}

// round takes what a round that is over has missed; equal ones add up.
func (t *faultTally) round(missed []fault.Missed) {
	for _, m := range missed {
		same := func(of fault.Missed) bool { return of.Fault == m.Fault && of.Reason == m.Reason }
		if i := slices.IndexFunc(t.missed, same); i >= 0 {
			t.missed[i].Count += m.Count
		} else {
			t.missed = append(t.missed, m)
		}
	}
}

// all are the planned faults that did not come to be, when the last round is over, too. A
// connection that ended where nothing was sent did not.
func (t *faultTally) all(spec *fault.Spec, last []fault.Missed) (all []render.ReplayMissed) {
	t.round(last)
	known := map[string]bool{}
	for _, m := range t.missed {
		known[m.Fault] = true
		all = append(all, render.ReplayMissed(m))
	}
	for _, b := range spec.Disconnects {
		if !t.broken[b] && !known[b.String()] {
			all = append(all, render.ReplayMissed{Fault: b.String(), Count: 1, Reason: "its place lies outside of what was sent"})
		}
	}
	for _, part := range spec.Idle(func(kind fault.Kind) bool { return t.counts[kind] > 0 || known[string(kind)] }) {
		all = append(all, render.ReplayMissed{Fault: part, Reason: "it hit nothing"})
	}
	return all
}
