package diagnose

import (
	"bytes"
	"slices"
	"sort"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// Timeline is what a session tells of a client's history. Fold its records in order.
type Timeline struct {
	started  time.Time
	doubts   []string // why what it does not show may have happened all the same
	filtered bool     // what is absent may be what the filter left out
	faulty   bool     // what is absent was taken away from the client, too
	until    *int64   // see Until; nil for no end
	closed   bool     // that end was reached
	left     bool     // the client itself ended its connection
	ended    bool     // the session says that it ends
	goesOn   bool     // and that there is another part of it

	fold      fold.Fold
	account   versions.Account
	items     map[contract.Item]*history
	answers   []answer
	proofs    []proof
	seen      []sight // the messages
	dues      []due
	failures  []moment
	contested []contest
	periods   []period
	last      time.Duration // of the latest record
	message   int64         // the record of the latest message
	lastN     int64         // its place
	lastBorne int64         // the number that it bears
	skipped   int64         // how much was damaged before it
	damaged   []int64       // the places behind which there is what cannot be read
	shifts    []shift
	agreed    *agreement // the latest; nil where there was none
	clocks    clocks
	version   int64  // of the cache
	reached   moment // when the cache reached it
}

// moment is a record and its time. Records are told apart by their place in the session, from 1: the numbers that they bear
// need not ascend where somebody has edited it. See number.
type moment struct {
	n  int64
	at time.Duration
}

// shift is how far the numbers of records are from their places, from a place on.
type shift struct{ from, by int64 }

// number is the number that the record at a place bears.
func (t *Timeline) number(place int64) int64 {
	i := sort.Search(len(t.shifts), func(i int) bool { return t.shifts[i].from > place })
	if i == 0 {
		return place
	}
	return place + t.shifts[i-1].by
}

// place counts a record, and remembers its number.
func (t *Timeline) place(number int64) int64 {
	t.lastN++
	var by int64
	if n := len(t.shifts); n > 0 {
		by = t.shifts[n-1].by
	}
	if number-t.lastN != by {
		t.shifts = append(t.shifts, shift{t.lastN, number - t.lastN})
	}
	return t.lastN
}

// history is the deltas of one item, in the order of arrival.
type history struct{ facts []fact }

// fact is one delta that arrived.
type fact struct {
	moment
	version int64
	action  string
	outcome plancache.Outcome
	payload []byte // nil for the older ones, see mostPayloads
}

// mostPayloads bounds the payloads that are kept of one item: only its latest can be what a cache or a server holds now.
const mostPayloads = 8

// answer is a plan that was read.
type answer struct {
	moment
	sent    time.Duration
	timed   bool // sent is known
	version int64
	body    []byte // nil for the older ones, see mostBodies
}

// mostBodies bounds the plans that are kept whole.
const mostBodies = 4

// proof is a version that the server told over REST.
type proof struct {
	moment
	version int64
	updated time.Time // when that version began, by the server's clock; zero where it did not say
}

// sight is the highest version of a message.
type sight struct {
	moment
	version int64
}

// due is a refresh that was due.
type due struct {
	moment
	reason  plancache.Reason
	item    contract.Item // of the delta that called for it; zero where there is none
	version int64
	section string // of a plan delta
}

// contest is an item that a plan answer put back.
type contest struct {
	moment
	plancache.Contest
	answer int64 // the answer's version
}

// period is a stretch with a connection.
type period struct {
	from, to moment // to.n is 0 where the end was not seen
}

// NewTimeline starts the history of a client of the given policy.
func NewTimeline(policy plancache.Policy) *Timeline {
	return &Timeline{fold: fold.Fold{Cache: plancache.New(policy)}, items: map[contract.Item]*history{}}
}

// Header takes the header of the session: moments are told on its clock.
func (t *Timeline) Header(h session.Header) {
	t.started = h.Started
	if h.Filter != "" {
		t.filtered = true
		t.Incomplete("the session is filtered")
	}
	t.faulty = h.Faults != ""
}

// Damaged notes that what comes next in the session cannot be read: it may be anything.
func (t *Timeline) Damaged() {
	if t.closed {
		return
	}
	if len(t.damaged) == 0 {
		t.Incomplete("the session holds lines that cannot be read")
	}
	t.damaged = append(t.damaged, t.lastN)
}

// damagedBetween tells whether there is something that cannot be read between two records; high.n is 0 for no end.
func (t *Timeline) damagedBetween(low, high moment) bool {
	return slices.ContainsFunc(t.damaged, func(place int64) bool { return place >= low.n && (high.n == 0 || place < high.n) })
}

// follow takes a record's number. One that skips some says that records are not in this session, unless somebody planted that as a
// fault: then the client did not get them.
func (t *Timeline) follow(rec *session.Record) {
	if skipped := rec.N - t.lastBorne - 1; skipped > 0 && int64(len(t.damaged)) == t.skipped && !t.faulty {
		t.Incomplete("records are missing from the session")
	}
	t.skipped, t.lastBorne = int64(len(t.damaged)), max(t.lastBorne, rec.N)
	if rec.Kind == session.KindEnd && rec.Lost > 0 {
		t.Incomplete("the recording lost records")
	}
}

// Until ends the history where the client is about to see more than a version: for a cache that was saved at that version,
// what its client saw later explains nothing. Tell it before the first record.
func (t *Timeline) Until(version int64) { t.until = &version }

// beyond tells whether a record shows more than the version that the history ends with.
func (t *Timeline) beyond(rec *session.Record) bool {
	if t.until == nil {
		return false
	}
	switch {
	case rec.Kind == session.KindPlan:
		version, ok := fold.Version(rec)
		return ok && version > *t.until
	case rec.Kind == session.KindEvent && rec.Event == contract.Event:
		var m contract.Message
		contract.Decode(rec.Args, &m)
		return highest(&m) > *t.until
	}
	return false
}

func highest(m *contract.Message) (version int64) {
	for i := range m.Deltas {
		version = max(version, m.Deltas[i].Version)
	}
	return version
}

// Incomplete notes that something is missing from the session, and why: nothing is certain then.
func (t *Timeline) Incomplete(reason string) { t.doubts = append(t.doubts, reason) }

// GoesOn tells whether the session ends where another part of it begins, which is not here.
func (t *Timeline) GoesOn() bool { return t.goesOn }

// Cache is what a client that followed the session holds.
func (t *Timeline) Cache() *plancache.Cache { return t.fold.Cache }

// Now is the moment of the latest record, since the session started.
func (t *Timeline) Now() time.Duration { return t.last }

// Other passes over a record that is of another client.
func (t *Timeline) Other(rec *session.Record) {
	if !t.closed {
		t.follow(rec)
	}
}

// Record folds the next record in.
func (t *Timeline) Record(rec *session.Record) {
	if t.closed = t.closed || t.beyond(rec); t.closed {
		return
	}
	t.follow(rec)
	t.goesOn = false
	t.fold.Record(rec)
	t.last = max(t.last, rec.T)
	here := moment{t.place(rec.N), t.last}
	if v := t.fold.Cache.Version(); v != t.version {
		t.version, t.reached = v, here
	}
	switch rec.Kind {
	case session.KindConnect:
		t.account.Connect(here.at)
		t.periods = append(t.periods, period{from: here})
	case session.KindDisconnect:
		t.account.Disconnect(here.at)
		t.left = rec.Reason == goodbye
		if n := len(t.periods); n > 0 && t.periods[n-1].to.n == 0 {
			t.periods[n-1].to = here
		}
	case session.KindConnectError:
		t.account.Disconnect(here.at)
	case session.KindEnd:
		t.ended, t.goesOn = true, rec.Reason == session.ReasonRotated
	case session.KindPlan:
		t.plan(rec, here)
	case session.KindVersion:
		if version, ok := fold.Version(rec); ok {
			t.account.Poll(here.at, max(rec.Took, 0), version)
			t.prove(here, version, rec.Body)
		}
	case session.KindEvent:
		t.event(rec, here)
	}
}

// goodbye is the reason of a disconnect that the client itself wanted.
const goodbye = "io client disconnect"

func (t *Timeline) prove(here moment, version int64, body []byte) {
	t.proofs = append(t.proofs, proof{moment: here, version: version, updated: updatedAt(body)})
}

// updatedAt reads when the version of an answer began.
func updatedAt(body []byte) time.Time {
	at, _ := instant(body, "planUpdatedAt")
	return at
}

func (t *Timeline) plan(rec *session.Record, here moment) {
	if !t.fold.Loaded {
		t.failures = append(t.failures, here)
		return
	}
	version, _ := fold.PlanVersion(rec.Body)
	if t.fold.Answer.Restarted {
		t.restart()
	}
	t.account.Plan(here.at, max(rec.Took, 0), version)
	t.prove(here, version, rec.Body)
	t.answers = append(t.answers, answer{
		moment: here, sent: here.at - max(rec.Took, 0), timed: rec.Took > 0, version: version, body: bytes.Clone(rec.Body),
	})
	if n := len(t.answers) - mostBodies; n > 0 {
		t.answers[n-1].body = nil
	}
	for _, c := range t.fold.Answer.Contested {
		c.Delta, c.Answer = bytes.Clone(c.Delta), bytes.Clone(c.Answer)
		t.contested = append(t.contested, contest{moment: here, Contest: c, answer: version})
	}
}

// restart forgets what was before the server's versions began again: the plan that shows it replaced everything.
func (t *Timeline) restart() {
	t.account = versions.Account{}
	if n := len(t.periods); n > 0 {
		t.account.Connect(t.periods[n-1].from.at)
	}
	t.items, t.answers, t.proofs, t.seen = map[contract.Item]*history{}, nil, nil, nil
	t.dues, t.failures, t.contested, t.message, t.agreed = nil, nil, nil, 0, nil
}

func (t *Timeline) event(rec *session.Record, here moment) {
	m := t.fold.Message
	if m == nil {
		if rec.Event == fold.PlanUpdateEvent {
			t.dues = append(t.dues, due{moment: here, reason: plancache.PlanUpdate})
		}
		return
	}
	if len(t.periods) == 0 {
		t.periods = []period{{}} // the session begins amid a connection
	}
	t.message = here.n
	t.account.Message(rec.N, here.at, m)
	t.seen = append(t.seen, sight{here, highest(m)})
	for i := range t.fold.Changes {
		c := &t.fold.Changes[i]
		if c.Delta < 0 {
			if c.Result == plancache.Refreshed {
				t.dues = append(t.dues, due{moment: here, reason: c.Reason})
			}
			continue
		}
		t.delta(&m.Deltas[c.Delta], c.Outcome, here)
	}
}

func (t *Timeline) delta(d *contract.Delta, o plancache.Outcome, here moment) {
	item := d.Item()
	if o.Result == plancache.Refreshed {
		t.dues = append(t.dues, due{moment: here, reason: o.Reason, item: item, version: d.Version, section: d.Section})
	}
	if d.ItemType == contract.TypePlan {
		return
	}
	h := t.items[item]
	if h == nil {
		h = &history{}
		t.items[item] = h
	}
	h.facts = append(h.facts, fact{moment: here, version: d.Version, action: d.Action, outcome: o, payload: bytes.Clone(d.Payload())})
	if n := len(h.facts) - mostPayloads; n > 0 {
		h.facts[n-1].payload = nil
	}
}

// item finds an item in a plan that was read; ok is false where the plan is not kept any more.
func (a *answer) item(it contract.Item) (raw []byte, ok bool) {
	if a.body == nil {
		return nil, false
	}
	p, err := plan.Parse(a.body)
	if err != nil {
		return nil, false
	}
	return itemOf(p, it), true
}

// itemOf finds an item in a plan; nil where it is not there.
func itemOf(p *plan.Plan, it contract.Item) []byte {
	list := listOf(p, it.Type)
	for i := range list.Len() {
		if list.HasID(i) && list.ID(i) == it.ID {
			return list.Raw(i)
		}
	}
	return nil
}

func listOf(p *plan.Plan, itemType string) *plan.List {
	switch itemType {
	case contract.TypeAppointment:
		return &p.Appointments
	case contract.TypeBill:
		return &p.Bills
	}
	return &p.Collaborators
}
