package campaign

import (
	"slices"
	"time"
)

// codes tells which codes of a suspect are true of an item, and which is the one; empty where that
// cannot be said. Without is the world without the suspect.
func (j *judge) codes(id string, p *suspect, without *outcome) (codes []Code, main Code) {
	if p.step < 0 {
		return j.conditionCodes(id, p.cond, without)
	}
	step := &j.Steps[p.step]
	if e := j.missing(id, without); e != nil && step.Kind.hides() {
		return j.absent(step.Kind, e)
	}
	codes = j.kindCodes(id, step)
	if len(codes) > 0 {
		main = codes[0]
	}
	return codes, main
}

// missing is the latest delta about an item that did not arrive, and would have without something.
func (j *judge) missing(id string, without *outcome) (found *emission) {
	came := map[int]bool{}
	for _, e := range without.run.sent {
		if e.arrived > 0 && slices.Contains(e.affects, id) {
			came[e.tick] = true
		}
	}
	for _, e := range j.base.run.sent {
		if e.arrived == 0 && slices.Contains(e.affects, id) && came[e.tick] && (found == nil || e.at > found.at) {
			found = e
		}
	}
	return found
}

// kindCodes tells the codes of trouble that kept no delta away. The first is the one.
func (j *judge) kindCodes(id string, step *Step) []Code {
	switch step.Kind {
	case Strip, Alter, Mangle:
		return j.bentCodes(id, step)
	case Late, Double:
		if j.overwrote(id, step) {
			return []Code{StaleOverwrite}
		}
		return j.uselessCodes(id)
	case Change:
		return j.oppositeCodes(id)
	case Ignore:
		return []Code{RefreshMissed}
	case Fail:
		return []Code{RefreshFailed}
	case Slow, Torn:
		return j.answerCodes(id, step)
	case Behind:
		return []Code{AnswerBehind}
	case Restart:
		return []Code{Restarted}
	case Edit:
		return []Code{CacheEdited}
	case Unversed:
		return []Code{UnversionedChange}
	}
	return nil
}

// answerCodes tells the codes of an answer that was slow or torn, where something about the item
// came while it was under way, or where it calls itself newer than its rows.
func (j *judge) answerCodes(id string, step *Step) []Code {
	raced, torn := false, false
	for _, e := range j.base.run.entries {
		if e.answer == nil || e.sent < step.At || e.sent >= step.At+step.For {
			continue
		}
		torn = true
		raced = raced || slices.ContainsFunc(j.base.run.sent, func(o *emission) bool {
			return o.arrived > e.sent && o.arrived < e.rec.T && slices.Contains(o.affects, id)
		})
	}
	switch {
	case step.Kind == Torn && torn:
		return []Code{AnswerBehind, RefreshRaced}
	case step.Kind == Slow && raced && j.Mobile: // by the contract the delta stays
		return []Code{RefreshRaced}
	}
	return nil
}

// bentCodes tells the codes of a delta that arrived otherwise than it was sent, where it is the
// item's.
func (j *judge) bentCodes(id string, step *Step) []Code {
	of := slices.ContainsFunc(j.base.run.sent, func(e *emission) bool {
		return e.tick == step.Tick && slices.Contains(e.affects, id) && (step.Kind == Mangle || e.id == id)
	})
	if !of {
		return nil
	}
	switch step.Kind {
	case Strip:
		return []Code{PayloadMissing}
	case Alter:
		return []Code{PayloadMismatch}
	}
	return []Code{Malformed}
}

// overwrote tells whether the item's delta in the message of a step came behind something newer,
// which the app then loses.
func (j *judge) overwrote(id string, step *Step) bool {
	var old *emission
	for _, e := range j.base.run.sent {
		if e.tick == step.Tick && e.id == id && e.arrived > 0 {
			old = e
		}
	}
	if old == nil || !j.Mobile {
		return false
	}
	newer := func(e *emission) bool {
		return e.id == id && e.real > old.real && e.arrived > 0 && e.arrived < old.arrived
	}
	answered := func(e entry) bool { return e.answer != nil && e.answer.Version >= old.real && e.rec.T < old.arrived }
	return slices.ContainsFunc(j.base.run.sent, newer) || slices.ContainsFunc(j.base.run.entries, answered)
}

// oppositeCodes tells the code of two changes whose versions came in another order than their rows:
// the delta of the higher one carries what the lower one had overwritten.
func (j *judge) oppositeCodes(id string) []Code {
	e, r := lastOf(j.base.run, id), j.base.run.rows[id]
	if e == nil || r == nil || e.id != id || e.it.alike(r.it) {
		return nil
	}
	return []Code{PayloadMismatch}
}

func (j *judge) uselessCodes(id string) (codes []Code) {
	for _, p := range j.base.run.useless {
		if p.id == id && p.why == string(UnknownEntity) {
			return []Code{UnknownEntity}
		}
	}
	return nil
}

// conditionCodes tells the codes of how the world was looked at.
func (j *judge) conditionCodes(id string, c condition, without *outcome) ([]Code, Code) {
	switch c {
	case ended:
		return j.endCodes(id, without)
	case passed:
		if e := lastOf(j.base.run, id); e != nil && e.real > j.base.run.server.Version {
			return []Code{AfterTheEnd, HalfWritten}, "" // the plan shows it, and does not say so
		}
		return []Code{AfterTheEnd}, AfterTheEnd
	case filed:
		return j.fileCodes(id)
	case tornRead:
		if j.Tear > 0 {
			return []Code{AnswerBehind}, AnswerBehind
		}
		return []Code{HalfWritten}, HalfWritten
	case halfRead:
		return []Code{HalfWritten}, HalfWritten
	case dayPassed:
		_, has := j.base.cached.find(id)
		if _, is := j.base.run.server.find(id); has != is {
			return []Code{RangeMoved}, RangeMoved
		}
	}
	return nil, ""
}

// endCodes tells what is true where a delta was under way when the session ended: that the change
// is above all that it can know.
func (j *judge) endCodes(id string, without *outcome) ([]Code, Code) {
	e := j.missing(id, without)
	switch {
	case e == nil || e.real <= j.heard():
		return nil, ""
	case j.End-e.at > time.Second: // it is late
		codes, _ := j.absent(Late, e)
		return codes, ""
	}
	return []Code{AfterTheEnd}, AfterTheEnd
}

// fileCodes tells what is true of a file that is older than what its client shows.
func (j *judge) fileCodes(id string) ([]Code, Code) {
	if j.equalsAnswer() && j.carried(id) {
		return []Code{SavedEarlier, AfterTheEnd}, SavedEarlier
	}
	return []Code{AfterTheEnd, SavedEarlier}, ""
}

// carried tells whether the recording has the item as the server has it, behind the answer that the
// file equals.
func (j *judge) carried(id string) bool {
	there, is := j.base.run.server.find(id)
	found := false
	for _, e := range j.base.kept.entries {
		switch {
		case e.answer != nil && e.answer.Version == j.base.cached.Version && slices.Equal(e.answer.Items, j.base.cached.Items):
			found = false
		case e.answer != nil:
			it, has := e.answer.find(id)
			found = has == is && it.alike(there)
		case e.isDelta:
			for _, d := range e.message.deltas {
				if d.id == id {
					found = j.shows(d, there, is)
				}
			}
		}
	}
	return found
}

// shows tells whether a delta leaves its item as the server's plan has it, or does not have it.
func (j *judge) shows(d delta, there Item, is bool) bool {
	if d.action == deleted || d.bare {
		return d.action == deleted && !is
	}
	if !is {
		return !j.base.run.server.shows(d.it)
	}
	return d.it.alike(there)
}
