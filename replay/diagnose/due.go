package diagnose

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
)

// codeOf names the cause of a delta that could not be applied.
var codeOf = map[plancache.Reason]Code{
	plancache.UnknownEntity: UnknownEntity, plancache.PayloadMissing: PayloadMissing, plancache.Malformed: Malformed,
}

// inapplicable: a delta of the item could not be applied, and no plan was read after it.
func (q *question) inapplicable() (Cause, bool) {
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		code := codeOf[d.reason]
		own := d.item == q.d.Item
		if code == "" || !own && d.item != (contract.Item{}) || q.superseded(d) || own && q.everApplied(d.version) || !q.within(d.version) || q.t.readAfter(d) {
			continue
		}
		cause := Cause{
			Code: code, Certainty: Likely, Records: []int64{d.n}, Versions: versionsOf(d.version), ofItem: own,
			Summary: fmt.Sprintf("the delta%s at %s could not be applied, and no refresh made up for it", versionText(d.version), q.at(d.moment)),
		}
		if failures := q.t.failuresAfter(d.moment); len(failures) > 0 {
			cause.Code, cause.Summary = RefreshFailed, q.failure(d, failures)
			cause.Records = append(cause.Records, numbersOf(failures)...)
		}
		if own && !(code == UnknownEntity && q.anyAbsent()) && (q.carries(d) || q.c.Fenced && !q.absentAbove(d.version) && !q.planDeltaAfter(d.moment)) {
			cause.Certainty = Certain
		}
		return cause, true
	}
	return Cause{}, false
}

// superseded tells whether the base is a delta that stands above what could not be applied: for a mobile client one that came
// later, under the contract one of a later version.
func (q *question) superseded(d *due) bool {
	if !q.base.known || q.base.plan || q.base.n < d.n {
		return false
	}
	return q.base.version >= d.version || q.t.fold.Cache.Policy() == plancache.Mobile
}

// everApplied tells whether a delta of the item of that version, or of a later one, was applied: of a deletion that comes twice
// the second finds nothing to delete.
func (q *question) everApplied(version int64) bool {
	for i := range q.facts {
		if f := &q.facts[i]; version > 0 && f.version >= version && applied(f.outcome.Result) {
			return true
		}
	}
	return false
}

// carries tells whether the delta that called for a refresh is the one that carried what the server holds.
func (q *question) carries(d *due) bool {
	f := q.carrier()
	return f != nil && f.n == d.n && f.version == d.version
}

// mostOfABulk is how many changes lost otherwise make it likelier that the item's is one of them than that a delta which
// names no item was about it.
const mostOfABulk = 2

// unrefreshed: a refresh was due for another cause, and did not happen, or failed.
func (q *question) unrefreshed() (Cause, bool) {
	a := q.absent()
	_, weight := a.heaviest()
	for i := len(q.t.dues) - 1; i >= 0; i-- {
		d := &q.t.dues[i]
		other := codeOf[d.reason] != "" && d.reason != plancache.Malformed
		if other || q.base.known && !q.base.plan && d.n <= q.base.n || !q.touches(d) || !q.within(d.version) || q.t.readAfter(d) {
			continue
		}
		if weight > mostOfABulk && !q.named(d) {
			continue
		}
		cause := Cause{
			Code: RefreshMissed, Certainty: Likely, Records: []int64{d.n}, Versions: versionsOf(d.version),
			Summary: fmt.Sprintf("a refresh was due at %s (%s%s), and did not happen", q.at(d.moment), d.reason, versionText(d.version)),
		}
		if failures := q.t.failuresAfter(d.moment); len(failures) > 0 {
			cause.Code, cause.Summary = RefreshFailed, q.failure(d, failures)
			cause.Records = append(cause.Records, numbersOf(failures)...)
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
		return d.item == (contract.Item{}) || d.item == q.d.Item || d.item.Type == contract.TypePlan
	}
	people := d.section == contract.SectionCollaborators
	return people == (q.d.Item.Type == diff.TypeCollaborator)
}

// named tells whether what called for a refresh says that it was about items like this one.
func (q *question) named(d *due) bool {
	return d.section == contract.SectionCollaborators && q.d.Item.Type == diff.TypeCollaborator
}

// failure tells of a refresh that was due, and failed.
func (q *question) failure(d *due, failures []moment) string {
	times := ""
	if n := len(failures); n > 1 {
		times = fmt.Sprintf(" %d times, last", n)
	}
	return fmt.Sprintf("a refresh was due at %s (%s%s), and failed%s at %s",
		q.at(d.moment), d.reason, versionText(d.version), times, q.at(failures[len(failures)-1]))
}

// tookUnit is how exactly a session tells how long an answer took, and so when it was asked for: a client that asks as soon as a
// refresh is due seems to have asked a moment before.
const tookUnit = time.Millisecond

// readAfter tells whether a plan was requested after a refresh was due, and read: one that knows what was due.
func (t *Timeline) readAfter(d *due) bool {
	for i := len(t.answers) - 1; i >= 0; i-- {
		a := &t.answers[i]
		if a.n < d.n {
			break
		}
		if a.sent+tookUnit > d.at && (a.version == 0 || a.version >= d.version) {
			return true
		}
	}
	return false
}

// failuresAfter are the requests for the plan that failed after a moment.
func (t *Timeline) failuresAfter(m moment) []moment {
	for i := range t.failures {
		if t.failures[i].n > m.n {
			return t.failures[i:]
		}
	}
	return nil
}

func numbersOf(moments []moment) []int64 {
	var ns []int64
	for _, m := range moments {
		ns = append(ns, m.n)
	}
	return ns
}

// mismatched: nothing is absent, and the item's latest delta carried other content than the server's plan.
func (q *question) mismatched() (Cause, bool) {
	if q.anyAbsent() || q.t.account.Last() < q.server || len(q.facts) == 0 {
		return Cause{}, false
	}
	f := &q.facts[len(q.facts)-1]
	if q.base.plan || f.n != q.base.n || q.planDeltaAfter(f.moment) || q.newerThan(f) != nil {
		return Cause{}, false
	}
	cause := Cause{
		Code: PayloadMismatch, Certainty: Certain, Records: []int64{f.n}, Versions: versionsOf(f.version), ofItem: true,
		Summary: fmt.Sprintf("v%d, which arrived at %s and was applied, carried other content than the server holds", f.version, q.at(f.moment)),
	}
	if !q.c.Fenced {
		cause.Certainty = Likely // the plan may hold items that are newer than its version
	}
	return cause, true
}

// planDeltaAfter tells whether a delta that names no item, and may have been about this one, came after a moment.
func (q *question) planDeltaAfter(m moment) bool {
	for i := range q.t.dues {
		if d := &q.t.dues[i]; d.n >= m.n && d.reason == plancache.PlanDelta && q.touches(d) {
			return true
		}
	}
	return false
}

// within tells whether a version can have made the difference: it is not above the server's plan, nor was what it brought there already
// when client and server agreed.
func (q *question) within(version int64) bool {
	return version == 0 || !q.t.settled(version) && (q.server == 0 || version <= q.server)
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
