package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// tick makes mutations in one tick of the server, and something of what becomes of their message.
func (w *world) tick(n int) {
	message := w.change(n)
	switch {
	case w.silent:
		w.lose(message, neverEmitted)
		if !w.online {
			w.lose(message, missedOffline) // and had it been emitted, nobody would have been there
		}
	case !w.online:
		w.lose(message, missedOffline)
	case w.chance(25):
		w.lose(message, missedDelta)
	case w.chance(20) && w.held == nil:
		w.held = message
	default:
		w.send(message)
		if late := w.held; late != nil {
			w.held = nil
			w.deliver(late)
		}
	}
	w.settle()
}

// send delivers a message; rarely a delta of it is lost, or its payload is wrong or missing.
func (w *world) send(message []delta) {
	var texts []string
	whole, calls := true, false
	var taken []delta
	for _, d := range message {
		switch n := w.rng.IntN(70); {
		case n == 0 && d.action != "deleted":
			d.it.state += 1000
			texts, taken = append(texts, d.text(true)), append(taken, d)
			whole = false
			defer w.wrong(d)
		case n == 1 && d.action != "deleted":
			texts = append(texts, d.text(false))
			w.blame(d.id, missing)
			w.client.see(d.version)
			whole, calls = false, true
		case n == 2 && len(message) > 1:
			w.blame(d.id, missedDelta)
			whole = false
		default:
			texts, taken = append(texts, d.text(true)), append(taken, d)
		}
	}
	if len(texts) == 0 {
		return
	}
	if whole {
		w.sent = append(w.sent, change{message})
	}
	w.emit(texts)
	if w.take(taken) || calls {
		w.maybeRefresh()
	}
}

// wrong notes that a payload was wrong, where the client holds it.
func (w *world) wrong(d delta) {
	if held, ok := w.client.items[d.id]; ok && held.state == d.it.state {
		w.truth[d.id] = []string{mismatch}
	}
}

// deliver brings a message that was held up, or comes again.
func (w *world) deliver(message []delta) {
	var texts []string
	for _, d := range message {
		texts = append(texts, d.text(true))
	}
	w.emit(texts)
	if w.take(message) {
		w.maybeRefresh()
	}
}

// take has the client take a message, and reports whether it calls for a refresh.
func (w *world) take(message []delta) (calls bool) {
	if !w.client.mobile {
		message = slices.Clone(message)
		slices.SortStableFunc(message, func(a, b delta) int { return a.version - b.version })
	}
	for _, d := range message {
		right := !w.differs(d.id)
		before := w.client.seen
		if !w.client.take(d, w.at) {
			calls = true
			w.blame(d.id, unknownEntity)
			continue
		}
		if d.version < before && w.differs(d.id) && (w.client.mobile || right) {
			if right {
				w.truth[d.id] = nil
			}
			w.blame(d.id, overwritten)
		}
	}
	w.settle()
	return calls
}

func (w *world) emit(deltas []string) {
	w.record(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(`[{"deltas":[` + strings.Join(deltas, ",") + `]}]`)})
}

// race has deltas arrive while a refresh is under way: the answer knows nothing of them, or only of the first, and it may
// call itself newer than it is.
func (w *world) race() {
	call := delta{id: "plan", action: "updated", version: w.server.bump()}
	w.emit([]string{call.text(true)})
	w.client.see(call.version)
	sent, known, version, answer := w.at, w.client.known, w.server.version, w.server.copy()
	for range 1 + w.rng.IntN(2) {
		w.at += 100 * time.Millisecond
		message := w.change(1)
		w.emit([]string{message[0].text(true)})
		if !w.client.take(message[0], w.at) {
			w.blame(message[0].id, unknownEntity) // and it joins the refresh that is under way
			w.blame(message[0].id, refreshRaced)
			w.blame(message[0].id, refreshMissed)
		}
		if w.chance(4) {
			version, answer = w.server.version, w.server.copy()
		}
	}
	if w.chance(4) {
		version = w.server.version // the version was read after the items
	}
	w.at += 100 * time.Millisecond
	w.answer(answer, version, sent, known, refreshRaced)
}

// answer has a plan be answered that was asked for at a moment, when so much was known.
func (w *world) answer(s server, version int, sent time.Duration, known int, cause string) {
	took := session.TookUnknown
	if w.timed {
		took = w.at - sent
	}
	w.record(session.Record{Kind: session.KindPlan, Status: 200, Took: took, Body: []byte(s.plan(version, w.server.updated))})
	before := map[string]bool{}
	for id := range w.everything(s) {
		before[id] = w.differs(id)
	}
	w.client.answer(&s, version, known, sent, w.timed)
	for id, differed := range before {
		if w.differs(id) && (!differed || cause != "") {
			w.blame(id, cause)
		}
	}
	w.settle()
}

// everything is the ids of all items on either side, and in an answer.
func (w *world) everything(answer server) map[string]bool {
	all := map[string]bool{}
	for _, id := range slices.Concat(w.server.ids(), w.client.ids(), answer.ids()) {
		all[id] = true
	}
	return all
}

// maybeRefresh does what the client should do; it may fail, some times or for good.
func (w *world) maybeRefresh() {
	switch w.rng.IntN(6) {
	case 0, 1:
		for n := range 1 + w.rng.IntN(3) {
			w.at += time.Duration(n) * 600 * time.Millisecond
			w.record(session.Record{Kind: session.KindPlan, Status: w.rng.IntN(2) * 500, Took: 10 * time.Millisecond, Error: "connection refused"})
		}
		if w.chance(3) {
			w.refresh()
			return
		}
		for id := range w.truth {
			w.blame(id, refreshFailed)
		}
	case 2: // It does not.
	default:
		w.refresh()
	}
}

func (w *world) refresh() {
	sent, known := w.at, w.client.known
	w.at += 100 * time.Millisecond
	w.answer(w.server.copy(), w.server.version, sent, known, untold)
}

func (w *world) poll() {
	w.client.know(w.server.version)
	w.record(session.Record{Kind: session.KindVersion, Status: 200, Took: time.Millisecond, Body: []byte(versionText(w.server.version, w.server.updated))})
}

func (w *world) connect() {
	w.online = true
	w.record(session.Record{Kind: session.KindConnect, SID: "s", Transport: "websocket", Attempt: 1})
}

func (w *world) disconnect(reason string) {
	w.online = false
	w.record(session.Record{Kind: session.KindDisconnect, Reason: reason})
}

func (w *world) record(rec session.Record) {
	rec.N, rec.T = int64(len(w.run.Records)+1), w.at
	w.run.Records = append(w.run.Records, rec)
}

func (s *server) copy() server {
	c := *s
	c.items = maps.Clone(s.items)
	return c
}

// text is a delta as it is on the wire, with its payload or without.
func (d delta) text(whole bool) string {
	if d.id == "plan" {
		section := ""
		if d.it.state > 0 {
			section = `"source":"rest","data":{"section":"collaborators"},`
		}
		return fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated",%s"version":%d}`, section, d.version)
	}
	itemType, id, _ := strings.Cut(d.id, ":")
	data := ""
	if whole && d.action != "deleted" {
		data = fmt.Sprintf(`"data":{%q:%s},`, itemType, payload(d.id, d.it.state, 0, d.it.away))
	}
	return fmt.Sprintf(`{"itemType":%q,"entityId":%s,"planItemId":%s,"action":%q,"source":"rest",%s"version":%d}`, itemType, id, id, d.action, data, d.version)
}
