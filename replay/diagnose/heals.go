package diagnose

// When is when a difference heals by itself.
type When string

// The moments, the soonest first.
const (
	AtNextChange When = "next-change" // the item's next delta
	AtRefresh    When = "refresh"     // the next refresh, whatever calls for it
	AtPoll       When = "poll"        // the next version poll
	AtReconnect  When = "reconnect"   // the next connection
	AtRestart    When = "restart"     // the next start of the app
	Never        When = "never"
)

// Healing tells whether a difference heals by itself, and when.
type Healing struct {
	When    When
	Summary string // one plain sentence, without a full stop
}

var healingText = map[When]string{
	AtNextChange: "with the delta that is about to come",
	AtRefresh:    "at the next refresh",
	AtPoll:       "at the next version poll, which shows that the server is ahead",
	AtReconnect:  "at the next connection, when the client reads the plan",
	AtRestart:    "at the next start of the app, which reads the plan",
	Never:        "never by itself: the app reads the plan at its start, or when the user pulls",
}

// slowness orders the moments.
var slowness = map[When]int{"": 0, AtNextChange: 1, AtRefresh: 2, AtPoll: 3, AtReconnect: 4, AtRestart: 5, Never: 6}

func healsAt(w When) Healing { return Healing{w, healingText[w]} }

// heals tells when a difference of a cause heals.
func (q *question) heals(c *Cause) Healing {
	switch c.Code {
	case AnswerBehind:
		if q.apart != nil {
			return Healing{AtRefresh, "at the first refresh after the API answers what the database holds"}
		}
	case HalfWritten:
		return healsAt(AtNextChange)
	case Unhydrated, SameInstant, OutsideRange, RangeMoved:
		return healsAt(AtRefresh)
	case SavedEarlier, Restarted:
		return healsAt(AtRestart)
	case UnversionedChange:
		if q.mobile() {
			return healsAt(Never)
		}
		return healsAt(AtReconnect)
	}
	if q.mobile() {
		return q.mobileHeals()
	}
	if q.Server.HasVersion && q.Cached.HasVersion && q.Cached.Version < q.Server.Version {
		return healsAt(AtPoll)
	}
	return healsAt(AtReconnect)
}

// mobileHeals: the app polls only while its socket is down, and reads nothing at a reconnect.
func (q *question) mobileHeals() Healing {
	down := q.t != nil && q.SessionIsCache && !q.t.online() && !q.t.left && len(q.t.links) > 0
	if down && q.Server.Version > q.t.knownToClient() {
		return healsAt(AtPoll)
	}
	return healsAt(Never)
}

// slowest is the healing of a report.
func slowest(causes []Cause) Healing {
	var worst Healing
	for i := range causes {
		if h := causes[i].Heals; slowness[h.When] > slowness[worst.When] {
			worst = h
		}
	}
	return worst
}
