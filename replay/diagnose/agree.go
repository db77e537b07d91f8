package diagnose

import (
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// agreement is a moment at which what the client held was found to be the server's plan.
type agreement struct {
	moment
	plan  *plan.Plan             // the server's
	apart map[contract.Item]bool // the items that only one of the two held, as was to be expected
}

// Agreed takes in that what the client holds now, after the latest record, is what the server's plan of a version holds: that plan was
// read through a fence after that record, held still, and differs in nothing but what is expected. What came before explains nothing
// that comes later, and is let go of. The text that the server's plan was read from must stay as it is.
//
// A plan without a version, or of a lower one than the session has shown, proves nothing, and changes nothing.
func (t *Timeline) Agreed(server *plan.Plan, expected []diff.Difference) {
	if t.closed || !server.HasVersion || server.Version < max(t.account.Proven(), t.version) {
		return
	}
	a := &agreement{moment: moment{t.lastN, t.last}, plan: server, apart: map[contract.Item]bool{}}
	for i := range expected {
		if expected[i].Kind != diff.Stale {
			a.apart[expected[i].Item] = true
		}
	}
	t.rememberClocks(server)
	t.agreed = a
	t.account.Forget(server.Version)
	t.items = a.bearers(t.items)
	t.dues, t.failures, t.contested, t.answers = nil, nil, nil, nil
	t.proofs, t.seen = latestProofs(t.proofs), latestSights(t.seen)
	t.forgetPeriods()
}

// bearers are of each item that both held the delta that brought what they held. Where a later one that is older takes its place, it was
// there.
func (a *agreement) bearers(items map[contract.Item]*history) map[contract.Item]*history {
	kept := map[contract.Item]*history{}
	a.each(func(it contract.Item, raw []byte) {
		h := items[it]
		if h == nil || a.apart[it] {
			return
		}
		for i := len(h.facts) - 1; i >= 0; i-- {
			if f := h.facts[i]; applied(f.outcome.Result) && f.payload != nil && alike(f.payload, raw) {
				kept[it] = &history{[]fact{f}}
				return
			}
		}
	})
	return kept
}

// each yields the appointments and bills of the plan.
func (a *agreement) each(yield func(it contract.Item, raw []byte)) {
	for _, itemType := range []string{contract.TypeAppointment, contract.TypeBill} {
		for _, it := range listOf(a.plan, itemType).All() {
			if it.HasID {
				yield(contract.Item{Type: itemType, ID: it.ID}, it.Raw)
			}
		}
	}
}

// latestProofs are those that frame what is not known yet: the latest, and the latest that has a version.
func latestProofs(proofs []proof) []proof {
	last := len(proofs) - 1
	return kept(proofs, last, lastIndex(proofs, func(p *proof) bool { return p.version > 0 }))
}

// latestSights are those that frame what is not known yet, and the one of the highest version, which makes an older one late.
func latestSights(seen []sight) []sight {
	last, highest := len(seen)-1, 0
	for i := range seen {
		if seen[i].version > seen[highest].version {
			highest = i
		}
	}
	return kept(seen, highest, last, lastIndex(seen, func(s *sight) bool { return s.version > 0 }))
}

// lastIndex is the index of the last element that is so; -1 where none is.
func lastIndex[E any](all []E, so func(*E) bool) int {
	i := len(all) - 1
	for i >= 0 && !so(&all[i]) {
		i--
	}
	return i
}

// kept is a list of nothing but some elements of another one, in their order.
func kept[E any](all []E, indexes ...int) []E {
	var out []E
	for i := range all {
		if slices.Contains(indexes, i) {
			out = append(out, all[i])
		}
	}
	return out
}

// forgetPeriods lets go of the connections that ended before the latest that is known of the server's versions. The last one
// stays in any case: what is heard on it later may go on from what was heard on it before.
func (t *Timeline) forgetPeriods() {
	var since moment
	for m, version := range t.knowledge() {
		if version > 0 && m.n > since.n {
			since = m
		}
	}
	n := 0
	for n+1 < len(t.periods) && t.periods[n+1].from.n < since.n {
		n++
	}
	t.periods = slices.Clone(t.periods[n:])
}

// rememberClocks keeps what dated versions that came tell of the server's clock.
func (t *Timeline) rememberClocks(server *plan.Plan) {
	dated := map[int64]time.Time{}
	for i := range t.proofs {
		if p := &t.proofs[i]; !p.updated.IsZero() && dated[p.version].IsZero() {
			dated[p.version] = p.updated
		}
	}
	if at, ok := plan.Instant(server.Member("planUpdatedAt")); ok {
		dated[server.Version] = at
	}
	for i := range t.seen {
		s := &t.seen[i]
		if at := dated[s.version]; !at.IsZero() {
			t.clocks.compare(at.Sub(t.started), s.at)
		}
	}
}

// clocks is what is known of whether the server's clock agrees with the session's.
type clocks struct{ known, apart bool }

func (c *clocks) compare(server, session time.Duration) {
	c.known = true
	c.apart = c.apart || (server-session).Abs() > clockSlack
}

// rest has the base be the plan on which client and server agreed, unless something that came later changed what the item held then.
func (q *question) rest() {
	a := q.t.agreed
	if a == nil || q.base.n > a.n && !q.unmoved(a) {
		return
	}
	q.base = base{moment: a.moment, version: a.plan.Version, known: true, plan: true, sent: a.at, timed: true, apart: a.apart[q.d.Item]}
}

// unmoved tells whether the cache holds what was agreed on although deltas came since: they came again, and nothing newer was there
// for them to overwrite.
func (q *question) unmoved(a *agreement) bool {
	newer := func(f fact) bool { return f.n > a.n && applied(f.outcome.Result) && !q.t.settled(f.version) }
	return len(q.t.answers) == 0 && !slices.ContainsFunc(q.facts, newer) && !a.apart[q.d.Item] && alike(itemOf(a.plan, q.d.Item), q.d.Cached)
}

// settled tells whether what a version brought was in the plan on which client and server agreed.
func (t *Timeline) settled(version int64) bool {
	return t.agreed != nil && version > 0 && version <= t.agreed.plan.Version
}
