package diagnose

import (
	"bytes"
	"hash/maphash"
	"net/http"
	"slices"
	"sort"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/session"
)

// Timeline is the evidence that a session holds: what one client got, asked and did, in order. Fold
// its records in.
type Timeline struct {
	started time.Time
	user    int64    // the header's; 0 where it names none
	doubts  []string // why what it does not show may have happened all the same
	cut     bool     // it breaks off without an end record
	ended   bool     // it has an end record
	goesOn  bool     // and another part follows, which is not here
	left    bool     // the client itself ended its last connection
	faulty  bool     // what is absent was taken away from the client, too
	holes   []hole   // places at which records may be missing
	filter  bool     // records were left out on purpose

	fold    fold.Fold
	items   map[contract.Item]*history
	answers []answer
	failed  []failure // requests for the plan that brought none
	points  []point   // what was heard of the server's version
	came    []arrival
	odd     []int64 // places of deltas without a version, and of messages that could not be read
	dues    []due
	links   []link
	sights  int // how many plans were sighted
	saved   *savedFile
	agreed  *agreement

	early    int64  // the place of the latest message that came before the first plan; 0 where none did
	last     moment // of the latest record
	borne    int64  // the number that it bears
	message  int64  // the place of the latest message of deltas
	shifts   []shift
	offset   clockOffset
	versions int // how many times versions began again
}

// moment is a record and its time. Records are told apart by their place in the session, from 1:
// the numbers that they bear need not ascend where somebody has edited it. See number.
type moment struct {
	n  int64
	at time.Duration
}

// hole is a place behind which records may be missing, and why.
type hole struct {
	n   int64
	why string
}

// shift is how far the numbers of records are from their places, from a place on.
type shift struct{ from, by int64 }

// link is one connection.
type link struct {
	from, to moment // to.n is 0 where its end was not seen
	heard    int64  // the place of its latest message of deltas; 0 where none came
	highest  int64  // the highest version that came on it
	reason   string // why it ended
	assumed  bool   // no connect record shows its beginning
	alive    int64  // the place of the latest event that was no delta, and no greeting either; 0 where none came
}

// since is since when a version can have begun whose delta came on the connection.
func (l *link) since() time.Duration {
	if l.assumed && l.from.at == 0 {
		return unknownSince
	}
	return l.from.at
}

// arrival is one version that a delta brought.
type arrival struct {
	n, version int64
	absorbs    bool // an earlier delta of its tick may have been coalesced into it
}

// point is a record that told of the server's version.
type point struct {
	moment
	version int64         // the highest that it told
	before  int64         // the highest that was told before it
	since   time.Duration // the version was read, or a delta of it emitted, no earlier than this
	delta   bool          // a message of deltas, rather than an answer
	link    int           // the connection that it came on, or that was up; -1 for none
	updated time.Time     // when that version began, by the server's clock; zero where it did not say
}

// answer is a plan that was read.
type answer struct {
	moment
	sent    time.Duration // when it was asked for; as early as can be where that is not known
	timed   bool          // sent is known
	version int64
	has     bool  // it tells a version
	floor   int64 // what it holds at least: the highest version known before it was asked for
	passed  bool  // it was an answer to somebody else
	portal  bool  // it was no plan, and the client took it for one without items
	updated time.Time
	start   time.Time // the plan's dates; zero where it does not tell them
	end     time.Time
}

// failure is a request for the plan that brought none.
type failure struct {
	moment
	sent  time.Duration
	timed bool // sent is known
}

// due is a refresh that was due.
type due struct {
	moment
	reason  plancache.Reason
	item    contract.Item // of the delta that called for it; zero where there is none
	version int64
	section string // of a plan delta
	check   bool   // the version was to be asked for first, and the plan only where that is ahead
	void    bool   // it was, and is not ahead
}

// history is what the session tells of one item.
type history struct {
	facts []fact
	told  []sighting
	held  content // what the client holds now
	seen  int     // how many plans had been sighted when one last held it
	text  uint64  // a hash of the item's text in the latest plan that held it, so that an equal one is not read again
	means content // and what that text holds
}

// fact is one delta of the item.
type fact struct {
	moment
	version int64 // 0 where it has none
	action  string
	outcome plancache.Outcome
	carried content   // what its payload holds; none where it has none
	held    content   // what the client held afterwards
	had     content   // and before
	when    time.Time // when the item begins or is due by its payload; zero where that does not tell
}

