package diagnose

import (
	"sort"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
)

// Fence says how the server's plan was read.
type Fence uint8

const (
	// Saved is a plan that was read at an unknown time: its rows may be older or newer than its
	// version.
	Saved Fence = iota
	// Unstable is a plan that would not hold still.
	Unstable
	// Fenced is a plan between two answers of its own version.
	Fenced
	// Settled is a fenced plan whose version still stood when it was read again after [SettleTime].
	Settled
)

// SettleTime is how long a version has to stand before a row that is newer than it is out of the
// question.
const SettleTime = 5 * time.Second

// Case is a comparison to explain.
type Case struct {
	Differences    []diff.Difference
	Cached, Server *plan.Plan
	Timeline       *Timeline // the client's history; nil where there is no session
	SessionIsCache bool      // the cached plan is what the Timeline's own cache holds
	SameClient     bool      // it is vouched for that a cache that is a file is of the session's client
	Fence          Fence
	Live           bool                     // the Timeline's client is still being followed: a connection that it has is up
	Location       *time.Location           // of the moments in sentences; nil for the local one
	Database       *Tables                  // what the server's database holds; nil where nobody asked it
	Singles        map[contract.Item]Single // what the server says of items by themselves, of those that were asked for
	FromCache      bool                     // a cache on the way answered in the server's place
}

// view is the evidence of a case, frozen.
type view struct {
	Case
	t       *Timeline // nil where there is no session; up to the place at which the file was saved
	whole   *Timeline // the same, to its end
	fit     fit       // where the file belongs
	fits    bool      // it equals what the client held there; true where the session is the cache
	stored  bool      // it is what the app keeps: its latest answer, however far its screen has gone on since
	abs     *absences
	server  int64   // the version up to which what is absent matters
	floors  []int64 // by answer: the highest version that it, or one before it, holds for sure
	wholes  []bool  // by answer: it holds all of its own version
	settled int64   // the highest version all of which the client got with an answer: what is absent below that matters no more
	dates   map[int64]time.Duration
	start   time.Time // the dates of the server's plan
	end     time.Time
	ranged  bool
	older   bool // the server's plan was saved before the session ended: the two cannot be held against each other
	dues    dueIndex
	shown   bool // the evidence shows that the user is a collaborator
	strange string

	undecided string                             // why the database decides nothing
	differ    map[contract.Item]*diff.Difference // items in which the API (cached) and the database (server) differ
}

func newView(c Case) *view {
	if c.Location == nil {
		c.Location = time.Local
	}
	v := &view{Case: c, t: c.Timeline, whole: c.Timeline, fits: true, strange: Strangers(c.Cached, c.Server)}
	v.start, v.end, v.ranged = c.Server.Range()
	v.readDatabase()
	if v.t == nil {
		return v
	}
	if !c.SessionIsCache {
		v.whole = v.whole.savedAtEnd(c.Cached)
		v.t = v.whole
		v.fit, v.fits = v.t.saved.place()
		if v.stored = v.fits && v.fit.answer && v.mobile(); !v.stored {
			v.t = v.t.until(v.fit.n)
		}
	}
	v.server = c.Server.Version
	if !c.Server.HasVersion {
		v.server = v.t.heardOf()
	}
	v.older = c.Fence == Saved && c.Server.HasVersion && c.Server.Version < v.whole.heardOf()
	v.dateVersions()
	v.abs = newAbsences(v.t.findAbsences(v.server, v.dated, c.Live))
	v.weighAnswers()
	v.dues = newDueIndex(v)
	v.shown = v.t.message == 0 && v.isCollaborator()
	return v
}

// until is the history up to a place. It shares what it holds.
func (t *Timeline) until(place int64) *Timeline {
	if place >= t.last.n {
		return t
	}
	u := *t
	u.answers = u.answers[:sort.Search(len(u.answers), func(i int) bool { return u.answers[i].n > place })]
	u.failed = u.failed[:sort.Search(len(u.failed), func(i int) bool { return u.failed[i].n > place })]
	u.points = u.points[:sort.Search(len(u.points), func(i int) bool { return u.points[i].n > place })]
	u.came = u.came[:sort.Search(len(u.came), func(i int) bool { return u.came[i].n > place })]
	u.odd = u.odd[:sort.Search(len(u.odd), func(i int) bool { return u.odd[i] > place })]
	u.dues = u.dues[:sort.Search(len(u.dues), func(i int) bool { return u.dues[i].n > place })]
	u.links = linksUntil(t.links, u.came, place)
	u.holes = u.holes[:sort.Search(len(u.holes), func(i int) bool { return u.holes[i].n > place })]
	u.last = moment{place, t.momentOf(place)}
	u.ended, u.left, u.cut, u.goesOn = false, false, false, false
	return &u
}

// momentOf is about when the record at a place came.
func (t *Timeline) momentOf(place int64) time.Duration {
	if t.saved != nil && t.saved.fit(place) != nil {
		return t.saved.fit(place).at
	}
	return t.last.at
}

func (s *savedFile) fit(place int64) *fit {
	for i := range s.fits {
		if s.fits[i].n == place {
			return &s.fits[i]
		}
	}
	if s.best.n == place {
		return &s.best
	}
	return nil
}

