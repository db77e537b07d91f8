package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
)

// edited: the cache is a file, and no record explains what it holds.
func (q *question) edited() (Cause, bool) {
	if q.c.SessionIsCache {
		return Cause{}, false
	}
	cache := q.t.fold.Cache
	if q.t.closed && !cache.Loaded() {
		return unknown(fmt.Sprintf("the cache was saved at v%d, before its session begins", q.c.Cached.Version)), true
	}
	folded, _ := cache.Item(q.d.Item)
	if q.d.Item.Type == diff.TypeCollaborator || alike(folded, q.d.Cached) {
		return Cause{}, false
	}
	switch {
	case q.t.filtered:
		return unknown("the session is filtered: it does not tell what its client held"), true
	case q.c.Cached.HasVersion && q.c.Cached.Version > cache.Version():
		return unknown(fmt.Sprintf("the cache, at v%d, is newer than its session, which ends at v%d", q.c.Cached.Version, cache.Version())), true
	}
	return q.unexplained(), true
}

// unexplained names what a cache file holds that is not what its client ended with.
func (q *question) unexplained() Cause {
	states := q.states()
	now := len(states) - 1 // index of the state when the cache's version was reached
	for now > 0 && states[now].n > q.t.reached.n {
		now--
	}
	for i := len(states) - 1; i >= 0; i-- {
		if !states[i].known || !alike(states[i].raw, q.d.Cached) {
			continue
		}
		if i >= now || !q.c.Cached.HasVersion {
			return unknown(fmt.Sprintf("the cache holds what its client held since %s, and not what followed", q.at(states[i].moment)), q.records()...)
		}
		return Cause{
			Code: CacheEdited, Certainty: Likely, Records: []int64{states[i].n, states[i+1].n}, ofItem: true,
			Summary: fmt.Sprintf("the cache is of v%d, and holds what its client gave up at %s", q.c.Cached.Version, q.at(states[i+1].moment)),
		}
	}
	f, all := q.passedOver()
	if f != nil {
		return unknown(fmt.Sprintf("the cache holds what the delta%s at %s carried, which a %s client does not apply",
			versionText(f.version), q.at(f.moment), q.t.fold.Cache.Policy()), f.n)
	}
	cause := Cause{
		Code: CacheEdited, Certainty: Certain, Records: q.records(), ofItem: true,
		Summary: "no record of the session ever carried what the cache holds",
	}
	if !all || q.t.agreed != nil || !q.t.fold.Cache.Loaded() || slices.ContainsFunc(states, func(s state) bool { return !s.known }) {
		cause.Certainty = Likely
	}
	return cause
}

// passedOver finds the latest delta that carried what the cache holds, and that its client, by the rules that it is taken to
// follow, did not apply; all is false where the content of some was let go.
func (q *question) passedOver() (found *fact, all bool) {
	all = true
	for i := range q.facts {
		f := &q.facts[i]
		switch gone := f.action == contract.ActionDeleted; {
		case applied(f.outcome.Result):
		case gone && q.d.Cached == nil, !gone && f.payload != nil && alike(f.payload, q.d.Cached):
			found = f
		case !gone && f.payload == nil && i < len(q.facts)-mostPayloads:
			all = false
		}
	}
	return found, all
}

// state is what the client held of an item from a moment on.
type state struct {
	moment
	raw   []byte // nil where the item was not there
	known bool   // false where the evidence was let go
}

// states are those of the item, in their order.
func (q *question) states() []state {
	var states []state
	for i := range q.facts {
		if f := &q.facts[i]; applied(f.outcome.Result) {
			states = append(states, state{f.moment, f.payload, f.payload != nil || f.action == contract.ActionDeleted})
		}
	}
	if a := q.t.agreed; a != nil {
		states = append(states, state{a.moment, itemOf(a.plan, q.d.Item), !a.apart[q.d.Item]})
	}
	for i := range q.t.answers {
		a := &q.t.answers[i]
		raw, ok := a.item(q.d.Item)
		states = append(states, state{a.moment, raw, ok})
	}
	slices.SortStableFunc(states, func(a, b state) int { return cmp.Compare(a.n, b.n) })
	return states
}

// ahead: what the cache holds is newer than the server's plan, which cannot be held against it.
func (q *question) ahead() (Cause, bool) {
	if !q.base.known || !q.c.Server.HasVersion || q.base.version <= q.server {
		return Cause{}, false
	}
	return unknown(fmt.Sprintf("the server's plan is of v%d, and older than v%d, which this client had at %s",
		q.server, q.base.version, q.at(q.base.moment)), q.base.n), true
}