// sighting is what an answer told of the item. Only those are kept that differ from what the answer
// before told or left.
type sighting struct {
	moment
	answer    int     // index of the answer
	told      content // what the answer holds of it
	had, held content // what the client held before and afterwards
}

// NewTimeline starts the history of a client of the given policy, which was answered all that the
// session holds.
func NewTimeline(policy plancache.Policy) *Timeline {
	return NewTimelineBeside(policy, fold.AsRecorded)
}

// NewTimelineBeside starts the history of a client beside whom somebody recorded: answers says
// which of the session's were the client's own. The others tell of the server alone.
func NewTimelineBeside(policy plancache.Policy, answers fold.Answers) *Timeline {
	return &Timeline{fold: fold.Fold{Cache: plancache.New(policy), Answers: answers}, items: map[contract.Item]*history{}}
}

// Header takes the header of the session: moments are told on its clock.
func (t *Timeline) Header(h session.Header) {
	t.started, t.user, t.faulty = h.Started, h.UserID(), h.Faults != ""
	if h.Filter != "" {
		t.filter = true
		t.Incomplete("the session is filtered")
	}
}

// Damaged notes that what comes next in the session cannot be read: it may be anything.
func (t *Timeline) Damaged() { t.lacks("the session holds lines that cannot be read") }

// Incomplete notes that something is missing from the session, and why.
func (t *Timeline) Incomplete(reason string) {
	t.doubts = append(t.doubts, reason)
}

// CutOff notes that the session breaks off without an end.
func (t *Timeline) CutOff() {
	t.cut = true
	t.Incomplete("the session was cut off")
}

func (t *Timeline) lacks(why string) {
	if len(t.holes) == 0 {
		t.Incomplete(why)
	}
	if n := len(t.holes); n == 0 || t.holes[n-1].n != t.last.n {
		t.holes = append(t.holes, hole{t.last.n, why})
	}
}

// GoesOn tells whether the session ends where another part of it begins, which is not here.
func (t *Timeline) GoesOn() bool { return t.goesOn }

// Cache is what a client that followed the session holds.
func (t *Timeline) Cache() *plancache.Cache { return t.fold.Cache }

// Now is the moment of the latest record, since the session started.
func (t *Timeline) Now() time.Duration { return t.last.at }

// Other passes over a record that is of another client.
func (t *Timeline) Other(rec *session.Record) { t.follow(rec) }

// follow takes a record's number. One that skips some says that records are not in this session,
// unless somebody planted that as a fault: then the client did not get them.
func (t *Timeline) follow(rec *session.Record) {
	damaged := len(t.holes) > 0 && t.holes[len(t.holes)-1].n == t.last.n
	if rec.N > t.borne+1 && !damaged && !t.faulty {
		t.lacks("records are missing from the session")
	}
	t.borne = max(t.borne, rec.N)
	if rec.Kind == session.KindEnd && rec.Lost > 0 {
		t.holes = append(t.holes, hole{0, "the recording lost records"})
		t.Incomplete("the recording lost records")
	}
}

// number is the number that the record at a place bears.
func (t *Timeline) number(place int64) int64 {
	i := sort.Search(len(t.shifts), func(i int) bool { return t.shifts[i].from > place })
	if i == 0 {
		return place
	}
	return place + t.shifts[i-1].by
}

// placeRecord counts a record, and remembers its number.
func (t *Timeline) placeRecord(number int64, at time.Duration) moment {
	t.last = moment{t.last.n + 1, max(t.last.at, at)}
	var by int64
	if n := len(t.shifts); n > 0 {
		by = t.shifts[n-1].by
	}
	if number-t.last.n != by {
		t.shifts = append(t.shifts, shift{t.last.n, number - t.last.n})
	}
	return t.last
}

// Record folds the next record in.
func (t *Timeline) Record(rec *session.Record) {
	t.follow(rec)
	t.goesOn = false
	t.fold.Record(rec)
	here := t.placeRecord(rec.N, rec.T)
	switch rec.Kind {
	case session.KindConnect:
		t.connect(here)
	case session.KindDisconnect:
		t.disconnect(here, rec.Reason)
	case session.KindConnectError:
		t.disconnect(here, "")
	case session.KindEnd:
		t.ended, t.goesOn = true, rec.Reason == session.ReasonRotated
	case session.KindPlan:
		t.plan(rec, here)
	case session.KindVersion:
		t.poll(rec, here)
	case session.KindEvent:
		t.event(rec, here)
	}
	t.saved.look(t, here, rec)
}

