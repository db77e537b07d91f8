package diagnose

import (
	"sort"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
)

// This file holds what the hypotheses of refreshes share.

// outcome is what became of a refresh that was due.
type outcome uint8

const (
	notAsked outcome = iota // no answer came behind it, and no failure
	failedOf                // requests failed, and none succeeded
	joined                  // an answer came behind it that had been asked for before
	perhaps                 // an answer came behind it, and when it was asked for is not known
	answered                // an answer came that was asked for behind it
)

// outcomeOf tells what became of a refresh, and the record that shows it.
func (q *question) outcomeOf(d *due) (outcome, moment, int) {
	out, at, index := notAsked, moment{}, -1
	first := sort.Search(len(q.t.answers), func(i int) bool { return q.t.answers[i].n > d.n })
	for i := first; i < len(q.t.answers); i++ {
		a := &q.t.answers[i]
		if a.passed {
			continue
		}
		now := joined
		switch {
		case !a.timed:
			now = perhaps
		case a.sent+tookUnit >= d.at:
			now = answered
		}
		if now > out {
			out, at, index = now, a.moment, i
		}
		if now == answered {
			return out, at, index
		}
	}
	if out != notAsked {
		return out, at, index
	}
	if i := len(q.t.failed) - 1; i >= 0 && q.t.failed[i].n > d.n {
		return failedOf, q.t.failed[i].moment, -1
	}
	return notAsked, moment{}, -1
}

// triedFor tells whether a request that failed is known to have been made for a refresh that was
// due.
func (q *question) triedFor(d *due) bool {
	for i := len(q.t.failed) - 1; i >= 0 && q.t.failed[i].n > d.n; i-- {
		if f := &q.t.failed[i]; f.timed && f.sent+tookUnit >= d.at {
			return true
		}
	}
	return false
}

// failingSince tells whether requests were failing when a refresh fell due, so that it joined one
// that was to be tried again.
func (q *question) failingSince(d *due) bool {
	for i := len(q.t.failed) - 1; i >= 0; i-- {
		if f := &q.t.failed[i]; f.n < d.n {
			return d.at-f.at < retryPatience
		}
	}
	return false
}

// retryPatience is how long after a failure the next attempt is made at the latest.
const retryPatience = 3 * time.Second

// helps tells whether a refresh that was due would have brought what the server holds, and how many
// events that takes that nobody saw; ok is false where it would not.
func (q *question) helps(d *due) (unseen int, ok bool) {
	if q.server > 0 && d.version > q.server {
		return 0, false
	}
	if q.carrier != nil {
		return 1, q.base == nil || d.n >= q.base.n || d.item == q.d.Item
	}
	if d.version > 0 && d.version < q.lower || d.version > 0 && d.version == q.lower && d.item != q.d.Item {
		return 0, false
	}
	switch {
	case d.item == q.d.Item:
		return 0, true
	case d.reason == plancache.VersionBehind, d.reason == plancache.Connecting:
		return coincidence, q.absentBelow(d) || q.wrongSince(d)
	case d.reason == plancache.PlanUpdate:
		return 0, true
	case d.item.Type == contract.TypePlan && d.reason == plancache.PlanDelta:
		return q.planHelps(d)
	case d.item == (contract.Item{}):
		return q.unreadableHelps(d) // what could not be read may have been of any item
	}
	if q.absentBelow(d) {
		return 1, true
	}
	return coincidence, q.wrongSince(d)
}

// wrongSince tells whether what the cache holds may have come with the wrong content before a
// refresh was due: that would have put it right.
func (q *question) wrongSince(d *due) bool {
	return q.base != nil && q.base.fact != nil && d.n >= q.base.n && q.examinePayloadMismatch().Standing == Stands
}

// unreadableHelps is helps for a message that could not be read: where a version is absent around
// it, it is plain whose that was.
func (q *question) unreadableHelps(d *due) (unseen int, ok bool) {
	for _, r := range q.abs.in(q.lower+1, q.server, ^where(0)) {
		if r.low.n <= d.n && (r.high.n == 0 || d.n <= r.high.n) {
			return 0, true
		}
	}
	return coincidence + 1, true
}

// planHelps is helps for a delta of the plan as a whole.
func (q *question) planHelps(d *due) (unseen int, ok bool) {
	if q.touchedBy(d.section) {
		return 0, true
	}
	return 1, true // one of another section may have been coalesced into it, or something lost before it
}

