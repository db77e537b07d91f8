package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/versions"
)

// lost finds the cause among the absent versions. Each is a change of some item. Where there are several kinds, which one
// holds the item's is not known, and nothing is certain: the kind with the most of them is the likeliest.
func (q *question) lost() (Cause, bool) {
	a := q.absent()
	var cause Cause
	switch kind, _ := a.heaviest(); {
	case kind == nothing:
		return Cause{}, false
	case q.t.filtered:
		return unknown("the session is filtered: what is absent from it may be what the filter left out"), true
	case q.unreadable(&a, kind):
		return unknown("the session holds lines that cannot be read: what is absent from it may be there"), true
	case kind == silently || kind == offline && len(a.offline) == 0 && q.t.mute(a.perhaps):
		cause = q.silent(slices.Concat(a.offline, a.perhaps, a.silent))
	case kind == offline:
		cause = q.offline(a.offline, a.perhaps)
	case kind == connected:
		cause = q.missed(a.connected)
	default:
		return q.afterwards(a.after), true
	}
	if (a.among > 1 || a.byClock) && cause.Certainty == Certain {
		cause.Certainty = Likely
	}
	return cause, true
}

// unreadable tells whether absent versions may be in what cannot be read.
func (q *question) unreadable(a *absence, k kind) bool {
	if len(q.t.damaged) == 0 {
		return false
	}
	ranges := map[kind][]versions.Range{
		offline: slices.Concat(a.offline, a.perhaps), connected: a.connected, silently: a.silent, after: a.after,
	}[k]
	return slices.ContainsFunc(ranges, func(r versions.Range) bool { return q.t.damagedBetween(q.t.bounds([]versions.Range{r})) })
}

// mute tells whether no delta ever came, although there was a connection for so long that some of so many versions would have:
// that they may have been emitted without one does not explain it.
func (t *Timeline) mute(ranges []versions.Range) bool {
	if t.message > 0 {
		return false
	}
	var since, up time.Duration
	if t.agreed != nil {
		since = t.agreed.at
	}
	for _, p := range t.periods {
		end := p.to.at
		if p.to.n == 0 {
			end = t.last
		}
		up += max(0, end-max(since, p.from.at))
	}
	return float64(count(ranges))*up.Seconds() > fewestUnheard*(t.last-since).Seconds()
}

// fewestUnheard is how many versions should have come, by the time that there was a connection, before it means something that
// none did.
const fewestUnheard = 3

// missed: absent from a connected stretch, and a later version came.
func (q *question) missed(ranges []versions.Range) Cause {
	cause := Cause{
		Code: MissedDelta, Certainty: Certain, Versions: list(ranges), Records: q.t.frame(ranges),
		Summary: fmt.Sprintf("%s never arrived although this client was connected%s", names(ranges), q.between(ranges)),
	}
	if !lostForSure(ranges) && !q.c.Fenced || q.otherwise() || !q.t.basedOnline(&q.base) {
		cause.Certainty = Likely
	}
	return cause
}

// basedOnline tells whether the base is known to be no older than a connection: a plan that was asked for before it may lack
// what was emitted to nobody, whatever its version.
func (t *Timeline) basedOnline(b *base) bool {
	if !b.plan {
		return true
	}
	for _, p := range t.periods {
		if p.from.n <= b.n && (!b.timed || p.from.at <= b.sent) {
			return true
		}
	}
	return len(t.periods) == 0
}

// offline: emitted without a connection.
func (q *question) offline(sure, perhaps []versions.Range) Cause {
	all := slices.Concat(sure, perhaps)
	slices.SortFunc(all, func(a, b versions.Range) int { return cmp.Compare(a.From, b.From) })
	cause := Cause{
		Code: MissedWhileOffline, Certainty: Certain, Versions: list(all), Records: q.t.frame(all),
		Summary: fmt.Sprintf("%s %s emitted %s", names(all), were(all), q.whileOffline(all, len(perhaps) == 0)),
	}
	if len(perhaps) > 0 || q.otherwise() {
		cause.Certainty = Likely
	}
	return cause
}

