package diagnose

import (
	"math"
	"time"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// clockOffset is what is known of how far the server's clock is ahead of the session's: it lies
// between the two. A version began before it was heard of, and after the connection on which its
// delta came, or after it was asked for in vain.
type clockOffset struct {
	low, high time.Duration
	known     [2]bool // low is, high is
	useless   bool    // two versions bear one date: the server does not date them
	version   int64   // the latest that was dated
	updated   time.Time
	closest   [2]time.Duration // the least that the clock is ahead by two deltas of dated versions, the greater first
	closestOf [2]int64         // and their versions; 0 where there is none
}

// clockSlack covers rounding to milliseconds, and the time from the taking of a version's date to
// its writing.
const clockSlack = 20 * time.Millisecond

// learn takes what a point tells: a dated version, and when it was heard of.
func (c *clockOffset) learn(t *Timeline, p *point) {
	if p.updated.IsZero() {
		return
	}
	c.useless = c.useless || c.version != p.version && c.updated.Equal(p.updated)
	c.version, c.updated = p.version, p.updated
	since := p.updated.Sub(t.started)
	if i := t.firstTold(p.version); i < len(t.points) {
		c.atLeast(since - t.points[i].at)
		if first := &t.points[i]; first.delta && first.version == p.version {
			c.agree(p.version, since-first.at)
		}
	}
	if at, ok := t.lastNotThere(p.version); ok {
		c.atMost(since - at)
	}
}

// agreement is how near to each other two deltas have to put the clocks, and latency how long the
// quicker one may have been on its way: that both were late by the same time is out of the
// question.
const (
	agreementOfClocks = 200 * time.Millisecond
	latency           = 500 * time.Millisecond
)

// agree takes in when the delta of a dated version came. A delta may be late; two that put the
// clocks alike were not.
func (c *clockOffset) agree(version int64, least time.Duration) {
	switch {
	case version == c.closestOf[0] || version == c.closestOf[1]:
		return
	case c.closestOf[0] == 0 || least > c.closest[0]:
		c.closest[1], c.closestOf[1] = c.closest[0], c.closestOf[0]
		c.closest[0], c.closestOf[0] = least, version
	case c.closestOf[1] == 0 || least > c.closest[1]:
		c.closest[1], c.closestOf[1] = least, version
	}
	if c.closestOf[1] != 0 && c.closest[0]-c.closest[1] <= agreementOfClocks {
		c.atMost(c.closest[0] + latency)
	}
}

func (c *clockOffset) atLeast(d time.Duration) {
	d -= clockSlack
	if !c.known[0] || d > c.low {
		c.low, c.known[0] = d, true
	}
}

func (c *clockOffset) atMost(d time.Duration) {
	d += clockSlack
	if !c.known[1] || d < c.high {
		c.high, c.known[1] = d, true
	}
}

// broken says that the clocks did not keep pace: nothing can be said by them.
func (c *clockOffset) broken() bool { return c.useless || c.known[0] && c.known[1] && c.low > c.high }

// earliest and latest are when a date of the server's was, on the session's clock.
func (c *clockOffset) earliest(since time.Duration) time.Duration {
	if !c.known[1] || c.broken() {
		return math.MinInt64
	}
	return since - c.high
}

func (c *clockOffset) latest(since time.Duration) time.Duration {
	if !c.known[0] || c.broken() {
		return math.MaxInt64
	}
	return since - c.low
}

// lastNotThere is the latest moment at which a version was certainly not there yet.
func (t *Timeline) lastNotThere(version int64) (time.Duration, bool) {
	i := t.firstTold(version) - 1
	if i < 0 || t.points[i].since < 0 {
		return 0, false
	}
	return t.points[i].since, true
}

// firstTold is the index of the first point that told of a version or of a higher one; the number
// of points where none did.
func (t *Timeline) firstTold(version int64) int {
	low, high := 0, len(t.points)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if max(t.points[mid].version, t.points[mid].before) >= version {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// updatedIn is when the version of a plan began; zero where it does not say.
func updatedIn(p *plan.Plan) time.Time {
	at, _ := rawjson.ReadInstant(p.Member("planUpdatedAt"))
	return at
}
