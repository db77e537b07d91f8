package diagnose

import (
	"fmt"

	"github.com/carebase/deltatap/replay/plancache"
)

// newerThan finds what the client had seen of a later version before a delta came: a delta of the item, a refresh that was due, or
// a plan that held the item otherwise; nil where there was nothing.
func (q *question) newerThan(f *fact) *moment {
	if f.version == 0 {
		return nil // nothing tells its age
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
	return q.planOver(f)
}

// planOver finds a plan of a later version that held the item otherwise before a delta came.
func (q *question) planOver(f *fact) *moment {
	if f.version == 0 {
		return nil
	}
	if a := q.t.agreed; a != nil && a.n < f.n && a.plan.Version > f.version && !alike(itemOf(a.plan, q.d.Item), q.d.Cached) {
		return &a.moment
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
	if q.base.plan || !q.base.known {
		return Cause{}, false
	}
	for i := range q.facts {
		f := &q.facts[i]
		if f.n != q.base.n {
			continue
		}
		newer := q.newerThan(f)
		if q.t.fold.Cache.Policy() == plancache.Contract {
			newer = q.planOver(f) // of anything else that is newer it takes no notice
		}
		if newer != nil {
			return Cause{
				Code: StaleOverwrite, Certainty: Likely, Records: []int64{newer.n, f.n}, Versions: versionsOf(f.version), ofItem: true,
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
				Code: StaleOverwrite, Certainty: Certain, Records: []int64{f.n, g.n}, Versions: []int64{g.version, f.version}, ofItem: true,
				Summary: fmt.Sprintf("v%d, which arrived at %s, was applied over the newer v%d", g.version, q.at(g.moment), f.version),
			}
			if q.t.planBetween(f.moment, g.moment) || q.changedSince(f, g.moment) {
				cause.Certainty = Likely // the client may have held something else by then
			}
			return cause, true
		}
	}
	return Cause{}, false
}

// changedSince tells whether a delta of a later version changed the item after another one, and before a moment.
func (q *question) changedSince(f *fact, until moment) bool {
	for i := range q.facts {
		if g := &q.facts[i]; g.n >= f.n && g.n < until.n && g.version > f.version && applied(g.outcome.Result) {
			return true
		}
	}
	return false
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
	if f == nil || !applied(f.outcome.Result) || !q.base.plan || q.base.n < f.n || q.changedSince(f, q.base.moment) {
		return Cause{}, false
	}
	for i := len(q.t.contested) - 1; i >= 0; i-- {
		c := &q.t.contested[i]
		if c.Item != q.d.Item || c.Version != f.version || !q.t.below(f.version, c.n, q.base.n) {
			continue
		}
		cause := Cause{
			Code: RefreshRaced, Certainty: Likely, Records: []int64{f.n, c.n}, Versions: versionsOf(f.version), ofItem: true,
			Summary: fmt.Sprintf("v%d arrived at %s while a refresh was under way, and its answer at %s overwrote it", f.version, q.at(f.moment), q.at(c.moment)),
		}
		if c.Certain || f.version > c.answer {
			cause.Certainty = Certain
		}
		return cause, true
	}
	return q.putBack(f)
}

// below tells whether all plans that were answered behind a record, up to another one, are older than a version: then none of
// them shows that it was not the latest.
func (t *Timeline) below(version, from, to int64) bool {
	for i := range t.answers {
		if a := &t.answers[i]; a.n > from && a.n <= to && (version == 0 || a.version >= version) {
			return false
		}
	}
	return true
}

// putBack: a plan whose request may have been made before a delta came holds what was before it. The answer's version does
// not show that, since plan and version are read one after the other.
func (q *question) putBack(f *fact) (Cause, bool) {
	if q.base.timed && q.base.sent >= f.at || q.t.planBetween(f.moment, q.base.moment) {
		return Cause{}, false
	}
	return Cause{
		Code: RefreshRaced, Certainty: Likely, Records: []int64{f.n, q.base.n}, Versions: versionsOf(f.version), ofItem: true,
		Summary: fmt.Sprintf("v%d arrived at %s, and the plan that was answered at %s put back what was before it", f.version, q.at(f.moment), q.at(q.base.moment)),
	}, true
}
