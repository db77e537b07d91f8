package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// agreement is a moment at which what the client held was found to be the server's plan.
type agreement struct {
	moment
	plan  *plan.Plan             // the server's
	apart map[contract.Item]bool // the items that only one of the two held, as was to be expected
}

// Agreed takes in that what the client holds now, after the latest record, is what the server's plan holds: that plan was read through a
// fence, held still, and differs in nothing but what is expected. Nothing changed what the client holds while it was read, nor its
// connection. What came before explains nothing that comes later, and is let go of. The text that the server's plan was read from must
// stay as it is.
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
	t.account.Poll(t.last, 0, server.Version)
	t.account.Forget(server.Version)
	t.items = a.bearers(t.items)
	t.dues, t.failures, t.contested, t.answers = nil, nil, nil, nil
	t.proofs = []proof{{a.moment, server.Version, updatedIn(server)}}
	t.seen = landmarks(t.seen)
	t.periods = slices.Clone(t.periods[max(0, len(t.periods)-1):])
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

// landmarks are the latest message, behind which a connection is silent, and the one of the highest version, which makes an older one
// late.
func landmarks(seen []sight) []sight {
	if len(seen) == 0 {
		return nil
	}
	last := seen[len(seen)-1]
	highest := slices.MaxFunc(seen, func(a, b sight) int { return cmp.Compare(a.version, b.version) })
	if highest.n == last.n {
		return []sight{last}
	}
	return []sight{highest, last}
}

// rememberClocks keeps what dated versions that came tell of the server's clock.
func (t *Timeline) rememberClocks(server *plan.Plan) {
	dated := map[int64]time.Time{}
	for i := range t.proofs {
		if p := &t.proofs[i]; !p.updated.IsZero() && dated[p.version].IsZero() {
			dated[p.version] = p.updated
		}
	}
	if at := updatedIn(server); !at.IsZero() {
		dated[server.Version] = at
	}
	for i := range t.seen {
		s := &t.seen[i]
		if at := dated[s.version]; !at.IsZero() {
			t.clocks.compare(at.Sub(t.started), s.at)
		}
	}
}

// updatedIn is when the version of a plan began; zero where it does not say.
func updatedIn(p *plan.Plan) time.Time {
	at, _ := rawjson.ReadInstant(p.Member("planUpdatedAt"))
	return at
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
