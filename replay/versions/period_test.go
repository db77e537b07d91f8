package versions

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// client is what a client that connects, disconnects, polls and refreshes sees, fed to an account, and remembered
// as it truly was.
type client struct {
	account  Account
	up       bool
	toggles  []time.Duration // the connection's changes; it is up after the even ones where it began down
	began    bool            // up at the start
	observed []observation
}

// observation is a version that was shown to exist at at, and to be the newest not before since.
type observation struct {
	since, at time.Duration
	version   int64
}

func (c *client) toggle(t time.Duration) {
	c.toggles = append(c.toggles, t)
	if c.up = !c.up; c.up {
		c.account.Connect(t)
	} else {
		c.account.Disconnect(t)
	}
}

func (c *client) answer(asked, t time.Duration, version int64, plan bool) {
	c.observed = append(c.observed, observation{asked, t, version})
	if plan {
		c.account.Plan(t, t-asked, version)
	} else {
		c.account.Poll(t, t-asked, version)
	}
}

func (c *client) message(i int, k modelTick) {
	var high int64
	for _, d := range k.deltas {
		high = max(high, d.version)
	}
	c.observed = append(c.observed, observation{k.at, k.at, high})
	c.account.Message(int64(i), k.at, k.message())
}

// connected says whether the connection was up at t.
func (c *client) connected(t time.Duration) bool {
	up := c.began
	for _, at := range c.toggles {
		if at <= t {
			up = !up
		}
	}
	return up
}

// period is the definition, from all observations at once.
func (c *client) period(v int64) Period {
	var from, newest observation
	for _, o := range c.observed {
		if o.version >= v {
			newest = o
			break
		}
		if o.version >= from.version {
			from = o
		}
	}
	on, off := c.connected(from.since), !c.connected(from.since)
	for _, at := range c.toggles {
		if at > from.since && at < newest.at {
			on, off = true, true
		}
	}
	switch {
	case on && off:
		return PerhapsOffline
	case off:
		return Offline
	}
	return Connected
}

// live runs the client through the ticks; it returns which of them it was away for.
func live(r *rand.Rand, c *client, ticks []modelTick) (away []bool) {
	if c.began = r.IntN(2) == 0; c.began {
		c.account.Connect(0)
	} else {
		c.account.Disconnect(0)
	}
	c.up = c.began
	c.answer(0, 0, ticks[0].low-1, true)
	for i, k := range ticks {
		before := k.at - 100*time.Microsecond // ticks are a millisecond apart at least
		event := r.IntN(8)
		if event == 0 || event == 1 {
			c.toggle(before)
		}
		if event == 1 || event == 2 {
			c.answer(before+1, before+2, k.low-1, event == 1)
		}
		away = append(away, !c.up)
		if c.up && r.IntN(5) > 0 {
			c.message(i, k)
		}
		if event == 3 { // asked before the tick, answered after the connection changed
			c.toggle(k.at + 1)
			c.answer(before, k.at+2, k.low-1, false)
		}
	}
	return away
}

// A connection that comes and goes: periods are what their definition says, and true.
func TestPeriodsAreTrue(t *testing.T) {
	streams(t, func(t *testing.T, r *rand.Rand, ticks []modelTick) {
		var c client
		gaps := map[int64]Period{}
		c.account.OnGap = func(g Gap) {
			for v := range g.Each() {
				gaps[v] = g.Period
			}
		}
		away := live(r, &c, ticks)
		for v, p := range absent(&c.account) {
			if want := c.period(v); p != want {
				t.Errorf("version %d is called %s, its definition says %s", v, p, want)
			}
			i := slices.IndexFunc(ticks, func(k modelTick) bool { return k.low <= v && v <= k.high })
			if p == Offline && !away[i] || p == Connected && away[i] {
				t.Errorf("version %d is called %s; emitted while away: %t", v, p, away[i])
			}
			if told, ok := gaps[v]; ok && told != p {
				t.Errorf("version %d: the gap said %s, the account says %s", v, told, p)
			}
		}
	})
}

// absent yields every version that is told to be absent, with its period.
func absent(a *Account) iter.Seq2[int64, Period] {
	return func(yield func(int64, Period) bool) {
		for _, ranges := range []iter.Seq[Range]{a.Before(), a.Missing(), a.After()} {
			for r := range ranges {
				for v := range r.Each() {
					if !yield(v, r.Period) {
						return
					}
				}
			}
		}
	}
}
