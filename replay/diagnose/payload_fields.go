package diagnose

import "github.com/carebase/deltatap/replay/diff"

// examineSameInstant: all fields that differ spell one instant in two ways. The two plans prove it.
func (q *question) examineSameInstant() Finding {
	if q.own || q.hydrates() {
		return q.ruledOut(SameInstant, say("not all that differs is the spelling of an instant"))
	}
	return q.stands(SameInstant, 0, say("the same instant in two spellings"))
}

// examineUnhydrated: all that differs is a field that deltas carry as null, or the spelling of an
// instant. The two plans prove it.
func (q *question) examineUnhydrated() Finding {
	if q.own || !q.hydrates() {
		return q.ruledOut(Unhydrated, say("not all that differs is what deltas never carry filled"))
	}
	return q.stands(Unhydrated, 0, say("deltas never carry %s filled; the next refresh fills it", googleSync))
}

// hydrates tells whether a field that deltas never carry filled is among those that differ.
func (q *question) hydrates() bool {
	for i := range q.d.Fields {
		if f := &q.d.Fields[i]; Harmless(f) && !f.SameInstant {
			return true
		}
	}
	return q.d.Kind != diff.Stale
}
