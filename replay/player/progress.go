package player

import "time"

// progress is what it takes to tell where a replay stands.
type progress struct {
	every time.Duration
	due   time.Time // when the next snapshot is
	last  time.Time // when the last was
	then  int64     // events until then

	at      time.Duration // the time of the latest record
	deltas  int           // in it
	version int64         // the highest in it
}

func (g *progress) start(now time.Time, every time.Duration) {
	g.every, g.due, g.last = every, now.Add(every), now
}

// snapshot tells where the replay stands, if it is time to, or if it must.
func (p *player) snapshot(must bool) {
	if p.opts.Progress == nil {
		return
	}
	g, now := &p.progress, time.Now()
	if !must && now.Before(g.due) {
		return
	}
	s := Progress{
		N: p.report.Last, At: g.at, Round: p.round,
		Sent: p.report.Sent, Events: p.report.Events, Version: p.report.Version,
		Late: p.report.Elapsed - p.report.Planned, Worst: p.report.Late.Worst,
		Elapsed: p.clock.now(), Left: p.left(),
		Paused: p.mode == paused, Stepping: p.mode == stepping,
	}
	if span := now.Sub(g.last); span > 0 {
		s.Rate = float64(p.report.Events-g.then) / span.Seconds()
	}
	if !must {
		g.then, g.last, g.due = p.report.Events, now, now.Add(g.every)
	}
	p.opts.Progress(s)
}

// left is how long this round still takes; -1 where that is not known.
func (p *player) left() time.Duration {
	total := p.opts.Total
	if until := p.opts.Until; until.by == byMoment && (total == 0 || until.moment < total) {
		total = until.moment
	}
	after := p.pace.left(total)
	if p.opts.Max || after < 0 {
		return -1
	}
	return max(p.pace.due+after-p.clock.now(), 0)
}
