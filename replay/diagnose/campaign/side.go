package campaign

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// connect has the client's socket come up. By the contract it reads the plan then.
func (w *world) connect() {
	if w.over() || w.online || w.stopped {
		return
	}
	w.online, w.deaf = true, false
	w.conn++
	w.client.connect(w.now)
	w.record(entry{rec: session.Record{Kind: session.KindConnect, SID: "s", Transport: "websocket", Attempt: 1}})
	w.record(entry{rec: session.Record{Kind: session.KindEvent, Event: "connection:ack", Args: []byte(`[{"ok":true}]`)}})
	if !w.Mobile {
		w.refresh()
	}
}

// disconnect has it go down. The app polls from then on until it is up again.
func (w *world) disconnect() {
	if w.over() || !w.online {
		return
	}
	reason := "transport close"
	if w.deaf {
		reason = "ping timeout"
	}
	w.online, w.deaf = false, false
	w.record(entry{rec: session.Record{Kind: session.KindDisconnect, Reason: reason}})
	if w.Mobile {
		w.pollLater(w.conn)
	}
}

func (w *world) pollLater(conn int) {
	w.after(pause, func() {
		if w.online || w.conn != conn || w.over() {
			return
		}
		w.poll()
		w.pollLater(conn)
	})
}

// poll asks for the version. The app does so by itself, and only while its socket is down.
func (w *world) poll() { w.pollFor(0) }

// pollFor asks for the version, and gets its answer late.
func (w *world) pollFor(late time.Duration) {
	sent := w.now
	w.after(reading, func() {
		version, moment := w.server.version, w.server.updated
		w.after(back+late, func() { w.polled(version, moment, sent) })
	})
}

func (w *world) polled(version int, moment, sent time.Duration) {
	if w.stopped {
		return
	}
	e := entry{sent: sent, version: version}
	e.rec = session.Record{Kind: session.KindVersion, Status: 200, Took: w.now - sent}
	if w.texts {
		e.rec.Body = []byte(w.cal.versionText(version, moment))
	}
	w.record(e)
	if w.client.poll(version, w.now) {
		w.refresh()
	}
}

// receive gives a message to the client.
func (w *world) receive(m message, unheard bool) {
	e := entry{message: m, isDelta: true, rec: session.Record{Kind: session.KindEvent, Event: "plan:item-delta"}}
	if w.texts {
		e.rec.Args = []byte(w.cal.args(m))
	}
	w.record(e)
	if unheard {
		return
	}
	calls, asks := w.client.take(m, w.now)
	w.run.useless = append(w.run.useless, calls...)
	if asks {
		w.run.useless = append(w.run.useless, problem{"", "malformed", 0})
		w.poll()
	}
	if len(calls) > 0 {
		w.refresh()
	}
}

// refresh asks for the plan, unless the client forgets to, or has asked already.
func (w *world) refresh() {
	if w.stopped {
		return
	}
	if w.inFlight {
		w.again = !w.Mobile // the app has it join
		return
	}
	if w.window(Ignore) != nil {
		return
	}
	w.inFlight = true
	w.after(asking, func() { w.request(1) })
}

// request asks for the plan once more.
func (w *world) request(attempt int) {
	sent, fails := w.now, w.window(Fail) != nil
	slow, torn, behind := w.window(Slow), w.window(Torn), w.window(Behind)
	rows, version, wait := reading, reading, back
	if torn != nil {
		rows, version = rows+max(0, -torn.Delay), version+max(0, torn.Delay)
	}
	if slow != nil {
		wait += slow.Delay
	}
	var p Plan
	w.after(rows, func() { p = w.readPlan(behind) })
	w.after(max(rows, version)+wait, func() { w.answer(p, sent, attempt, fails) })
	if torn != nil {
		told, at := 0, time.Duration(0)
		w.after(version, func() { told, at = w.server.version, w.server.updated })
		w.after(max(rows, version)+1, func() { p.Version, p.Updated = told, at })
	}
}

