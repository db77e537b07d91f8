package diagnose

import (
	"fmt"
	"iter"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/versions"
)

// clockText is how a moment is told.
const clockText = "15:04:05"

// at tells the moment of a record on the session's clock.
func (q *question) at(m moment) string { return q.clock(m.at) }

func (q *question) clock(at time.Duration) string {
	return q.t.started.Add(at).In(q.c.Location).Format(clockText)
}

// emitted tells when a version began, by the server's clock, where an answer of that very version says so, and that clock
// agrees with the session's: a version begins after what was known before it, and before it is known.
func (q *question) emitted(version int64) (at time.Time, ok bool) {
	if at, ok = q.updatedAt(version); !ok {
		return at, false
	}
	low, high := q.t.bounds([]versions.Range{{From: version, To: version}})
	since := at.Sub(q.t.started)
	return at, since >= low.at-clockSlack && (high.n == 0 || since <= high.at+clockSlack)
}

// updatedAt is the planUpdatedAt of a version.
func (q *question) updatedAt(version int64) (at time.Time, ok bool) {
	if q.c.Server.HasVersion && q.c.Server.Version == version {
		if at, ok = rawjson.ReadInstant(q.c.Server.Member("planUpdatedAt")); ok {
			return at, true
		}
	}
	for i := range q.t.proofs {
		if p := &q.t.proofs[i]; p.version == version && !p.updated.IsZero() {
			return p.updated, true
		}
	}
	return time.Time{}, false
}

// emittedAt is " at" and when a single version was emitted, or nothing where that is not known.
func (q *question) emittedAt(ranges []versions.Range) string {
	if count(ranges) != 1 {
		return ""
	}
	at, ok := q.emitted(ranges[0].From)
	if !ok {
		return ""
	}
	return " at " + at.In(q.c.Location).Format(clockText)
}

// whileOffline tells when absent versions were emitted, and when there was no connection: the very moment of a single one where an
// answer told it, else what it lies between.
func (q *question) whileOffline(ranges []versions.Range, sure bool) string {
	low, high := q.t.bounds(ranges)
	gaps := q.t.gaps(low, high)
	if len(gaps) == 0 {
		return "while this client was offline"
	}
	offline := "this client was offline " + q.stretch(gaps[0])
	if n := len(gaps) - 1; n > 0 {
		offline += fmt.Sprintf(" and %d times more until %s", n, q.clock(gaps[n].to.at))
	}
	if count(ranges) == 1 && len(gaps) == 1 {
		if at, ok := q.emitted(ranges[0].From); ok && q.in(gaps[0], at) {
			return "at " + at.In(q.c.Location).Format(clockText) + " while " + offline
		}
	}
	if when := q.frameText(low, high); !sure && when != "" {
		return when + "; " + offline
	}
	return "while " + offline
}

// in tells whether a moment of the server's clock lies in a time without a connection.
func (q *question) in(gap period, at time.Time) bool {
	since := at.Sub(q.t.started)
	return since >= gap.from.at.Truncate(time.Second) && since <= gap.to.at
}

func (q *question) stretch(gap period) string {
	return q.clock(gap.from.at) + "–" + q.clock(gap.to.at)
}

// gaps are the times without a connection that touch what lies between two moments; high.n is 0 for no end. The last may
// be one that the session ends in, unless the client itself ended its connection.
func (t *Timeline) gaps(low, high moment) []period {
	var gaps []period
	for i, p := range t.periods {
		if p.to.n == 0 || t.left && i+1 == len(t.periods) {
			break
		}
		gap := period{from: p.to, to: moment{t.lastN, t.last}}
		if i+1 < len(t.periods) {
			gap.to = t.periods[i+1].from
		}
		if gap.to.n >= low.n && (high.n == 0 || gap.from.n <= high.n) {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}

// bounds are the latest record that knew only of versions below the ranges, and the first that knew of the last of them.
func (t *Timeline) bounds(ranges []versions.Range) (low, high moment) {
	from, to := ranges[0].From, ranges[len(ranges)-1].To
	for m, version := range t.knowledge() {
		if version >= to && (high.n == 0 || m.n < high.n) {
			high = m
		}
	}
	for m, version := range t.knowledge() {
		if version > 0 && version < from && m.n > low.n && (high.n == 0 || m.n < high.n) {
			low = m
		}
	}
	return low, high
}

// knowledge yields the highest version that each record showed; 0 where it showed none.
func (t *Timeline) knowledge() iter.Seq2[moment, int64] {
	return func(yield func(moment, int64) bool) {
		for _, p := range t.proofs {
			if !yield(p.moment, p.version) {
				return
			}
		}
		for _, s := range t.seen {
			if !yield(s.moment, s.version) {
				return
			}
		}
	}
}

// frame lists the records that frame the ranges.
func (t *Timeline) frame(ranges []versions.Range) []int64 {
	low, high := t.bounds(ranges)
	var ns []int64
	for _, m := range []moment{low, high} {
		if m.n > 0 {
			ns = append(ns, m.n)
		}
	}
	return ns
}

// between tells when: between the records that frame the ranges.
func (q *question) between(ranges []versions.Range) string {
	low, high := q.t.bounds(ranges)
	if text := q.frameText(low, high); text != "" {
		return ", " + text
	}
	return ""
}

func (q *question) frameText(low, high moment) string {
	switch {
	case low.n > 0 && high.n > 0 && q.at(low) == q.at(high):
		return "at " + q.at(low)
	case low.n > 0 && high.n > 0:
		return fmt.Sprintf("between %s and %s", q.at(low), q.at(high))
	case high.n > 0:
		return "before " + q.at(high)
	case low.n > 0:
		return "after " + q.at(low)
	}
	return ""
}
