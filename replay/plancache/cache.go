package plancache

import (
	"bytes"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// Cache is one client's cache. It is not safe for concurrent use. Make one with [New].
type Cache struct {
	policy  Policy
	now     time.Duration // moment of the latest event; each event is later than the one before
	version int64         // planVersion, see Version
	seen    int64         // of the app: see Seen
	check   time.Duration // since when the app is to ask for the version; never where it is not
	known   int64         // a version that the server has reached for sure: of deltas, plans and polls
	floor   int64         // what the latest answer holds at least, of items that it does not have, too
	frame   frame
	file    []byte // see File

	appointments, bills list
	slab                slab

	connected      time.Duration // when the connection began
	knownConnected int64         // what was known then

	history history
	refresh Refresh

	// OnDue, where it is set, is told each cause to refresh as it arises, of which many may join one
	// refresh. It must not call the cache.
	OnDue func(Trigger)

	match  plan.Matcher
	order  []int  // indexes of a message's deltas in version order
	before []byte // items as they were, for Apply's yield
}

// New returns an empty cache.
func New(p Policy) *Cache {
	return &Cache{policy: p, known: noVersion, floor: noVersion, connected: never, check: never, knownConnected: noVersion}
}

// Policy returns whose rules the cache follows.
func (c *Cache) Policy() Policy { return c.policy }

// At sets the moment of the events that follow, on the clock of the session. Moments that go back
// are taken as the latest. A cache that is never told the time takes each event as later than the
// one before.
func (c *Cache) At(now time.Duration) {
	c.now = max(c.now, now)
}

// tick makes the event that happens now later than the one before.
func (c *Cache) tick() time.Duration {
	c.now++
	return c.now
}

// Connected notes that a connection began.
func (c *Cache) Connected() {
	c.connected, c.knownConnected = c.tick(), c.known
}

// Loaded reports whether the cache has had a plan.
func (c *Cache) Loaded() bool { return c.frame.loaded }

// Version returns the planVersion of the plan that the client holds; 0 where there is none. By the
// contract it is the highest version seen in deltas and plans. The app's is that of the latest
// answer, raised by deltas that were applied alone.
func (c *Cache) Version() int64 { return c.version }

// Seen returns the version that polls are compared with. By the contract it is Version. The app's
// is the highest of all deltas, those that called for a refresh too, set back to the answer's at
// each refresh.
func (c *Cache) Seen() int64 {
	if c.policy == Mobile {
		return c.seen
	}
	return c.version
}

// File returns what the app keeps in its store (plan_cache_v1): the plan of the latest answer,
// without what deltas changed since; nil before the first answer. [Cache.AppendJSON] is what its
// screen shows. The contract knows no such file: nil.
func (c *Cache) File() []byte { return c.file }

// Item returns an item as the cache holds it. The bytes are valid until the cache changes.
func (c *Cache) Item(it contract.Item) (raw []byte, ok bool) {
	l := c.list(it.Type)
	if l == nil {
		return nil, false
	}
	if i := l.seek(c.idOf(it)); i >= 0 && l.entries[i].there() {
		return c.raw(&l.entries[i]), true
	}
	return nil, false
}

// idOf returns the id by which the client finds an item.
func (c *Cache) idOf(it contract.Item) appID {
	if c.policy == Mobile {
		return integerID(it.ID)
	}
	return appID{n: it.ID}
}

// Holds returns the version that an item, there or deleted, is known to hold; 0 where none is.
func (c *Cache) Holds(it contract.Item) int64 {
	l := c.list(it.Type)
	if l == nil {
		return 0
	}
	if e := l.find(it.ID); e != nil && !e.guessed {
		return max(e.version, 0)
	}
	return 0
}

// Len returns how many appointments and bills the cache holds.
func (c *Cache) Len() (appointments, bills int) {
	return c.appointments.live, c.bills.live
}

// Clone returns a copy that shares nothing with c, and tells nobody (OnDue) of anything.
func (c *Cache) Clone() *Cache {
	n := *c
	n.appointments, n.bills, n.slab = c.appointments.clone(), c.bills.clone(), c.slab.clone()
	n.history.steps = append([]step(nil), c.history.steps...)
	n.refresh.Triggers = append([]Trigger(nil), c.refresh.Triggers...)
	n.OnDue, n.file = nil, bytes.Clone(c.file)
	n.match, n.order, n.before = plan.Matcher{}, nil, nil
	return &n
}

// Refresh returns the state of the cache's refresh.
func (c *Cache) Refresh() Refresh { return c.refresh }

// Trigger makes a refresh due for a cause that no delta gives. Version is the one to reach; 0 where
// there is none.
func (c *Cache) Trigger(reason Reason, version int64) {
	c.trigger(Trigger{Reason: reason, Version: version, At: c.tick()})
}

func (c *Cache) trigger(t Trigger) {
	c.refresh.trigger(t)
	if c.OnDue != nil {
		c.OnDue(t)
	}
}

// Sent notes that the request for a plan left.
func (c *Cache) Sent() {
	c.refresh.request(c.tick())
}

// Failed notes that a request for a plan failed, or was answered with no plan, and how long that
// took (0: not known).
func (c *Cache) Failed(took time.Duration) {
	c.refresh.fail(c.tick(), took)
}

// Start begins a client anew, as an app does when its user signs in, or when it is started again:
// it shows the file that it kept (nil where there is none, or where it is no plan), and a refresh
// is due. The client must be a new one.
func (c *Cache) Start(file []byte) {
	if _, err := plan.Parse(file); err == nil {
		_, _ = c.Answered(file, 0)
		c.known, c.history = noVersion, history{} // it tells nothing of the server as it is now
	}
	c.Trigger(Starting, 0)
}

// AskVersion makes a version check due for what the user changed in the app itself. By the contract
// there is no such thing.
func (c *Cache) AskVersion() {
	if c.tick(); c.policy == Mobile && c.check == never {
		c.check = c.now
	}
}

// CheckDue reports whether the version is to be asked for, and since when. [Cache.CheckSent] notes
// that it was; the answer goes to [Cache.Polled]. One that fails is not tried again.
func (c *Cache) CheckDue() (since time.Duration, due bool) { return c.check, c.check != never }

// CheckSent notes that the version was asked for.
func (c *Cache) CheckSent() { c.check = never }

// Polled takes the answer of a version poll, or of a version check, and reports whether it makes a
// refresh due: it is above
// [Cache.Seen].
func (c *Cache) Polled(version int64) bool {
	c.learn(c.tick(), version)
	if version <= c.Seen() {
		return false
	}
	c.trigger(Trigger{Reason: VersionBehind, Version: version, At: c.now})
	return true
}

// learn takes a version that the server has reached.
func (c *Cache) learn(at time.Duration, version int64) {
	if version > c.known {
		c.known = version
		c.history.note(at, version)
	}
}

// list returns the list of an item type, or nil.
func (c *Cache) list(itemType string) *list {
	switch itemType {
	case contract.TypeAppointment:
		return &c.appointments
	case contract.TypeBill:
		return &c.bills
	}
	return nil
}

// raw returns the bytes of a live entry.
func (c *Cache) raw(e *entry) []byte {
	return c.slab.get(e.block, int(e.size))
}

// compact copies what is in use where too much is not.
func (c *Cache) compact() {
	if !c.slab.wasteful() {
		return
	}
	var fresh slab
	for _, l := range []*list{&c.appointments, &c.bills} {
		for i := range l.entries {
			if e := &l.entries[i]; e.there() {
				e.block = fresh.put(c.raw(e))
			}
		}
	}
	c.slab = fresh
}
