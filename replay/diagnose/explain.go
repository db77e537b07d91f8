package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
)

// Case is a comparison to explain.
type Case struct {
	Differences    []diff.Difference
	Cached, Server *plan.Plan
	Timeline       *Timeline      // the client's history; nil where there is no session
	SessionIsCache bool           // the cached plan is what the Timeline's own cache holds
	Fenced         bool           // the server's plan was read through a fence, and held still
	Live           bool           // the Timeline's client is still being followed: a connection that it has is up
	Location       *time.Location // of the moments in summaries; nil for the local one
}

// Explain finds the cause of each difference, in their order.
func Explain(c Case) []Cause {
	if c.Location == nil {
		c.Location = time.Local
	}
	causes := make([]Cause, len(c.Differences))
	for i := range c.Differences {
		causes[i] = c.explain(&c.Differences[i])
	}
	doubtCrowds(causes)
	return causes
}

// doubtCrowds lowers what is certain of changes that are more than the absent versions which they are said to be among: a
// version is the change of one item, so that some of them were made without one. What is absent for one item is a part of
// what is absent for another whose base is older.
func doubtCrowds(causes []Cause) {
	crowds := map[Code][]*Cause{}
	for i := range causes {
		if c := &causes[i]; !c.ofItem && c.Certainty == Certain && len(c.Versions) > 0 && len(c.Versions) < mostListed {
			crowds[c.Code] = append(crowds[c.Code], c)
		}
	}
	for _, crowd := range crowds {
		slices.SortFunc(crowd, func(a, b *Cause) int { return len(a.Versions) - len(b.Versions) })
		for n := len(crowd); n > 0; n-- {
			if n > len(crowd[n-1].Versions) {
				for _, c := range crowd[:n] {
					c.Certainty = Likely
				}
				break
			}
		}
	}
}

func (c *Case) explain(d *diff.Difference) Cause {
	if why := c.strangers(); why != "" {
		return unknown(why)
	}
	if cause, ok := c.expected(d); ok {
		return cause
	}
	if c.Timeline == nil {
		return unknown("without the client's session nothing tells why")
	}
	q := newQuestion(c, d)
	for _, answer := range []func() (Cause, bool){
		q.untold, q.edited, q.ahead, q.overwritten, q.raced, q.inapplicable, q.unrefreshed, q.outdated, q.mismatched, q.lost,
	} {
		if cause, ok := answer(); ok {
			return c.doubted(q.tempered(q.numbered(cause)))
		}
	}
	return q.numbered(unknown("the session does not tell why", q.records()...))
}

// numbered has a cause name its records by the numbers that they bear.
func (q *question) numbered(cause Cause) Cause {
	for i, place := range cause.Records {
		cause.Records[i] = q.t.number(place)
	}
	return cause
}

// unknown is no cause, and why there is none.
func unknown(summary string, records ...int64) Cause {
	return Cause{Code: Unknown, Certainty: CertaintyUnknown, Summary: summary, Records: records}
}

// strangers tells why the two plans are not to be compared at all: they are those of two recipients. It is empty where
// they are not, or that is not known.
func (c *Case) strangers() string {
	cached, known := c.Cached.Recipient()
	server, knew := c.Server.Recipient()
	if !known || !knew || cached == server {
		return ""
	}
	return fmt.Sprintf("the cache is the plan of recipient %d, the server's is that of recipient %d", cached, server)
}

// Conclusive tells whether the evidence allows a verdict where something differs: the plans are of one recipient, and where
// the cache is merely what an incomplete session tells, at least one difference has a cause in it.
func (c *Case) Conclusive(causes []Cause) bool {
	if c.strangers() != "" {
		return false
	}
	return !c.partial() || slices.ContainsFunc(causes, func(cause Cause) bool { return !cause.Expected && cause.Code != Unknown })
}

// partial tells whether the cache is what a session tells that does not tell all.
func (c *Case) partial() bool {
	t := c.Timeline
	return t != nil && c.SessionIsCache && (t.filtered || t.goesOn || len(t.damaged) > 0 || !t.fold.Cache.Loaded())
}

// untold: there is no plan in the session, and it does not tell of the item.
func (q *question) untold() (Cause, bool) {
	if !q.c.SessionIsCache || q.t.fold.Cache.Loaded() || len(q.facts) > 0 {
		return Cause{}, false
	}
	return unknown("the session holds no plan, and tells nothing of this item"), true
}

