// Package fold takes the records of a session into a client's cache, one by one: what a client that
// saw these records would hold, and what it did with each delta. A live stream and a file are
// folded by the same code, so that a session stands for the client that recorded it.
//
// It must not know where records come from, nor ask a server for anything.
package fold

import (
	"net/http"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// PlanUpdateEvent is what older servers send beside deltas: the version advanced, fetch again.
const PlanUpdateEvent = "plan:update"

// Answers says whose the answers are that a session holds, where a mobile client is folded. A
// contract client reads the plan at every connection, and is answered all of them.
type Answers uint8

const (
	// AsRecorded takes every answer for one to the client: the session is the client's own, as a tap
	// or record --client mobile leaves it.
	AsRecorded Answers = iota
	// OnlyAsked takes an answer for the client's only where the client had cause to ask when it was
	// asked for: the plan at its start and while a refresh is due, the version while the socket is
	// down and while a check is due. The rest is what a recorder read for itself, because it connected
	// again, or polls while the socket is up. That is the fold for the phone beside which somebody
	// recorded. It cannot see that the user pulled the list: an answer to that is passed over, too.
	OnlyAsked
)

// Fold folds the records of one stream. Its fields after TokenLife tell of the latest record, and
// are valid until the next.
type Fold struct {
	Cache   *plancache.Cache // nil: messages are decoded, and nothing is kept
	Answers Answers

	// TokenLife is how long the token of a mobile client lives, which is fetched once, when the socket
	// is made: the first connection that begins later is refused to the client, and so it stays
	// ([Fold.Refused]). 0 is for ever. The recorder of the session renewed its own.
	TokenLife time.Duration

	Message *contract.Message // the deltas of a plan:item-delta event; nil for every other record
	Changes []Change          // what the cache did with them, in the order in which it took them
	Answer  plancache.Answer  // what a plan answer did to the cache
	Loaded  bool              // the record was a plan answer, and the cache took it
	Passed  bool              // the record was an answer to somebody else, see OnlyAsked

	message contract.Message
	made    time.Duration // when the socket was made
	has     bool          // it was
	online  bool
	refused bool
}

// Online reports whether the client's socket is up.
func (f *Fold) Online() bool { return f.online }

// Refused reports whether the client's token has expired, so that its socket stays down for good:
// deltas do not reach it, and it has its polls alone.
func (f *Fold) Refused() bool { return f.refused }

// Change is what the cache did with one delta of a message.
type Change struct {
	plancache.Outcome
	Delta         int    // index in the message; -1 for the message as a whole
	Held          int64  // the version that the item holds where the delta is stale; 0 where that is not known
	Before, After []byte // the item's JSON; nil where it was or is not there
}

// Record folds one record in.
func (f *Fold) Record(rec *session.Record) {
	f.Message, f.Changes, f.Answer, f.Loaded, f.Passed = nil, f.Changes[:0], plancache.Answer{}, false, false
	if rec.Kind == session.KindEvent && rec.Event == contract.Event {
		contract.Decode(rec.Args, &f.message)
		f.Message = &f.message
	}
	if f.Cache == nil {
		return
	}
	f.Cache.At(rec.T)
	switch rec.Kind {
	case session.KindConnect:
		f.connect(rec.T)
	case session.KindDisconnect, session.KindConnectError:
		f.online = false
	case session.KindEvent:
		f.event(rec)
	case session.KindRequest:
		f.request(rec)
	case session.KindPlan, session.KindVersion:
		if f.Passed = f.unasked(rec); !f.Passed {
			f.answer(rec)
		}
	}
}

// connect notes a connection, unless the client's token does not reach that far.
func (f *Fold) connect(at time.Duration) {
	if !f.has {
		f.has, f.made = true, at
	}
	mortal := f.Cache.Policy() == plancache.Mobile && f.TokenLife > 0
	f.refused = f.refused || mortal && at-f.made >= f.TokenLife
	if f.online = !f.refused; f.online {
		f.Cache.Connected()
	}
}

func (f *Fold) event(rec *session.Record) {
	if f.refused {
		return
	}
	f.online = true // where a session begins amid a connection
	switch {
	case f.Message != nil:
		f.Cache.Apply(f.Message, f.changed)
	case rec.Event == PlanUpdateEvent:
		f.Cache.Trigger(plancache.PlanUpdate, 0)
	}
}

// request takes a change that the client itself asked the server for.
func (f *Fold) request(rec *session.Record) {
	status := int64(rec.Status)
	if told, ok := plan.Int64(plan.Get(rec.Raw, "status")); ok {
		status = told
	}
	if status/100 == http.StatusOK/100 {
		f.Cache.AskVersion()
	}
}

// unasked reports whether the client had no cause to ask for what was answered.
func (f *Fold) unasked(rec *session.Record) bool {
	switch {
	case f.Answers == AsRecorded || f.Cache.Policy() != plancache.Mobile:
		return false
	case rec.Kind == session.KindVersion:
		return f.online && !f.checks(rec)
	case !f.Cache.Loaded():
		return false
	}
	r := f.Cache.Refresh()
	if r.State == plancache.Idle || r.State == plancache.GivenUp {
		return true
	}
	return before(rec, r.Since)
}

// checks reports whether the answer is to the version check that the client is to make.
func (f *Fold) checks(rec *session.Record) bool {
	since, due := f.Cache.CheckDue()
	return due && !before(rec, since)
}

// before reports whether what was answered was asked for before a moment, for all that the record
// tells.
func before(rec *session.Record, moment time.Duration) bool {
	return rec.Took > 0 && rec.T-rec.Took+tookUnit < moment
}

// tookUnit is how exactly a session tells how long an answer took.
const tookUnit = time.Millisecond

// answer gives the client an answer.
func (f *Fold) answer(rec *session.Record) {
	if rec.Kind == session.KindPlan {
		f.plan(rec)
		return
	}
	if f.checks(rec) {
		f.Cache.CheckSent()
	}
	if version, ok := Version(rec); ok {
		f.Cache.Polled(version)
	}
}

func (f *Fold) changed(i int, o plancache.Outcome, before, after []byte) {
	c := Change{Outcome: o, Delta: i, Before: before, After: after}
	if o.Result == plancache.Stale && i >= 0 {
		c.Held = f.Cache.Holds(f.message.Deltas[i].Item())
	}
	f.Changes = append(f.Changes, c)
}

// plan gives the cache an answer to a request for the plan.
func (f *Fold) plan(rec *session.Record) {
	took := max(rec.Took, 0)
	if rec.Status == http.StatusOK {
		var err error
		if f.Answer, err = f.Cache.Answered(rec.Body, took); err == nil {
			f.Loaded = true
			return
		}
	}
	f.Cache.Failed(took)
}

// Version is the planVersion that a plan or version record tells. An answer of another status than
// 200 tells none: a proxy's error may repeat somebody else's.
func Version(rec *session.Record) (version int64, ok bool) {
	if rec.Status != http.StatusOK {
		return 0, false
	}
	return PlanVersion(rec.Body)
}

// PlanVersion reads the planVersion of an answer of /api/plan/version, or of /api/plan.
func PlanVersion(body []byte) (version int64, ok bool) {
	return plan.Int64(plan.Get(body, "planVersion"))
}
