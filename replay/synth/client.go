package synth

import "time"

// client is what must be known of the client that records the session: it asks for the plan
// whenever a delta leaves it no other choice, and that must not happen all the time.
type client struct {
	deltas   int64 // of the whole session
	budget   int64 // how often it may ask for the plan
	asked    int64
	away     bool  // it has no connection, and nothing that happens makes it ask
	midnight int64 // the day of the plan that it holds
}

// Plans are most of what a session would hold if there were no end to them: so many bytes of them
// there may be, and so many more for each delta.
const (
	planBytes      = 16 << 20
	planBytesDelta = 60
	itemBytes      = 700
	// refreshEvery is the least time between two, on average: nothing changes while one is under
	// way.
	refreshEvery = 60 * time.Millisecond
)

func newClient(o Options) client {
	fits := int64(o.Duration / refreshEvery)
	most := (planBytes + share(planBytesDelta, o.Deltas, 1)) / (itemBytes * int64(o.Items+4))
	return client{deltas: o.Deltas, budget: max(min(most, fits, o.Deltas/8), 3)}
}

// mayRefresh says whether something may happen, after so many deltas, that makes the client ask for
// the plan.
func (c *client) mayRefresh(sent int64) bool {
	return c.away || c.asked <= share(c.budget, min(sent, c.deltas), c.deltas)
}

// sees takes the deltas of a tick, and says whether the client has to ask for the plan.
func (s *Session) sees(tick []op) (refresh bool) {
	for i := range tick {
		o := &tick[i]
		switch {
		case o.itemType == planType:
			refresh = true
		case o.action == created:
			s.all[o.slot].known = true
		default:
			refresh = refresh || !o.known
		}
	}
	return refresh
}

// takes makes the client hold the plan as it is now.
func (s *Session) takes() {
	if day := s.midnight(); day != s.client.midnight {
		s.client.midnight = day
		s.archive()
	}
	for _, slot := range s.live {
		e := &s.all[slot]
		e.known = s.within(e)
	}
}