// goodbye is the reason of a disconnect that the client itself wanted.
const goodbye = "io client disconnect"

func (t *Timeline) connect(here moment) {
	if n := len(t.links); n > 0 && t.links[n-1].to.n == 0 {
		t.links[n-1].to = here
	}
	t.links = append(t.links, link{from: here})
	t.left = false
	if t.fold.Cache.Policy() == plancache.Contract {
		t.dues = append(t.dues, due{moment: here, reason: plancache.Connecting})
	}
}

func (t *Timeline) disconnect(here moment, reason string) {
	if n := len(t.links); n > 0 && t.links[n-1].to.n == 0 {
		t.links[n-1].to, t.links[n-1].reason = here, reason
		t.left = reason == goodbye
	}
}

// up is the index of the connection that there is now; -1 for none.
func (t *Timeline) up() int {
	if n := len(t.links); n > 0 && t.links[n-1].to.n == 0 {
		return n - 1
	}
	return -1
}

// heardOf is the highest version told so far.
func (t *Timeline) heardOf() int64 {
	if n := len(t.points); n > 0 {
		return max(t.points[n-1].version, t.points[n-1].before)
	}
	return 0
}

func (t *Timeline) tell(p point) {
	p.before = t.heardOf()
	if n := len(t.points); n > 0 {
		p.since = max(p.since, t.points[n-1].floorSince())
	}
	t.points = append(t.points, p)
	t.offset.learn(t, &t.points[len(t.points)-1])
}

// floorSince is since when at the earliest a version above all that were told up to a point can
// have begun. An answer that was read early tells nothing new of that.
func (p *point) floorSince() time.Duration { return p.since }

// asked is when an answer was asked for; where that is not known, no earlier than the answer before
// it.
func (t *Timeline) asked(rec *session.Record, here moment) (sent time.Duration, timed bool) {
	if rec.Took > 0 {
		return max(0, here.at-rec.Took), true
	}
	return 0, false
}

func (t *Timeline) poll(rec *session.Record, here moment) {
	version, ok := fold.Version(rec)
	if !ok {
		t.checkFailed(here)
		return
	}
	seen := t.knownToClient()
	if n := len(t.dues); n > 0 && t.dues[n-1].check && version <= seen && !t.fold.Passed && here.at-max(rec.Took, 0) < t.dues[n-1].at+checkPatience {
		failed := len(t.failed) > 0 && t.failed[len(t.failed)-1].n > t.dues[n-1].n
		t.dues[n-1].void = !failed
	}
	sent, timed := t.asked(rec, here)
	t.tell(point{moment: here, version: version, since: sinceOf(sent, timed), link: t.up(), updated: updatedAt(rec.Body)})
	if version > seen && (t.fold.Cache.Policy() == plancache.Contract || t.up() < 0) && !t.fold.Passed {
		t.dues = append(t.dues, due{moment: here, reason: plancache.VersionBehind, version: version})
	}
}

// checkPatience is how long after it fell due an app asks for the version at the latest.
const checkPatience = 500 * time.Millisecond

// unknownSince is for a version of which nothing tells since when it can have begun.
const unknownSince = -1

// sinceOf is since when a version that an answer does not tell can have begun.
func sinceOf(sent time.Duration, timed bool) time.Duration {
	if !timed {
		return unknownSince
	}
	return sent
}

// checkFailed notes that a version that had to be asked for was not told: so the plan was not asked
// for either.
func (t *Timeline) checkFailed(here moment) {
	if n := len(t.dues); n > 0 && t.dues[n-1].check && !t.dues[n-1].void {
		t.dues[n-1].check = false
		t.failed = append(t.failed, failure{moment: here})
	}
}

// knownToClient is the highest version that came to the client in deltas and plans.
func (t *Timeline) knownToClient() int64 { return t.fold.Cache.Seen() }

func updatedAt(body []byte) time.Time {
	at, _ := instant(body, "planUpdatedAt")
	return at
}

