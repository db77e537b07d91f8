package versions

import (
	"iter"
	"time"
)

// Absent yields, in order, the ranges of versions that no delta brought, of all from the lowest to
// the highest that deltas, plans or polls tell of: those of Before, Missing and After. Left out is
// what came before the first plan, and holds no hole that a message left before it: who has the
// plan has that, too.
func (a *Account) Absent() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		if r, ok := a.below(); ok {
			for part := range a.link.split(r) {
				if !a.opening.without(part, yield) {
					return
				}
			}
		}
		for hole := range a.missing.all() {
			for r := range a.link.split(hole) {
				if !a.opening.without(r, yield) {
					return
				}
			}
		}
		for r := range a.After() {
			if !a.opening.without(r, yield) {
				return
			}
		}
	}
}

// below is what lies between the first answer and the first version seen, where the answer came
// behind that: it was asked for before.
func (a *Account) below() (r Range, ok bool) {
	r = Range{From: max(a.opening.base, a.floor) + 1, To: a.first - 1, Coalescible: a.firstAbsorbs}
	return r, a.opening.overtaken && r.From <= r.To
}

// opening is how the stream begins. What the first plan made up for are the versions above seen, up
// to planned.
type opening struct {
	answered  bool
	overtaken bool  // the first answer came behind a message
	base      int64 // the first answer

	read          bool
	seen, planned int64
}

// answer takes the version of an answer; last is the highest version seen in messages.
func (o *opening) answer(version, last int64) {
	if !o.answered {
		o.answered, o.overtaken, o.base = true, last != 0, version
	}
}

// plan takes the version of a plan; last is the highest version seen in messages.
func (o *opening) plan(version, last int64) {
	if !o.read {
		*o = opening{read: true, seen: last, planned: version}
	}
}

// without yields the parts of a range that the first plan did not make up for.
func (o *opening) without(r Range, yield func(Range) bool) bool {
	if r.To <= o.seen || r.From > o.planned || o.planned <= o.seen {
		return yield(r)
	}
	if r.From <= o.seen && !yield(r.part(r.From, o.seen, r.Period)) {
		return false
	}
	if r.To <= o.planned {
		return true
	}
	return yield(r.part(max(r.From, o.planned+1), r.To, r.Period))
}

// Absence counts the versions of Account.Absent, and those of them that are coalescible, that were
// (or perhaps were) emitted offline, and that lie above all that deltas brought.
type Absence struct{ Versions, Coalescible, Offline, Ahead int64 }

func (n *Absence) count(r Range, last int64) {
	n.Versions += r.Len()
	if r.Coalescible {
		n.Coalescible += r.Len()
	}
	if r.Period != Connected {
		n.Offline += r.Len()
	}
	if r.From > last {
		n.Ahead += r.Len()
	}
}

// Add adds another account's numbers.
func (n *Absence) Add(m Absence) {
	n.Versions += m.Versions
	n.Coalescible += m.Coalescible
	n.Offline += m.Offline
	n.Ahead += m.Ahead
}

// Reversal is an answer of REST that told a lower version than had been told before it was asked
// for: the server's versions have begun again, or something on the way answers with what is old.
type Reversal struct {
	From, To int64
	At       time.Duration
}

// Late is a message that brought nothing as high as an answer before it had told. The answer
// overtook it, or the server's versions have begun again.
type Late struct{ Version, Told int64 }

// Late is the first of those messages; zero where there was none.
func (a *Account) Late() Late { return a.link.late }

// mostReversals bounds how many of them an account lists.
const mostReversals = 8

// Reversals lists the first few; Report counts them all.
func (a *Account) Reversals() []Reversal { return a.link.reversals }
