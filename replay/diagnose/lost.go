package diagnose

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// absence is the absent versions of a span, by what can be said of when they were emitted.
type absence struct {
	offline   []versions.Range // without a connection throughout
	perhaps   []versions.Range // without one for a part of the time
	connected []versions.Range // under a connection, and a later version came
	silent    []versions.Range // above every version that came, told by polls and plans
	after     []versions.Range // above everything that the session knows of
}

func (a *absence) empty() bool {
	return len(a.offline)+len(a.perhaps)+len(a.connected)+len(a.silent)+len(a.after) == 0
}

// absent lists the absent versions between the base and the server's plan.
func (q *question) absent() absence {
	var a absence
	from := int64(1)
	if q.base.known {
		from = q.base.version + 1
	}
	for r := range q.t.account.Before() {
		a.sort(r, from, q.server)
	}
	for r := range q.t.account.Missing() {
		a.sort(r, from, q.server)
	}
	top := q.t.account.Report().Last
	for r := range q.t.account.After() {
		top = max(top, r.To)
		if r, ok := cut(r, from, q.server); ok {
			switch r.Period {
			case versions.Offline:
				a.offline = append(a.offline, r)
			case versions.PerhapsOffline:
				a.perhaps = append(a.perhaps, r)
			default:
				a.silent = append(a.silent, r)
			}
		}
	}
	if q.server > top && q.server >= from {
		a.after = append(a.after, versions.Range{From: max(top+1, from), To: q.server})
	}
	return a
}

func (a *absence) sort(r versions.Range, from, to int64) {
	r, ok := cut(r, from, to)
	if !ok {
		return
	}
	switch r.Period {
	case versions.Offline:
		a.offline = append(a.offline, r)
	case versions.PerhapsOffline:
		a.perhaps = append(a.perhaps, r)
	default:
		a.connected = append(a.connected, r)
	}
}

// cut narrows a range to a span.
func cut(r versions.Range, from, to int64) (versions.Range, bool) {
	r.From = max(r.From, from)
	if to > 0 {
		r.To = min(r.To, to)
	}
	return r, r.From <= r.To
}

func (q *question) anyAbsent() bool {
	a := q.absent()
	return !a.empty()
}

// certainlyLost tells whether a version of the span was lost for sure: absent in a connected stretch where nothing could have
// been coalesced.
func (q *question) certainlyLost() bool {
	a := q.absent()
	for _, r := range a.connected {
		if !r.Coalescible {
			return true
		}
	}
	return false
}

// lost finds the cause among the absent versions. Where there are several kinds, which one holds the item's change is not
// known, and nothing is certain.
func (q *question) lost() (Cause, bool) {
	a := q.absent()
	kinds := 0
	for _, ranges := range [][]versions.Range{append(a.offline, a.perhaps...), a.connected, a.silent, a.after} {
		if len(ranges) > 0 {
			kinds++
		}
	}
	var cause Cause
	switch {
	case kinds == 0:
		return Cause{}, false
	case len(a.connected) > 0 && lostForSure(a.connected):
		cause = q.missed(a.connected)
	case len(a.offline)+len(a.perhaps) > 0:
		cause = q.offline(a.offline, a.perhaps)
	case len(a.connected) > 0:
		cause = q.missed(a.connected)
	case len(a.silent) > 0:
		cause = q.silent(a.silent)
	default:
		cause = q.afterwards(a.after)
	}
	if kinds > 1 && cause.Certainty == Certain {
		cause.Certainty = Likely
	}
	return cause, true
}

func lostForSure(ranges []versions.Range) bool {
	for _, r := range ranges {
		if !r.Coalescible {
			return true
		}
	}
	return false
}

// missed: absent from a connected stretch, and a later version came.
func (q *question) missed(ranges []versions.Range) Cause {
	cause := Cause{
		Code: MissedDelta, Certainty: Certain, Versions: list(ranges), Records: q.around(ranges),
		Summary: fmt.Sprintf("%s never arrived although this client was connected%s", names(ranges), q.between(ranges)),
	}
	if !lostForSure(ranges) && !q.c.Fenced || q.otherwise() {
		cause.Certainty = Likely
	}
	return cause
}

// otherwise tells whether a delta of the span that names no item can have been the item's change.
func (q *question) otherwise() bool {
	for i := range q.t.dues {
		d := &q.t.dues[i]
		if d.n > q.base.n && q.within(d.version) && q.touches(d) && (d.item == q.d.Item || d.item.Type != contract.TypeAppointment && d.item.Type != contract.TypeBill) {
			return true
		}
	}
	return false
}

// offline: emitted without a connection.
func (q *question) offline(sure, perhaps []versions.Range) Cause {
	all := append(append([]versions.Range{}, sure...), perhaps...)
	cause := Cause{Code: MissedWhileOffline, Certainty: Certain, Versions: list(all), Records: q.t.gap(q, all)}
	if len(perhaps) > 0 || q.otherwise() {
		cause.Certainty = Likely
	}
	was := "was"
	if count(all) > 1 {
		was = "were"
	}
	cause.Summary = fmt.Sprintf("%s %s emitted while this client was offline", names(all), was)
	if from, to, ok := q.t.offlineAround(q, all); ok {
		cause.Summary += fmt.Sprintf(" %s–%s", q.clock(from), q.clock(to))
	}
	if len(perhaps) > 0 {
		cause.Summary += ", or shortly before or after that"
	}
	return cause
}