func instant(object []byte, name string) (time.Time, bool) {
	return rawjson.ReadInstant(plan.Get(object, name))
}

// plan takes an answer to a request for the plan.
func (t *Timeline) plan(rec *session.Record, here moment) {
	p, err := plan.Parse(rec.Body)
	switch {
	case t.fold.Passed && (rec.Status != http.StatusOK || err != nil):
		return
	case !t.fold.Passed && !t.fold.Loaded:
		sent, timed := t.asked(rec, here)
		t.failed = append(t.failed, failure{here, sent, timed})
		return
	}
	a := answer{moment: here, updated: updatedAt(rec.Body), passed: t.fold.Passed}
	a.version, a.has = fold.PlanVersion(rec.Body)
	a.sent, a.timed = t.asked(rec, here)
	if a.portal = err != nil; a.portal {
		p = &plan.Plan{}
	}
	a.start, a.end, _ = p.Range()
	if t.fold.Answer.Restarted {
		t.restart()
	}
	a.floor = t.knownBefore(a.sent, a.timed)
	t.answers = append(t.answers, a)
	if a.has {
		t.tell(point{moment: here, version: a.version, since: sinceOf(a.sent, a.timed), link: t.up(), updated: a.updated})
	}
	t.sight(p, here)
}

// knownBefore is the highest version that was told before a moment.
func (t *Timeline) knownBefore(sent time.Duration, timed bool) int64 {
	if !timed {
		return 0
	}
	i := sort.Search(len(t.points), func(i int) bool { return t.points[i].at > sent+tookUnit })
	if i == 0 {
		return 0
	}
	return max(t.points[i-1].version, t.points[i-1].before)
}

// tookUnit is how exactly a session tells how long an answer took, and so when it was asked for: a
// client that asks as soon as a refresh is due seems to have asked a moment before.
const tookUnit = time.Millisecond

// sight notes what an answer tells of each item, and what the client made of it.
func (t *Timeline) sight(p *plan.Plan, here moment) {
	index := len(t.answers) - 1
	t.sights++
	for _, itemType := range itemTypes {
		list := listOf(p, itemType)
		for i := range list.Len() {
			if !list.HasID(i) {
				continue
			}
			it := contract.Item{Type: itemType, ID: list.ID(i)}
			if h := t.history(it); h.seen < t.sights {
				h.seen = t.sights
				t.sighted(it, h, list.Raw(i), index, here)
			}
		}
	}
	for it, h := range t.items {
		if h.seen < t.sights && (h.held != none || h.lastTold() != none) {
			t.sighted(it, h, nil, index, here)
		}
	}
}

// itemTypes are those of a plan's lists.
var itemTypes = [...]string{contract.TypeAppointment, contract.TypeBill, diff.TypeCollaborator}

func (h *history) lastTold() content {
	if n := len(h.told); n > 0 {
		return h.told[n-1].told
	}
	return none
}

func (t *Timeline) sighted(it contract.Item, h *history, raw []byte, index int, here moment) {
	told := h.read(raw)
	had, held := h.held, told
	if now, ok := t.fold.Cache.Item(it); it.Type != diff.TypeCollaborator && (ok != (raw != nil) || !bytes.Equal(now, raw)) {
		held = none
		if ok {
			held = contentOf(now)
		}
	}
	if n := len(h.told); n == 0 || h.told[n-1].told != told || had != told || held != told {
		h.told = append(h.told, sighting{moment: here, answer: index, told: told, had: had, held: held})
	}
	t.hold(it, h, held)
}

// read is the content of an item's text in a plan; nil is none.
func (h *history) read(raw []byte) content {
	if raw == nil {
		return none
	}
	if text := maphash.Bytes(textSeed, raw); h.means == none || h.text != text {
		h.text, h.means = text, contentOf(raw)
	}
	return h.means
}

var textSeed = maphash.MakeSeed()

// history is that of an item; it begins one where there is none.
func (t *Timeline) history(it contract.Item) *history {
	h := t.items[it]
	if h == nil {
		h = &history{}
		t.items[it] = h
	}
	return h
}

// hold notes what the client holds of an item now.
func (t *Timeline) hold(it contract.Item, h *history, now content) {
	t.saved.change(it, h.held, now)
	h.held = now
}

