package synth

import "time"

// stretch is a part of a session. Its numbers are shares: they count in relation to those of the
// other stretches.
type stretch struct {
	work int  // of the changes
	time int  // of the duration
	away bool // the client has no connection
}

// timeline says when each delta of a session is sent.
type timeline struct{ parts []part }

// part is a stretch of a session, in numbers: the deltas after from up to to are sent in it. What
// changes while the client is away, hidden, is not sent.
type part struct {
	from, to   int64
	start, end time.Duration
	hidden     int64
	away       bool
}

// newTimeline lays stretches over a time, so that the deltas in them add up.
func newTimeline(stretches []stretch, deltas int64, start, end time.Duration) timeline {
	var sent, span int
	for _, s := range stretches {
		span += s.time
		if !s.away {
			sent += s.work
		}
	}
	var t timeline
	var work, passed int
	at := part{end: start}
	for _, s := range stretches {
		p := part{from: at.to, start: at.end, away: s.away}
		passed += s.time
		if s.away {
			p.hidden = max(share(deltas, int64(s.work), int64(sent)), 3)
		} else {
			work += s.work
		}
		p.to = share(deltas, int64(work), int64(sent))
		p.end = start + time.Duration(share(int64(end-start), int64(passed), int64(span)))
		t.parts = append(t.parts, p)
		at = p
	}
	return t
}

// at is when the delta after n others is due.
func (p *part) at(n int64) time.Duration {
	if p.to == p.from {
		return p.start
	}
	return p.start + time.Duration(share(int64(p.end-p.start), n-p.from, p.to-p.from))
}