// doubted lowers what is certain where the session does not tell everything.
func (c *Case) doubted(cause Cause) Cause {
	if len(c.Timeline.doubts) > 0 && cause.Certainty == Certain {
		cause.Certainty = Likely
		cause.Summary += " (" + c.Timeline.doubts[0] + ")"
	}
	return cause
}

// tempered lowers what is certain of a later change that is only known to be absent where the base is a delta: that this
// delta carried what the server held is not proved, and a payload that was wrong from the start would look the same. And where the
// server's plan was not read through a fence, it may hold items that are newer than its version. And so is what is certain of a ghost
// that may be left out for its date alone.
func (q *question) tempered(cause Cause) Cause {
	if cause.Code != StaleOverwrite && cause.Certainty == Certain && (q.late() || q.perhapsLeftOut() || q.base.apart) {
		cause.Certainty = Likely
	}
	if cause.ofItem {
		return cause
	}
	if !q.c.Fenced && cause.Certainty == Certain {
		cause.Certainty = Likely
	}
	if q.d.Kind == diff.Stale && q.base.known && !q.base.plan && cause.Certainty == Certain {
		cause.Certainty = Likely
	}
	return cause
}

// late tells whether the base is a delta that came after one of a later version: what should have undone it may have come, or
// been lost, before.
func (q *question) late() bool {
	if !q.base.known || q.base.plan {
		return false
	}
	return slices.ContainsFunc(q.t.seen, func(s sight) bool { return s.n < q.base.n && s.version > q.base.version })
}

// question is one difference and the evidence about it.
type question struct {
	c      *Case
	d      *diff.Difference
	t      *Timeline
	facts  []fact
	server int64 // version of the server's plan
	base   base
}

// base is the last record that explains what the cache holds.
type base struct {
	moment
	version int64
	known   bool
	plan    bool // a plan answer, rather than a delta
	apart   bool // the plan on which client and server agreed, but for this item, which only one of them held
	sent    time.Duration
	timed   bool // sent is known
}

func newQuestion(c *Case, d *diff.Difference) *question {
	q := &question{c: c, d: d, t: c.Timeline, server: c.Server.Version}
	if h := q.t.items[d.Item]; h != nil {
		q.facts = h.facts
	}
	q.findBase()
	q.rest()
	return q
}

// findBase looks for the last delta that was applied, and for a plan that was read after it.
func (q *question) findBase() {
	for i := len(q.facts) - 1; i >= 0; i-- {
		f := &q.facts[i]
		if applied(f.outcome.Result) {
			q.base = base{moment: f.moment, version: f.version, known: true}
			break
		}
	}
	if n := len(q.t.answers); n > 0 {
		a := &q.t.answers[n-1]
		if a.n > q.base.n && !q.kept(a) {
			q.base = base{moment: a.moment, version: a.version, known: true, plan: true, sent: a.sent, timed: a.timed}
		}
	}
}

// kept tells whether the base, a delta, stands against a plan that was read after it: a contract client keeps what is
// newer than the answer.
func (q *question) kept(a *answer) bool {
	if q.base.version <= a.version || q.t.fold.Cache.Policy() == plancache.Mobile {
		return false
	}
	raw, ok := a.item(q.d.Item)
	return ok && !alike(raw, q.d.Cached)
}

func applied(r plancache.Result) bool {
	return r == plancache.Applied || r == plancache.Replaced || r == plancache.Removed
}

// carrier is the latest delta that carried what the server holds; nil where none did. Of one that came twice it is the one that
// was applied.
func (q *question) carrier() *fact {
	for i := len(q.facts) - 1; i >= 0; i-- {
		f := &q.facts[i]
		if f.version > q.server && q.server > 0 || !applied(f.outcome.Result) && q.everApplied(f.version) {
			continue
		}
		if q.d.Server == nil && (f.action == contract.ActionDeleted || q.c.leftOut(q.d.Item.Type, f.payload)) {
			return f
		}
		if f.action != contract.ActionDeleted && q.d.Server != nil && f.payload != nil && alike(f.payload, q.d.Server) {
			return f
		}
	}
	return nil
}

// alike tells whether two items hold the same but for what deltas never carry filled.
func alike(a, b []byte) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	for _, f := range diff.Fields(a, b) {
		if !Harmless(&f) {
			return false
		}
	}
	return true
}

// records are the item's own records, the latest few.
func (q *question) records() []int64 {
	var ns []int64
	for i := max(0, len(q.facts)-4); i < len(q.facts); i++ {
		ns = append(ns, q.facts[i].n)
	}
	return ns
}