// restart forgets what was before the server's versions began again: the plan that shows it
// replaced everything.
func (t *Timeline) restart() {
	t.versions++
	for _, h := range t.items {
		h.facts, h.told = nil, nil
	}
	t.answers, t.failed, t.points, t.came, t.odd, t.dues = nil, nil, nil, nil, nil, nil
	t.agreed, t.offset, t.message = nil, clockOffset{}, 0
	for i := range t.links {
		t.links[i].heard, t.links[i].highest = 0, 0
	}
}

// ackEvent is a server's greeting of one connection.
const ackEvent = "connection:ack"

func (t *Timeline) event(rec *session.Record, here moment) {
	m := t.fold.Message
	if m == nil {
		if up := t.up(); up >= 0 && rec.Event != ackEvent {
			t.links[up].alive = here.n
		}
		if rec.Event == fold.PlanUpdateEvent {
			t.dues = append(t.dues, due{moment: here, reason: plancache.PlanUpdate})
		}
		return
	}
	if t.up() < 0 {
		t.links = append(t.links, link{from: moment{here.n, 0}, assumed: true})
		if len(t.links) > 1 {
			t.links[len(t.links)-1].from.at = here.at
		}
	}
	t.message = here.n
	if !t.fold.Cache.Loaded() {
		t.early = here.n
	}
	on := &t.links[len(t.links)-1]
	on.heard = here.n
	var highest int64
	var updated time.Time
	if !m.List {
		t.odd = append(t.odd, here.n)
	}
	for i := range m.Deltas {
		d := &m.Deltas[i]
		if d.Version > 0 {
			t.came = append(t.came, arrival{here.n, d.Version, d.Action != contract.ActionCreated})
			highest = max(highest, d.Version)
		} else {
			t.odd = append(t.odd, here.n)
		}
	}
	if highest > 0 {
		on.highest = max(on.highest, highest)
		t.tell(point{moment: here, version: highest, since: on.since(), delta: true, link: len(t.links) - 1, updated: updated})
	}
	for i := range t.fold.Changes {
		c := &t.fold.Changes[i]
		if c.Delta < 0 {
			if c.Result == plancache.Refreshed || c.Result == plancache.Checked {
				t.dues = append(t.dues, due{moment: here, reason: plancache.Malformed, check: c.Result == plancache.Checked})
			}
			continue
		}
		t.delta(&m.Deltas[c.Delta], c, here)
	}
}

func (t *Timeline) delta(d *contract.Delta, c *fold.Change, here moment) {
	item := d.Item()
	if c.Result == plancache.Refreshed {
		t.dues = append(t.dues, due{moment: here, reason: c.Reason, item: item, version: d.Version, section: d.Section})
	}
	if d.ItemType == contract.TypePlan {
		return
	}
	h := t.history(item)
	carried, when := readPayload(item.Type, d.Payload())
	f := fact{
		moment: here, version: d.Version, action: d.Action, outcome: c.Outcome,
		carried: carried, had: h.held, held: h.held, when: when,
	}
	switch {
	case !applied(c.Result):
	case d.Payload() != nil && bytes.Equal(c.After, d.Payload()):
		f.held = f.carried
	default:
		f.held = contentOf(c.After)
	}
	h.facts = append(h.facts, f)
	t.hold(item, h, f.held)
}

// applied tells whether a delta changed what the client holds.
func applied(r plancache.Result) bool {
	return r == plancache.Applied || r == plancache.Replaced || r == plancache.Removed
}

// listOf is a plan's list of an item type.
func listOf(p *plan.Plan, itemType string) *plan.List {
	switch itemType {
	case contract.TypeAppointment:
		return &p.Appointments
	case contract.TypeBill:
		return &p.Bills
	}
	return &p.Collaborators
}

// online tells whether the session ends with a connection.
func (t *Timeline) online() bool { return t.up() >= 0 }

// hasHoleBetween tells whether records may be missing between two places, and why; to is 0 for the
// end.
func (t *Timeline) hasHoleBetween(from, to int64) (why string, ok bool) {
	i := slices.IndexFunc(t.holes, func(h hole) bool { return h.n == 0 || h.n >= from && (to == 0 || h.n < to) })
	if i < 0 {
		return "", false
	}
	return t.holes[i].why, true
}
