package diagnose

import (
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
)

// edited: the cache is a file, and no record explains what it holds.
func (q *question) edited() (Cause, bool) {
	if q.c.SessionIsCache || q.d.Item.Type == diff.TypeCollaborator {
		return Cause{}, false
	}
	folded, _ := q.t.fold.Cache.Item(q.d.Item)
	if alike(folded, q.d.Cached) {
		return Cause{}, false
	}
	for i := range q.facts {
		if alike(q.facts[i].payload, q.d.Cached) {
			return q.older(&q.facts[i]), true
		}
	}
	for i := range q.t.answers {
		raw, ok := q.t.answers[i].item(q.d.Item)
		if !ok || alike(raw, q.d.Cached) {
			return q.older(nil), true
		}
	}
	cause := Cause{Code: CacheEdited, Certainty: Certain, Records: q.records(), Summary: "no record of the session ever carried what the cache holds"}
	if !q.t.fold.Cache.Loaded() || q.forgotten() {
		cause.Certainty = Likely
	}
	return cause, true
}

// forgotten tells whether evidence about the item was let go: its earliest payloads, or plans.
func (q *question) forgotten() bool {
	return len(q.facts) > mostPayloads || len(q.t.answers) > mostBodies
}

// older: the cache holds what the session carried earlier, and not what followed.
func (q *question) older(f *fact) Cause {
	cause := Cause{Code: Unknown, Certainty: CertaintyUnknown, Records: q.records(), Summary: "the cache holds an earlier state than its session ends with"}
	if f != nil && f.version > 0 {
		cause.Versions = []int64{f.version}
	}
	return cause
}

// newerThan finds what the client had seen of a later version before a delta came: a delta of the item, a refresh that was due, or
// a plan that held the item otherwise; nil where there was nothing.
func (q *question) newerThan(f *fact) *moment {
	if f.version == 0 {
		return nil
	}
	for i := range q.facts {
		if g := &q.facts[i]; g.n < f.n && g.version > f.version {
			return &g.moment
		}
	}
	for i := range q.t.dues {
		if d := &q.t.dues[i]; d.n < f.n && d.version > f.version && q.touches(d) {
			return &d.moment
		}
	}
	for i := range q.t.answers {
		a := &q.t.answers[i]
		if raw, ok := a.item(q.d.Item); a.n < f.n && a.version > f.version && (!ok || !alike(raw, q.d.Cached)) {
			return &a.moment
		}
	}
	return nil
}

// outdated: the base is a delta that is older than what the client had seen before it. What the server holds never came as a
// delta, so the older one need not be all that went wrong.
func (q *question) outdated() (Cause, bool) {
	if q.base.plan || !q.base.known || len(q.facts) == 0 || q.t.fold.Cache.Policy() != plancache.Mobile {
		return Cause{}, false
	}
	for i := range q.facts {
		f := &q.facts[i]
		if f.n != q.base.n {
			continue
		}
		if newer := q.newerThan(f); newer != nil {
			return Cause{
				Code: StaleOverwrite, Certainty: Likely, Records: []int64{newer.n, f.n}, Versions: versionsOf(f.version),
				Summary: fmt.Sprintf("v%d, which arrived at %s, was applied over what was newer", f.version, q.at(f.moment)),
			}, true
		}
	}
	return Cause{}, false
}

// overwritten: what the server holds was there, and an older version took its place.
func (q *question) overwritten() (Cause, bool) {
	f := q.carrier()
	if f == nil || f.version == 0 || !applied(f.outcome.Result) {
		return Cause{}, false
	}
	for i := range q.facts {
		g := &q.facts[i]
		if g.n > f.n && applied(g.outcome.Result) && g.version > 0 && g.version < f.version && g.n == q.base.n {
			cause := Cause{
				Code: StaleOverwrite, Certainty: Certain, Records: []int64{f.n, g.n}, Versions: []int64{g.version, f.version},
				Summary: fmt.Sprintf("v%d, which arrived at %s, was applied over the newer v%d", g.version, q.at(g.moment), f.version),
			}
			if q.t.planBetween(f.moment, g.moment) {
				cause.Certainty = Likely // the plan may have put an older state back before
			}
			return cause, true
		}
	}
	return Cause{}, false
}

// planBetween tells whether a plan was read between two moments.
func (t *Timeline) planBetween(a, b moment) bool {
	for i := range t.answers {
		if n := t.answers[i].n; a.n < n && n < b.n {
			return true
		}
	}
	return false
}

// raced: what the server holds was there, and the answer of a refresh that was under way put an older state back.
func (q *question) raced() (Cause, bool) {
	f := q.carrier()
	if f == nil || !applied(f.outcome.Result) || !q.base.plan || q.base.n < f.n {
		return Cause{}, false
	}
	for i := len(q.t.contested) - 1; i >= 0; i-- {
		c := &q.t.contested[i]
		if c.Item != q.d.Item || c.n < f.n {
			continue
		}
		cause := Cause{
			Code: RefreshRaced, Certainty: Likely, Records: []int64{f.n, c.n}, Versions: versionsOf(f.version),
			Summary: fmt.Sprintf("v%d arrived at %s while a refresh was under way, and its answer at %s overwrote it", f.version, q.at(f.moment), q.at(c.moment)),
		}
		if c.Certain || f.version > c.answer {
			cause.Certainty = Certain
		}
		return cause, true
	}
	return Cause{}, false
}

// codeOf names the cause of a delta that could not be applied.
var codeOf = map[plancache.Reason]Code{
	plancache.UnknownEntity: UnknownEntity, plancache.PayloadMissing: PayloadMissing, plancache.Malformed: Malformed,
}

