// Package campaign plants faults between a model of a server and a model of its client, so that package diagnose can be held
// against the truth: what was planted is what has to be found, and nothing else may be called certain.
//
// The model must not know packages plancache and diagnose: what shares a bug with them would agree with them.
package campaign

import (
	"fmt"
	"maps"
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
	// Truth names, for each item that differs, the causes that were planted on it and are right: several where two faults
	// met on it.
	Truth map[int][]string
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
)

// item is a bill: its state is a number.
type item struct{ state, version int }

// world is a server, a client, and the wire between them.
type world struct {
	rng     *rand.Rand
	version int
	server  map[int]item
	client  map[int]item
	truth   map[int][]string
	online  bool
	silent  bool       // the server emits to somebody else
	mobile  bool       // the client takes whatever arrives last
	held    []change   // a message that is late
	sent    [][]change // messages that arrived, to be delivered again
	run     Run
	at      time.Duration
}

// Play makes the session of a seed, of a client that follows the contract or of the mobile app.
func Play(seed uint64, mobile bool) Run {
	w := &world{mobile: mobile, rng: rand.New(rand.NewPCG(seed, 1)), server: map[int]item{}, client: map[int]item{}, truth: map[int][]string{}}
	for id := range 3 + w.rng.IntN(6) {
		w.version++
		w.server[id+1] = item{state: 0, version: w.version}
	}
	w.connect()
	w.refresh()
	w.silent = w.rng.IntN(12) == 0
	for range 5 + w.rng.IntN(40) {
		w.step()
	}
	w.finish()
	return w.run
}

// step is one thing that happens.
func (w *world) step() {
	w.at += time.Duration(50+w.rng.IntN(3000)) * time.Millisecond
	switch n := w.rng.IntN(100); {
	case n < 55:
		w.tick(1)
	case n < 68:
		w.tick(2 + w.rng.IntN(3))
	case n < 76:
		w.poll()
	case n < 82 && w.online:
		w.disconnect()
	case n < 92 && !w.online:
		w.connect()
		if w.rng.IntN(3) == 0 {
			w.refresh()
		}
	case n < 95:
		w.bulk()
	case n < 97 && len(w.sent) > 0 && w.online:
		w.deliver(w.sent[w.rng.IntN(len(w.sent))])
	case w.online && !w.silent:
		w.race()
	}
}

// change is a mutation of one item.
type change struct{ id, state, version int }

// tick makes mutations in one tick of the server: they leave in one message, a later one of an item in the place of the
// earlier one.
func (w *world) tick(n int) {
	var message []change
	for range n {
		id := 1 + w.rng.IntN(len(w.server))
		w.version++
		c := change{id, w.server[id].state + 1, w.version}
		w.server[id] = item{c.state, c.version}
		if i := slices.IndexFunc(message, func(m change) bool { return m.id == id }); i >= 0 {
			message[i] = c
		} else {
			message = append(message, c)
		}
	}
	switch {
	case w.silent:
		w.lose(message, neverEmitted)
		if !w.online {
			w.lose(message, missedOffline) // and had it been emitted, nobody would have been there
		}
	case !w.online:
		w.lose(message, missedOffline)
	case w.rng.IntN(25) == 0:
		w.lose(message, missedDelta)
	case w.rng.IntN(20) == 0 && w.held == nil:
		w.held = message
	default:
		w.send(message)
		if late := w.held; late != nil {
			w.held = nil
			w.deliver(late)
		}
	}
}

// deliver brings a message that was held up, or comes again.
func (w *world) deliver(message []change) {
	var deltas []string
	for _, c := range message {
		deltas = append(deltas, delta(c.id, c.version, bill(c.id, c.state)))
		w.take(c)
	}
	w.emit(deltas)
}

// take has the client apply a change: the contract's keeps what is newer, the mobile one what comes last.
func (w *world) take(c change) {
	had := w.client[c.id]
	if c.version <= had.version {
		if w.mobile && had.state != c.state {
			w.client[c.id] = item{c.state, had.version}
			if had.state == w.server[c.id].state {
				w.truth[c.id] = nil
			}
			w.blame(c.id, overwritten)
		}
		return
	}
	w.client[c.id] = item{c.state, c.version}
	if c.version == w.server[c.id].version {
		delete(w.truth, c.id)
	}
}

