// Package campaign plants faults between a model of a server and a model of its client, so that package diagnose can be held
// against the truth: what was planted is what has to be found, and nothing else may be called certain.
//
// The model must not know packages plancache and diagnose: what shares a bug with them would agree with them.
package campaign

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Run is what one seeded session came to.
type Run struct {
	Records []session.Record
	Cached  string // the JSON of the plan that the client holds in the end
	Server  string // the server's plan in the end
	Edited  string // a cache file that somebody changed by hand; empty where the session is the cache
	Fenced  bool   // the server's plan held still while it was read
	Live    bool   // the client is connected still
	CutOff  bool   // the session ends without a word
	// Agreements are moments at which the client was found to hold the server's plan, in their order.
	Agreements []Agreement
	// Truth names, for each item that differs ("bill:2"), the causes that were planted on it and are right: several where
	// two faults met on it, and none that has a code where the session cannot tell.
	Truth map[string][]string
}

// Agreement is a moment at which client and server held the same.
type Agreement struct {
	Records int    // of the session, so far
	Server  string // the server's plan
}

// Codes of the faults, as package diagnose names them.
const (
	missedDelta   = "missed-delta"
	missedOffline = "missed-while-offline"
	neverEmitted  = "never-emitted"
	refreshFailed = "refresh-failed"
	refreshMissed = "refresh-missed"
	refreshRaced  = "refresh-raced"
	overwritten   = "stale-overwrite"
	mismatch      = "payload-mismatch"
	missing       = "payload-missing"
	unknownEntity = "unknown-entity"
	edited        = "cache-edited"
	untold        = "untold" // what no record can tell
)

// world is a server, a client, and the wire between them.
type world struct {
	rng     *rand.Rand
	looks   *rand.Rand // when the two plans are held against each other; nothing else depends on it
	often   int        // once in how many steps
	server  server
	client  client
	truth   map[string][]string
	online  bool
	silent  bool     // the server emits to somebody else
	timed   bool     // it was measured how long answers took
	polling bool     // the client polls the version
	held    []delta  // a message that is late
	sent    []change // messages that arrived whole, to be delivered again
	run     Run
	at      time.Duration
}

// change is a message that arrived.
type change struct{ deltas []delta }

// Play makes the session of a seed, of a client that follows the contract or of the mobile app.
func Play(seed uint64, mobile bool) Run {
	w := &world{
		rng: rand.New(rand.NewPCG(seed, 1)), looks: rand.New(rand.NewPCG(seed, 2)), truth: map[string][]string{},
		server: server{items: map[string]item{}}, client: client{mobile: mobile, items: map[string]held{}, left: map[string]int{}},
	}
	w.often = 1 + w.looks.IntN(6)
	w.timed, w.polling = !w.chance(8), !w.chance(4)
	skew := time.Duration(w.rng.IntN(5000)-2500) * time.Millisecond
	w.server.clock = func() time.Duration { return w.at + skew }
	for range 3 + w.rng.IntN(6) {
		w.server.create(w.rng.IntN(2) == 0)
	}
	w.connect()
	w.refresh()
	w.silent = w.chance(12)
	for range 5 + w.rng.IntN(40) {
		w.step()
		w.look()
	}
	w.finish()
	return w.run
}

// chance is true once in n times.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

// step is one thing that happens.
func (w *world) step() {
	w.at += time.Duration(50+w.rng.IntN(3000)) * time.Millisecond
	switch n := w.rng.IntN(100); {
	case n < 50:
		w.tick(1)
	case n < 66:
		w.tick(2 + w.rng.IntN(4))
	case n < 75:
		if w.polling && (!w.client.mobile || !w.online) {
			w.poll()
		}
	case n < 81 && w.online:
		w.disconnect("transport close")
	case n < 91 && !w.online:
		w.connect()
		if w.chance(3) {
			w.refresh()
		}
	case n < 94:
		w.bulk()
	case n < 95:
		w.server.sync(w.rng)
	case n < 97 && len(w.sent) > 0 && w.online:
		w.deliver(w.sent[w.rng.IntN(len(w.sent))].deltas)
	case w.online && !w.silent:
		w.race()
	}
}

// look holds the client's plan against the server's, now and then.
func (w *world) look() {
	if w.looks.IntN(w.often) > 0 || !w.online || w.client.people != w.server.people {
		return
	}
	for id := range w.everything(w.server) {
		if w.differs(id) {
			return
		}
	}
	w.run.Agreements = append(w.run.Agreements, Agreement{len(w.run.Records), w.server.plan(w.server.version, w.server.updated)})
}

// blame notes a cause why an item may differ.
func (w *world) blame(id, cause string) {
	if !slices.Contains(w.truth[id], cause) {
		w.truth[id] = append(w.truth[id], cause)
	}
}

func (w *world) lose(message []delta, cause string) {
	for _, d := range message {
		w.blame(d.id, cause)
	}
}

// settle forgets what was planted on items that do not differ.
func (w *world) settle() {
	for id := range w.truth {
		if !w.differs(id) {
			delete(w.truth, id)
		}
	}
}

// differs tells whether the client holds something else than the server's plan.
func (w *world) differs(id string) bool {
	if person, ok := strings.CutPrefix(id, "collaborator:"); ok {
		return number(person) > w.client.people
	}
	server, there := w.server.items[id]
	held, has := w.client.items[id]
	there = there && !server.away
	if !there || !has {
		return there != has && !(has && held.away)
	}
	return server.state != held.state || server.away != held.away
}

// finish ends the session in one of the ways in which sessions end, and compares.
func (w *world) finish() {
	if w.held != nil {
		w.lose(w.held, missedDelta)
	}
	w.run.Fenced = true
	switch n := w.rng.IntN(20); {
	case n < 8 && w.online:
		w.run.Live = true
	case n < 18:
		if w.online {
			w.disconnect("io client disconnect")
		}
		w.record(session.Record{Kind: session.KindEnd, Reason: "interrupt"})
		w.later(missedOffline)
	case n < 19:
		w.run.CutOff = true
		w.later(untold)
	default:
		w.run.Fenced = false
	}
	version, updated := w.server.version, w.server.updated
	if !w.run.Fenced {
		for _, d := range w.change(1) {
			w.blame(d.id, untold) // newer than the plan that shows it
		}
	}
	w.run.Cached, w.run.Server = w.client.plan(), w.server.plan(version, updated)
	w.edit()
	w.settle()
	w.run.Truth = w.truth
}

// later has the server go on without the client.
func (w *world) later(cause string) {
	for range w.rng.IntN(3) {
		w.at += time.Second
		w.lose(w.change(1), cause)
	}
}

// edit changes the client's cache by hand, now and then.
func (w *world) edit() {
	ids := w.client.ids()
	if !w.chance(10) || len(ids) == 0 || w.run.Live {
		return
	}
	id := ids[w.rng.IntN(len(ids))]
	it := w.client.items[id]
	it.state += 5000
	w.client.items[id] = it
	w.run.Edited = w.client.plan()
	w.truth[id] = []string{edited}
}