// silent: the server moved on under a connection, and nothing came.
func (q *question) silent(ranges []versions.Range) Cause {
	var records []int64
	steps := 0
	last := q.t.account.Report().Last
	for i := range q.t.proofs {
		p := &q.t.proofs[i]
		if p.version >= ranges[0].From && p.n > q.t.lastMessage() {
			records = append(records, p.n)
			if i > 0 && q.t.proofs[i-1].version < p.version && q.t.together(q.t.proofs[i-1].moment, p.moment) {
				steps++
			}
		}
	}
	cause := Cause{
		Code: NeverEmitted, Certainty: Likely, Versions: list(ranges), Records: records,
		Summary: fmt.Sprintf("the server moved on to v%d while this client was connected, and no delta came", ranges[len(ranges)-1].To),
	}
	if last > 0 {
		cause.Summary += fmt.Sprintf(" after v%d", last)
	}
	if steps > 1 {
		cause.Certainty = Certain
	}
	return cause
}

// afterwards: above everything that the session knows of.
func (q *question) afterwards(ranges []versions.Range) Cause {
	cause := Cause{Versions: list(ranges), Certainty: Likely, Records: []int64{q.t.lastN}}
	if !q.t.online() {
		cause.Code = MissedWhileOffline
		cause.Summary = fmt.Sprintf("%s came after the session, which ends offline at %s", names(ranges), q.clock(q.t.last))
		if q.t.quietSince(ranges[0].From - 1) {
			cause.Certainty = Certain
		}
		return cause
	}
	cause.Code = NeverEmitted
	cause.Summary = fmt.Sprintf("the server's plan is at v%d, and no delta came after v%d on a connection that is up", q.server, ranges[0].From-1)
	return cause
}

// online tells whether the session ends with a connection.
func (t *Timeline) online() bool {
	n := len(t.periods)
	return n > 0 && t.periods[n-1].to.n == 0
}

// quietSince tells whether the server still was at a version when it was last asked, at the end of the last connection or
// after it.
func (t *Timeline) quietSince(version int64) bool {
	n := len(t.proofs)
	if n == 0 || len(t.periods) == 0 {
		return false
	}
	end := t.periods[len(t.periods)-1].to
	return t.proofs[n-1].version == version && t.proofs[n-1].n > end.n
}

// together tells whether two moments lie in one connected stretch.
func (t *Timeline) together(a, b moment) bool {
	for _, p := range t.periods {
		if p.from.n < a.n && (p.to.n == 0 || b.n < p.to.n) {
			return true
		}
	}
	return false
}

// offlineAround finds the time without a connection that lies between the last record that knew less than the ranges, and
// the first that knew more.
func (t *Timeline) offlineAround(q *question, ranges []versions.Range) (from, to time.Duration, ok bool) {
	low, high := t.bounds(ranges)
	for i, p := range t.periods {
		if p.to.n == 0 || p.to.n < low.n || high.n > 0 && p.to.n > high.n {
			continue
		}
		to = t.last
		if i+1 < len(t.periods) {
			to = t.periods[i+1].from.at
		}
		return p.to.at, to, true
	}
	return 0, 0, false
}

// gap lists the records that frame the ranges.
func (t *Timeline) gap(_ *question, ranges []versions.Range) []int64 {
	low, high := t.bounds(ranges)
	var ns []int64
	for _, m := range []moment{low, high} {
		if m.n > 0 {
			ns = append(ns, m.n)
		}
	}
	return ns
}

// bounds are the latest record that knew only of versions below the ranges, and the first that knew of one above.
func (t *Timeline) bounds(ranges []versions.Range) (low, high moment) {
	from, to := ranges[0].From, ranges[len(ranges)-1].To
	see := func(m moment, version int64) {
		switch {
		case version == 0:
		case version < from && m.n > low.n && (high.n == 0 || m.n < high.n):
			low = m
		case version > to && (high.n == 0 || m.n < high.n):
			high = m
		}
	}
	for _, p := range t.proofs {
		see(p.moment, p.version)
	}
	for _, s := range t.seen {
		see(s.moment, s.version)
	}
	return low, high
}

func (q *question) around(ranges []versions.Range) []int64 { return q.t.gap(q, ranges) }

// between tells when: between the records that frame the ranges.
func (q *question) between(ranges []versions.Range) string {
	low, high := q.t.bounds(ranges)
	switch {
	case low.n > 0 && high.n > 0 && q.at(low) == q.at(high):
		return ", at " + q.at(low)
	case low.n > 0 && high.n > 0:
		return fmt.Sprintf(", between %s and %s", q.at(low), q.at(high))
	case high.n > 0:
		return fmt.Sprintf(", before %s", q.at(high))
	case low.n > 0:
		return fmt.Sprintf(", after %s", q.at(low))
	}
	return ""
}

func (q *question) clock(at time.Duration) string {
	return q.t.started.Add(at).In(q.c.Location).Format("15:04:05")
}

// mostListed bounds the versions that a cause lists.
const mostListed = 100

func list(ranges []versions.Range) []int64 {
	var out []int64
	for _, r := range ranges {
		for v := range r.Each() {
			if len(out) == mostListed {
				return out
			}
			out = append(out, v)
		}
	}
	return out
}

func count(ranges []versions.Range) (n int64) {
	for _, r := range ranges {
		n += r.Len()
	}
	return n
}

// names tells the versions of ranges: one by its number, several by the first and the last.
func names(ranges []versions.Range) string {
	if count(ranges) == 1 {
		return fmt.Sprintf("v%d", ranges[0].From)
	}
	text := ""
	for i, r := range ranges {
		switch {
		case i == 3:
			return text + " and others"
		case i > 0:
			text += ", "
		}
		text += fmt.Sprintf("v%d", r.From)
		if r.To > r.From {
			text += fmt.Sprintf("–v%d", r.To)
		}
	}
	return text
}