// silent: the server moved on under a connection, and nothing came.
func (q *question) silent(ranges []versions.Range) Cause {
	var records []int64
	steps, mute := 0, true
	for i := range q.t.proofs {
		p := &q.t.proofs[i]
		if p.n < q.t.message {
			continue
		}
		if p.version >= ranges[0].From {
			records = append(records, p.n)
		}
		if i > 0 && q.t.proofs[i-1].version < p.version && q.t.together(q.t.proofs[i-1].moment, p.moment) {
			steps++
			mute = mute && !q.t.heardBefore(p.moment)
		}
	}
	cause := Cause{
		Code: NeverEmitted, Certainty: Likely, Versions: list(ranges), Records: records,
		Summary: fmt.Sprintf("the server moved on to v%d while this client was connected, and no delta came", ranges[len(ranges)-1].To),
	}
	if last := q.t.account.Last(); last > 0 {
		cause.Summary += fmt.Sprintf(" after v%d", last)
	}
	if steps > 1 && mute {
		cause.Certainty = Certain
	}
	return cause
}

// heardBefore tells whether deltas came earlier on the connection of a moment: then one that does not come may as well have
// been lost.
func (t *Timeline) heardBefore(m moment) bool {
	var from int64
	for _, p := range t.periods {
		if p.from.n < m.n {
			from = p.from.n
		}
	}
	return slices.ContainsFunc(t.seen, func(s sight) bool { return s.n > from && s.n < m.n })
}

// together tells whether two moments lie in one connected stretch.
func (t *Timeline) together(a, b moment) bool {
	for _, p := range t.periods {
		if p.from.n <= a.n && (p.to.n == 0 || b.n < p.to.n) {
			return true
		}
	}
	return false
}

// afterwards: above everything that the session knows of.
func (q *question) afterwards(ranges []versions.Range) Cause {
	cause := Cause{Code: MissedWhileOffline, Certainty: Likely, Versions: list(ranges), Records: []int64{q.t.lastN}}
	switch {
	case q.t.goesOn:
		return unknown(fmt.Sprintf("%s may have come in another part of the session: this one ends at %s", names(ranges), q.clock(q.t.last)), q.t.lastN)
	case q.inGap(ranges) && !q.t.closed && !q.t.mute(ranges):
		cause = q.offline(nil, ranges)
	case q.c.Live && q.t.online():
		cause.Code = NeverEmitted
		cause.Summary = fmt.Sprintf("the server's plan is of v%d, and no delta came after v%d on a connection that is up", q.server, ranges[0].From-1)
	case q.t.closed:
		return unknown(fmt.Sprintf("%s came after the cache was saved, at v%d", names(ranges), q.c.Cached.Version), q.t.lastN)
	case len(q.t.periods) == 0, q.t.online() && !q.t.ended, !q.c.SessionIsCache && q.c.Cached.Version > q.t.version:
		return unknown(fmt.Sprintf("%s came%s after the last that the session knows of, at %s", names(ranges), q.emittedAt(ranges), q.clock(q.t.last)), q.t.lastN)
	case q.t.online() || q.t.left:
		return q.afterTheEnd(ranges, cause)
	default:
		end := q.t.periods[len(q.t.periods)-1].to
		cause.Records = []int64{end.n, q.t.lastN}
		cause.Summary = fmt.Sprintf("%s %s emitted%s after the connection was lost at %s; the session ends offline at %s",
			names(ranges), were(ranges), q.emittedAt(ranges), q.at(end), q.clock(q.t.last))
	}
	return cause
}

// afterTheEnd: the client itself ended its session. What the server says was emitted before that should have come.
func (q *question) afterTheEnd(ranges []versions.Range, cause Cause) Cause {
	if at, ok := q.emitted(q.server); ok && at.Sub(q.t.started) < q.t.last {
		cause.Code = NeverEmitted
		cause.Summary = fmt.Sprintf("the server moved on to v%d at %s while this client was connected, and no delta came after v%d",
			q.server, at.In(q.c.Location).Format(clockText), ranges[0].From-1)
		return cause
	}
	cause.Summary = fmt.Sprintf("%s came%s after the last that this client saw; it ended its connection at %s",
		names(ranges), q.emittedAt(ranges), q.clock(q.t.last))
	return cause
}

// inGap tells whether ranges above everything that the session knows of were emitted in a gap of its connection, since the last record
// that knew less: the server does not date them behind it. Where the client then ended its connection itself, they may have come
// after that, and only their date tells.
func (q *question) inGap(ranges []versions.Range) bool {
	low, _ := q.t.bounds(ranges)
	gaps := q.t.gaps(low, moment{})
	if len(gaps) == 0 {
		return false
	}
	at, dated := q.emitted(q.server)
	if !dated {
		return q.t.online()
	}
	return (q.t.online() || q.t.left) && at.Sub(q.t.started) <= gaps[len(gaps)-1].to.at
}

// online tells whether the session ends with a connection.
func (t *Timeline) online() bool {
	n := len(t.periods)
	return n > 0 && t.periods[n-1].to.n == 0
}
