// Package fold takes the records of a session into a client's cache, one by one: what a client that saw these records
// would hold, and what it did with each delta. A live stream and a file are folded by the same code, so that a session
// stands for the client that recorded it.
//
// It must not know where records come from, nor ask a server for anything.
package fold

import (
	"net/http"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// PlanUpdateEvent is what older servers send beside deltas: the version advanced, fetch again.
const PlanUpdateEvent = "plan:update"

// Fold folds the records of one stream. Its fields after Cache tell of the latest record, and are valid until the next.
type Fold struct {
	Cache *plancache.Cache // nil: messages are decoded, and nothing is kept

	Message *contract.Message // the deltas of a plan:item-delta event; nil for every other record
	Changes []Change          // what the cache did with them, in the order in which it took them
	Answer  plancache.Answer  // what a plan answer did to the cache
	Loaded  bool              // the record was a plan answer, and the cache took it

	message contract.Message
}

// Change is what the cache did with one delta of a message.
type Change struct {
	plancache.Outcome
	Delta         int    // index in the message; -1 for the message as a whole
	Held          int64  // the version that the item holds where the delta is stale; 0 where that is not known
	Before, After []byte // the item's JSON; nil where it was or is not there
}

// Record folds one record in.
func (f *Fold) Record(rec *session.Record) {
	f.Message, f.Changes, f.Answer, f.Loaded = nil, f.Changes[:0], plancache.Answer{}, false
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
		f.Cache.Connected()
	case session.KindEvent:
		f.event(rec)
	case session.KindPlan:
		f.plan(rec)
	case session.KindVersion:
		if version, ok := Version(rec); ok {
			f.Cache.Polled(version)
		}
	}
}

func (f *Fold) event(rec *session.Record) {
	switch {
	case f.Message != nil:
		f.Cache.Apply(f.Message, f.changed)
	case rec.Event == PlanUpdateEvent:
		f.Cache.Trigger(plancache.PlanUpdate, 0)
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

// Version is the planVersion that a plan or version record tells. An answer of another status than 200 tells none: a proxy's error may
// repeat somebody else's.
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