// touchedBy tells whether a change of a section can have been the item's own.
func (q *question) touchedBy(section string) bool {
	person := q.d.Item.Type == diff.TypeCollaborator
	switch section {
	case "":
		return true
	case contract.SectionCollaborators:
		return person || q.onlyAssignment()
	case sectionReviews:
		return !person && q.d.Kind != diff.Stale
	}
	return true
}

const sectionReviews = "pending-reviews"

// onlyAssignment tells whether nothing but whom the item is assigned to differs: a collaborator who
// is removed leaves that.
func (q *question) onlyAssignment() bool {
	for i := range q.d.Fields {
		if f := &q.d.Fields[i]; !Harmless(f) && f.Path != "assignedCollaboratorId" {
			return false
		}
	}
	return q.d.Kind == diff.Stale
}

// absentBelow tells whether what the item lacks can have been lost before a refresh was due.
func (q *question) absentBelow(d *due) bool {
	top := d.version
	if top == 0 {
		top = q.server
	}
	low, high := q.abs.span(q.lower+1, top)
	return high > low
}

// underWay is how long before the end of a session a refresh may have fallen due that was merely
// not answered any more.
const underWay = 500 * time.Millisecond

// sinceDue is how long the session went on after a moment.
func (q *question) sinceDue(m moment) time.Duration { return q.t.last.at - m.at }

// dueIndex is what became of each refresh that was due, by its place in the list, and those that
// may be any item's. What is due is often as long a list as what differs: no question may go
// through all of it.
type dueIndex struct {
	outcomes []dueOutcome
	counts   [answered + 1]int
	wide     []int // those that may help any item without an event that nobody saw
	own      map[contract.Item][]int
}

type dueOutcome struct {
	outcome
	at     moment
	answer int
}

func newDueIndex(v *view) dueIndex {
	q := &question{view: v}
	x := dueIndex{outcomes: make([]dueOutcome, len(v.t.dues)), own: map[contract.Item][]int{}}
	for i := range v.t.dues {
		d, o := &v.t.dues[i], &x.outcomes[i]
		o.outcome, o.at, o.answer = q.outcomeOf(d)
		x.counts[o.outcome]++
		if d.reason == plancache.PlanUpdate || d.item.Type == contract.TypePlan || d.item == (contract.Item{}) {
			x.wide = append(x.wide, i)
		}
		x.own[d.item] = append(x.own[d.item], i)
	}
	return x
}

// any tells whether something became of a refresh that is wanted.
func (x *dueIndex) any(want func(outcome) bool) bool {
	for o, n := range x.counts {
		if n > 0 && want(outcome(o)) {
			return true
		}
	}
	return false
}

// openDue finds the refresh of a certain outcome that would have helped, with the fewest events
// that nobody saw; of equals the latest.
func (q *question) openDue(want func(outcome) bool) (d *due, unseen int, at moment) {
	if !q.dues.any(want) {
		return nil, 0, moment{}
	}
	best := -1
	for i := len(q.t.dues) - 1; i >= 0 && (best < 0 || unseen > 1); i-- {
		if n, ok := q.helpsOpen(i, want); ok && (best < 0 || n < unseen) {
			best, unseen = i, n
		}
	}
	if best < 0 {
		return nil, 0, moment{}
	}
	if unseen == 1 && q.carrier == nil { // one that takes none is the item's own, or may be any item's
		at := max(q.latestFree(q.dues.wide, best, want), q.latestFree(q.dues.own[q.d.Item], best, want))
		if at >= 0 {
			best, unseen = at, 0
		}
	}
	return &q.t.dues[best], unseen, q.dues.outcomes[best].at
}

// helpsOpen is helps for a refresh of a certain outcome.
func (q *question) helpsOpen(i int, want func(outcome) bool) (unseen int, ok bool) {
	if d := &q.t.dues[i]; !d.void && want(q.dues.outcomes[i].outcome) {
		return q.helps(d)
	}
	return 0, false
}

// latestFree is the latest of some refreshes before another that takes no event that nobody saw; -1
// where none is.
func (q *question) latestFree(places []int, before int, want func(outcome) bool) int {
	for k := len(places) - 1; k >= 0; k-- {
		if i := places[k]; i < before {
			if n, ok := q.helpsOpen(i, want); ok && n == 0 {
				return i
			}
		}
	}
	return -1
}

// dueText tells of a refresh that was due.
func (q *question) dueText(d *due) string {
	return "a refresh was due at " + q.clock(d.at) + " (" + string(d.reason) + versionText(d.version) + ")"
}