// race has deltas arrive while a refresh is under way: the answer knows nothing of them.
func (w *world) race() {
	w.emit([]string{fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated","version":%d}`, w.bump())})
	sent, version, answer := w.at, w.version, maps.Clone(w.server)
	w.at += 100 * time.Millisecond
	var message []change
	for range 1 + w.rng.IntN(2) {
		id := 1 + w.rng.IntN(len(w.server))
		c := change{id, w.server[id].state + 1, w.bump()}
		w.server[id] = item{c.state, c.version}
		message = append(message, c)
	}
	for _, c := range message {
		w.deliver([]change{c})
	}
	w.at += 100 * time.Millisecond
	w.record(session.Record{Kind: session.KindPlan, Status: 200, Took: w.at - sent, Body: []byte(planOf(version, answer))})
	for id, it := range answer {
		if !w.mobile && w.client[id].version > version {
			continue
		}
		w.client[id] = item{it.state, version}
		delete(w.truth, id)
		if w.server[id].state != it.state {
			w.blame(id, refreshRaced)
		}
	}
}

func (w *world) bump() int {
	w.version++
	return w.version
}

func (w *world) lose(message []change, cause string) {
	for _, c := range message {
		w.blame(c.id, cause)
	}
}

func (w *world) blame(id int, cause string) {
	if !slices.Contains(w.truth[id], cause) {
		w.truth[id] = append(w.truth[id], cause)
	}
}

// send delivers a message; rarely a payload in it is wrong or missing.
func (w *world) send(message []change) {
	var deltas []string
	var whole []change
	for _, c := range message {
		switch w.rng.IntN(60) {
		case 0:
			deltas = append(deltas, delta(c.id, c.version, bill(c.id, c.state+1000)))
			w.client[c.id] = item{c.state + 1000, c.version}
			w.truth[c.id] = []string{mismatch}
		case 1:
			deltas = append(deltas, delta(c.id, c.version, ""))
			w.blame(c.id, missing)
			defer w.maybeRefresh()
		default:
			deltas = append(deltas, delta(c.id, c.version, bill(c.id, c.state)))
			w.take(c)
			whole = append(whole, c)
		}
	}
	if len(whole) == len(message) {
		w.sent = append(w.sent, whole)
	}
	w.emit(deltas)
}

func (w *world) emit(deltas []string) {
	w.record(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(`[{"deltas":[` + strings.Join(deltas, ",") + `]}]`)})
}

// bulk changes what no delta can say.
func (w *world) bulk() {
	if !w.online || w.silent {
		return
	}
	id := 1 + w.rng.IntN(len(w.server))
	w.version++
	w.server[id] = item{w.server[id].state + 1, w.version}
	w.record(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: fmt.Appendf(nil,
		`[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":%d}]}]`, w.version)})
	w.blame(id, refreshMissed)
	w.maybeRefresh()
}

// maybeRefresh does what the client should do; it may fail.
func (w *world) maybeRefresh() {
	switch w.rng.IntN(5) {
	case 0:
		w.at += 100 * time.Millisecond
		w.record(session.Record{Kind: session.KindPlan, Error: "connection refused"})
		for id := range w.truth {
			w.blame(id, refreshFailed)
		}
	case 1:
		// It does not.
	default:
		w.refresh()
	}
}

func (w *world) refresh() {
	w.at += 100 * time.Millisecond
	w.record(session.Record{Kind: session.KindPlan, Status: 200, Took: 20 * time.Millisecond, Body: []byte(planOf(w.version, w.server))})
	for id, it := range w.server {
		w.client[id] = item{it.state, w.version}
	}
	clear(w.truth)
}

func (w *world) poll() {
	w.record(session.Record{Kind: session.KindVersion, Status: 200, Took: time.Millisecond, Body: fmt.Appendf(nil, `{"planVersion":%d}`, w.version)})
}

func (w *world) connect() {
	w.online = true
	w.record(session.Record{Kind: session.KindConnect, SID: "s", Transport: "websocket", Attempt: 1})
}

func (w *world) disconnect() {
	w.online = false
	w.record(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})
}

func (w *world) record(rec session.Record) {
	rec.N, rec.T = int64(len(w.run.Records)+1), w.at
	w.run.Records = append(w.run.Records, rec)
}

func (w *world) finish() {
	w.run.Cached, w.run.Server = planOf(w.version, w.client), planOf(w.version, w.server)
	if w.held != nil {
		w.lose(w.held, missedDelta)
	}
	w.run.Truth = map[int][]string{}
	for id, it := range w.server {
		if w.client[id].state != it.state {
			w.run.Truth[id] = w.truth[id]
		}
	}
}

func bill(id, state int) string {
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"amount":%d,"dueDate":null,"status":"todo","googleSync":null}`, id, id, state)
}

func delta(id, version int, payload string) string {
	data := ""
	if payload != "" {
		data = `"data":{"bill":` + payload + `},`
	}
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"updated","source":"rest",%s"version":%d}`, id, id, data, version)
}

func planOf(version int, items map[int]item) string {
	var bills []string
	for id := 1; id <= len(items); id++ {
		bills = append(bills, bill(id, items[id].state))
	}
	return fmt.Sprintf(`{"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},"appointments":[],"bills":[%s],"planVersion":%d}`,
		strings.Join(bills, ","), version)
}