// inapplicable: a delta of the item could not be applied, and no plan was read after it.
func (q *question) inapplicable() (Cause, bool) {
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		code := codeOf[d.reason]
		ours := d.item == q.d.Item || d.item == contract.Item{}
		if code == "" || !ours || !q.beyond(d) || !q.within(d.version) || q.t.readAfter(d.moment) {
			continue
		}
		if failed := q.t.failedAfter(d.moment); failed != nil {
			return q.failed(d, failed), true
		}
		cause := Cause{
			Code: code, Certainty: Likely, Records: []int64{d.n}, Versions: versionsOf(d.version),
			Summary: fmt.Sprintf("the delta%s at %s could not be applied, and no refresh made up for it", versionText(d.version), q.at(d.moment)),
		}
		if d.item == q.d.Item && !q.anyAbsent() {
			cause.Certainty = Certain
		}
		return cause, true
	}
	return Cause{}, false
}

// beyond tells whether what called for a refresh is newer than the base: it came later, or it overtook the base on the way
// and never was applied.
func (q *question) beyond(d *due) bool {
	return d.n > q.base.n || d.item == q.d.Item && !q.base.plan && d.version > q.base.version && !q.applied(d.version)
}

// applied tells whether a delta of the item of that version or a later one was applied.
func (q *question) applied(version int64) bool {
	for i := range q.facts {
		if f := &q.facts[i]; f.version >= version && applied(f.outcome.Result) {
			return true
		}
	}
	return false
}

// unrefreshed: a refresh was due for another cause, and did not happen, or failed.
func (q *question) unrefreshed() (Cause, bool) {
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		if codeOf[d.reason] != "" && d.reason != plancache.Malformed || d.n <= q.base.n || !q.within(d.version) || q.t.readAfter(d.moment) {
			continue
		}
		if q.certainlyLost() || !q.touches(d) && q.anyAbsent() {
			continue
		}
		if failed := q.t.failedAfter(d.moment); failed != nil {
			return q.failed(d, failed), true
		}
		cause := Cause{
			Code: RefreshMissed, Certainty: Likely, Records: []int64{d.n}, Versions: versionsOf(d.version),
			Summary: fmt.Sprintf("a refresh was due at %s (%s%s), and did not happen", q.at(d.moment), d.reason, versionText(d.version)),
		}
		if !q.anyAbsent() {
			cause.Certainty = Certain
		}
		return cause, true
	}
	return Cause{}, false
}

// touches tells whether what called for a refresh can have been the item's own change. A change of the collaborators
// is none of an appointment or a bill, and the other way round.
func (q *question) touches(d *due) bool {
	if d.section == "" {
		return true
	}
	people := d.section == contract.SectionCollaborators
	return people == (q.d.Item.Type == diff.TypeCollaborator)
}

func (q *question) failed(d *due, failed *moment) Cause {
	cause := Cause{
		Code: RefreshFailed, Certainty: Likely, Records: []int64{d.n, failed.n}, Versions: versionsOf(d.version),
		Summary: fmt.Sprintf("a refresh was due at %s (%s%s), and failed at %s", q.at(d.moment), d.reason, versionText(d.version), q.at(*failed)),
	}
	if !q.anyAbsent() {
		cause.Certainty = Certain
	}
	return cause
}

// readAfter tells whether a plan was requested after a moment, and read.
func (t *Timeline) readAfter(m moment) bool {
	for i := len(t.answers) - 1; i >= 0; i-- {
		a := &t.answers[i]
		if a.n > m.n && a.sent >= m.at {
			return true
		}
		if a.n < m.n {
			break
		}
	}
	return false
}

func (t *Timeline) failedAfter(m moment) *moment {
	for i := range t.failures {
		if t.failures[i].n > m.n {
			return &t.failures[i]
		}
	}
	return nil
}

// mismatched: nothing is absent, and the item's latest delta carried other content than the server's plan.
func (q *question) mismatched() (Cause, bool) {
	if q.anyAbsent() || q.t.account.Report().Proven < q.server || q.t.account.Report().Last < q.server || len(q.facts) == 0 {
		return Cause{}, false
	}
	f := &q.facts[len(q.facts)-1]
	if q.base.plan || f.n != q.base.n || q.planDeltaAfter(f.moment) || q.newerThan(f) != nil {
		return Cause{}, false
	}
	cause := Cause{
		Code: PayloadMismatch, Certainty: Certain, Records: []int64{f.n}, Versions: versionsOf(f.version),
		Summary: fmt.Sprintf("v%d, which arrived at %s and was applied, carried other content than the server holds", f.version, q.at(f.moment)),
	}
	if !q.c.Fenced {
		cause.Certainty = Likely // the plan may hold items that are newer than its version
	}
	return cause, true
}

func (q *question) planDeltaAfter(m moment) bool {
	for i := range q.t.dues {
		if q.t.dues[i].n >= m.n && q.t.dues[i].reason == plancache.PlanDelta {
			return true
		}
	}
	return false
}

// within tells whether a version can have made the difference: it is not above the server's plan.
func (q *question) within(version int64) bool {
	return version == 0 || q.server == 0 || version <= q.server
}

func versionsOf(vs ...int64) []int64 {
	var out []int64
	for _, v := range vs {
		if v > 0 {
			out = append(out, v)
		}
	}
	return out
}

func versionText(v int64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf(" v%d", v)
}

// at tells a moment on the session's clock.
func (q *question) at(m moment) string { return q.clock(m.at) }
