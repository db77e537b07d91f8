package versions

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// Period says whether there was a connection while an absent version was emitted.
type Period uint8

// The periods, see "Offline" in the package documentation.
const (
	Connected      Period = iota // connected throughout the span in which it was emitted
	PerhapsOffline               // without a connection for a part of that span
	Offline                      // without a connection throughout that span
)

// String is "connected", "perhaps offline" or "offline".
func (p Period) String() string {
	return [...]string{"connected", "perhaps offline", "offline"}[p]
}

// era is a range of versions that were not all emitted under a connection.
type era struct {
	from, to int64
	period   Period
}

// link follows the connection, and which versions each stretch of it can have emitted. The horizon
// is the highest version proven to exist: what lies above it was emitted after the horizon was
// observed.
type link struct {
	down     bool // no connection now
	linked   bool // there has been a Connect
	off, on  bool // since the horizon was observed there was time without, with a connection
	up, cut  time.Duration
	answered bool
	base     int64 // the first answer
	horizon  int64
	eras     []era // ascending, apart

	known     mark  // as of the last answer, or change of the connection
	stale     int64 // what messages brought up to it, they brought before the last answer that went back
	told      int64 // the highest answer since then
	late      Late
	reversed  int64
	reversals []Reversal
}

// mark is the highest version known at a moment.
type mark struct {
	at      time.Duration
	version int64
}

func (l *link) connect(t time.Duration, last int64) {
	l.note(t, last)
	l.down, l.linked, l.off, l.on, l.up = false, true, true, true, t
}

// note marks what is known at a moment. last is the highest version seen in messages.
func (l *link) note(t time.Duration, last int64) {
	if l.known.at = t; last > l.stale {
		l.known.version = max(l.known.version, last)
	}
}

// disconnect ends a connection. last is the highest version seen in messages, which come with or
// without a Connect before them; 0 where there were none.
func (l *link) disconnect(t time.Duration, last int64) {
	l.note(t, last)
	if !l.down && (last != 0 || l.linked) {
		l.on, l.cut = true, t
	}
	l.down, l.off = true, true
}

// answer takes a version that the server told over REST: it existed by t, and nothing above it did
// at t-took. last is the highest version seen in messages. ok is set where the answer went back.
func (l *link) answer(t, took time.Duration, version, last int64) (r Reversal, ok bool) {
	if version < l.known.version && l.known.at <= t-took {
		r, ok = l.reverse(t, version, last), true
	}
	l.told = max(l.told, version)
	l.known.version = max(l.known.version, version)
	l.note(t, last)
	l.advance(t, took, version, last)
	return r, ok
}

// reverse takes note of an answer that went back: what follows is measured by that.
func (l *link) reverse(t time.Duration, version, last int64) Reversal {
	l.note(t, last)
	r := Reversal{From: l.known.version, To: version, At: t}
	l.known.version, l.told, l.stale = version, 0, last
	l.reversed++
	if len(l.reversals) < mostReversals {
		l.reversals = append(l.reversals, r)
	}
	return r
}

// advance moves the horizon on to an answer.
func (l *link) advance(t, took time.Duration, version, last int64) {
	l.horizon = max(l.horizon, last)
	if version < l.horizon {
		return
	}
	if l.answered || l.horizon > 0 {
		l.settle(version)
	}
	if !l.answered {
		l.answered, l.base = true, version
	}
	l.horizon = version
	asked := t - took
	l.off = l.down || l.linked && asked < l.up
	l.on = !l.down || asked < l.cut
}

// message takes the highest version of a message; last is the highest of those before it.
func (l *link) message(high, last int64) {
	l.down = false
	if high < l.told && l.late.Version == 0 {
		l.late = Late{Version: high, Told: l.told}
	}
	l.horizon = max(l.horizon, last)
	if high <= l.horizon {
		return
	}
	l.settle(high)
	l.horizon = high
	l.off, l.on = false, true
}

// settle decides the period of the versions above the horizon up to version.
func (l *link) settle(version int64) {
	if !l.off || version <= l.horizon {
		return
	}
	p := Offline
	if l.on {
		p = PerhapsOffline
	}
	l.eras = append(l.eras, era{l.horizon + 1, version, p})
}

// forget lets go of what is known of the versions up to one.
func (l *link) forget(version int64) {
	n := 0
	for n < len(l.eras) && l.eras[n].to <= version {
		n++
	}
	l.eras = slices.Delete(l.eras, 0, n)
}

// split cuts r where the period changes.
func (l *link) split(r Range) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		at, _ := slices.BinarySearchFunc(l.eras, r.From, func(e era, v int64) int { return cmp.Compare(e.to, v) })
		for _, e := range l.eras[at:] {
			if e.from > r.To {
				break
			}
			if e.from > r.From && !yield(r.part(r.From, e.from-1, Connected)) {
				return
			}
			end := min(e.to, r.To)
			if !yield(r.part(max(e.from, r.From), end, e.period)) || end == r.To {
				return
			}
			r.From = end + 1
		}
		yield(r.part(r.From, r.To, Connected))
	}
}