func linksUntil(links []link, came []arrival, place int64) []link {
	var out []link
	for _, l := range links {
		if l.from.n > place {
			break
		}
		if l.to.n > place {
			l.to = moment{}
		}
		if l.heard > place {
			l.heard, l.highest = 0, 0
			for _, a := range came {
				if a.n >= l.from.n {
					l.heard, l.highest = a.n, max(l.highest, a.version)
				}
			}
		}
		out = append(out, l)
	}
	return out
}

// Strangers tells why the two plans are not to be compared at all: they are those of two
// recipients. It is empty where they are not, or that is not known.
func Strangers(cached, server *plan.Plan) string {
	mine, known := cached.Recipient()
	theirs, knew := server.Recipient()
	if !known || !knew || mine == theirs {
		return ""
	}
	return "the cache is the plan of recipient " + decimal(mine) + ", the server's is that of recipient " + decimal(theirs)
}

// dateVersions notes when versions began, by the server's clock, since the session started.
func (v *view) dateVersions() {
	v.dates = map[int64]time.Duration{}
	note := func(version int64, at time.Time) {
		if _, ok := v.dates[version]; !ok && version > 0 && !at.IsZero() {
			v.dates[version] = at.Sub(v.t.started)
		}
	}
	for i := range v.whole.points {
		note(v.whole.points[i].version, v.whole.points[i].updated)
	}
	if at := updatedIn(v.Server); !at.IsZero() && v.whole.offset.updated.Equal(at) && v.whole.offset.version != v.Server.Version {
		v.t = v.t.withOffset(func(c *clockOffset) { c.useless = true })
	}
	note(v.Server.Version, updatedIn(v.Server))
	// What the server's own plan dates may be a version that came: it tells of the clocks, too.
	if at, ok := v.dates[v.Server.Version]; ok {
		if i := v.t.firstTold(v.Server.Version); i < len(v.t.points) {
			first := v.t.points[i]
			v.t = v.t.withOffset(func(c *clockOffset) {
				c.atLeast(at - first.at)
				if first.delta && first.version == v.Server.Version {
					c.agree(first.version, at-first.at)
				}
			})
		}
	}
}

func (t *Timeline) withOffset(learn func(*clockOffset)) *Timeline {
	u := *t
	learn(&u.offset)
	return &u
}

// dated is when a version began, by the server's clock.
func (v *view) dated(version int64) (time.Duration, bool) {
	at, ok := v.dates[version]
	return at, ok && !v.t.offset.useless
}

// weighAnswers finds out what each answer holds for sure. It is whole where its version was known
// before it was asked for, or began before that. An answer of a version below what was known lags,
// and holds nothing for sure.
func (v *view) weighAnswers() {
	v.floors, v.wholes = make([]int64, len(v.t.answers)), make([]bool, len(v.t.answers))
	var highest int64
	for i := range v.t.answers {
		a := &v.t.answers[i]
		floor := a.floor
		switch at, dated := v.dated(a.version); {
		case a.portal, !a.has, floor > a.version:
			floor = 0
		case floor == a.version, a.timed && dated && v.t.offset.latest(at) < a.sent:
			floor, v.wholes[i] = a.version, true
		}
		highest = max(highest, floor)
		v.floors[i] = highest
		if !a.passed && v.fits {
			v.settled = max(v.settled, floor)
		}
	}
}

// isCollaborator tells whether the database, or the plan's own list, shows the session's user to be
// a collaborator. The owner is in that list, too.
func (v *view) isCollaborator() bool {
	if access := v.access(); access != AccessUnknown {
		return access == Collaborator
	}
	if v.t.user == 0 {
		return false
	}
	for _, p := range []*plan.Plan{v.Server, v.Cached} {
		for i := range p.Collaborators.Len() {
			raw := p.Collaborators.Raw(i)
			user, ok := plan.Int64(plan.Get(raw, "userId"))
			owns := string(plan.Get(raw, "role")) == `"owner"`
			if ok && user == v.t.user && !owns && string(plan.Get(raw, "status")) == `"accepted"` {
				return true
			}
		}
	}
	return false
}

// mobile tells whether the client is taken to be the app.
func (v *view) mobile() bool { return v.t != nil && v.t.fold.Cache.Policy() == plancache.Mobile }

// leavesOut tells whether the server's plan leaves out an item that is so.
func (v *view) leavesOut(itemType string, raw []byte) bool {
	return v.leavesOutAt(itemType, startOf(itemType, raw))
}

// leavesOutAt is leavesOut by when the item begins or is due.
func (v *view) leavesOutAt(itemType string, at time.Time) bool {
	return v.ranged && outsideAt(itemType, at, v.start, v.end)
}

// outside tells whether a plan of these dates leaves an item out. What cannot be told is inside.
func outside(itemType string, raw []byte, start, end time.Time) bool {
	return outsideAt(itemType, startOf(itemType, raw), start, end)
}

// startOf is when an appointment begins or a bill is due; zero where it does not tell.
func startOf(itemType string, raw []byte) (at time.Time) {
	if name, ok := startNames[itemType]; ok {
		at, _ = instant(raw, name)
	}
	return at
}

func outsideAt(itemType string, at, start, end time.Time) bool {
	switch {
	case at.IsZero():
		return false
	case itemType == contract.TypeAppointment:
		return at.Before(start) || !at.Before(end)
	}
	return !at.Before(end) // a bill that was due before is in the plan, however old
}