// asks is how many days the client asks for.
func (w *world) asks() int {
	if w.AppDays > 0 {
		return w.AppDays
	}
	return days
}

// outsider tells whether the client's user is a collaborator, to whom nothing is addressed.
func (w *world) outsider() bool {
	for i := range w.Steps {
		if w.Steps[i].Kind == Outsider && !w.gone(i) {
			return true
		}
	}
	return false
}

// restart has the app begin again: it shows the file of its last answer, and then reads the plan.
// Its socket is another.
func (w *world) restart() {
	if w.over() {
		return
	}
	last := -1
	for i := range w.run.entries {
		if w.run.entries[i].answer != nil {
			last = i
		}
	}
	if last < 0 || !w.online || w.inFlight {
		return
	}
	w.disconnect()
	w.client = newClient(w.Mobile)
	w.client.answered(*w.run.entries[last].answer, never, w.now)
	w.connect()
	if w.Mobile {
		w.refresh()
	}
}

// readPlan is what the API reads, or what a replica holds that is behind.
func (w *world) readPlan(behind *Step) Plan {
	if behind != nil {
		if p, ok := w.server.then(w.now - behind.Delay); ok {
			return p
		}
	}
	return w.server.plan(w.first(), w.asks(), false)
}

// answer brings what was read, or an error. The client tries three times.
func (w *world) answer(p Plan, sent time.Duration, attempt int, fails bool) {
	if w.stopped {
		return
	}
	e := entry{sent: sent, rec: session.Record{Kind: session.KindPlan, Status: 200, Took: w.now - sent}}
	if fails {
		e.rec.Status, e.rec.Body = 500, []byte(`{"error":"Internal server error"}`)
		w.record(e)
		if attempt < 3 {
			w.after(time.Duration(attempt)*retry, func() { w.request(attempt + 1) })
			return
		}
		w.inFlight, w.again = false, false
		return
	}
	e.answer = &p
	if w.texts {
		e.rec.Body = []byte(w.cal.planText(&p))
	}
	w.record(e)
	w.client.answered(p, sent, w.now)
	w.inFlight = false
	if w.again {
		w.again = false
		w.refresh()
	}
}

// record notes what the client got.
func (w *world) record(e entry) {
	if w.stopped {
		return
	}
	e.rec.T = w.now
	if w.online {
		e.conn = w.conn
	}
	w.run.entries = append(w.run.entries, e)
}

// readServer reads the plan that the client's is held against.
func (w *world) readServer() {
	switch {
	case w.Fence == Settled:
		w.after(resting, func() { w.compare(w.serverPlan()) })
	case w.Fence == Saved && w.Tear != 0:
		w.readTorn()
	default:
		w.compare(w.serverPlan())
	}
}

// serverPlan is the server's plan now, or as it was when the session ended.
func (w *world) serverPlan() Plan {
	if w.without.is(passed) && w.then != nil {
		return w.then.plan(w.first(), days, true)
	}
	return w.server.plan(w.first(), days, w.without.is(halfRead))
}

// readTorn reads rows and version apart.
func (w *world) readTorn() {
	rows, version := max(0, -w.Tear), max(0, w.Tear)
	if w.without.is(tornRead) {
		rows, version = max(rows, version), max(rows, version)
	}
	var p Plan
	told, at := 0, time.Duration(0)
	w.after(rows, func() { p = w.serverPlan() })
	w.after(version, func() { told, at = w.server.version, w.server.updated })
	w.after(max(rows, version)+1, func() {
		p.Version, p.Updated = told, at
		w.compare(p)
	})
}

// compare keeps the server's plan, and its rows as they were then.
func (w *world) compare(p Plan) {
	of := w.server
	if w.without.is(passed) && w.then != nil {
		of = w.then
	}
	p.respells = w.Respelled
	w.run.server, w.run.rows = p, of.copy().rows
	w.run.tables, w.run.newer = w.server.plan(w.first(), days, false), w.server.newer()
	for _, n := range w.server.pending {
		w.run.half = w.run.half || n > 0
	}
}
