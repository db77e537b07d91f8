package player

import (
	"math"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// pace tells when each record is due, in real time since the start. Offsets are worked out from
// totals, so that no rounding adds up.
type pace struct {
	speed  float64
	rate   float64
	maxGap time.Duration
	from   Point

	fresh  bool          // no record of this round yet
	last   time.Duration // the time of the record before, in the session
	played time.Duration // of the session's time, over all rounds, long gaps cut
	events int64
	due    time.Duration
}

func newPace(o Options) pace {
	p := pace{speed: o.Speed, rate: o.Rate, maxGap: o.MaxGap, from: o.From}
	if p.speed == 0 {
		p.speed = 1
	}
	return p
}

// round begins another round, where the one before ended.
func (p *pace) round() { p.fresh, p.last = true, 0 }

// next is when rec is due.
func (p *pace) next(rec *session.Record) time.Duration {
	if p.fresh {
		p.fresh = false
		switch p.from.by {
		case byMoment:
			p.last = p.from.moment
		case byRecord:
			p.last = rec.T
		}
	}
	gap := max(rec.T-p.last, 0)
	p.last = max(p.last, rec.T)
	if p.maxGap > 0 {
		gap = min(gap, p.maxGap)
	}
	p.played += gap
	switch {
	case p.rate == 0:
		p.due = Scale(float64(p.played), p.speed)
	case rec.Kind == session.KindEvent:
		p.due = Scale(float64(p.events)*float64(time.Second), p.rate)
		p.events++
	}
	return p.due
}

// left is how long it takes from the record that was asked for last to the end of the round, if a
// session's time is total;
// -1 where that cannot be told.
func (p *pace) left(total time.Duration) time.Duration {
	if total <= 0 || p.rate > 0 {
		return -1
	}
	return Scale(float64(max(total-p.last, 0)), p.speed)
}

// Scale divides nanoseconds by a speed, or a rate. What is too long for a duration is the longest
// there is.
func Scale(nanoseconds, speed float64) time.Duration {
	if d := nanoseconds / speed; d < math.MaxInt64 {
		return time.Duration(d)
	}
	return math.MaxInt64
}
