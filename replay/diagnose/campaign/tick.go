package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// tick is a turn of the server's event loop: the deltas that are made in it leave in one message.
type tick struct {
	number int
	open   int  // steps whose deltas are still to come
	begun  bool // before the session ended: later ones find nobody
	deltas []made
}

// made is a delta, and the items that its mutation changed.
type made struct {
	delta
	real    int // its version, said or not
	affects []string
}

// key is what coalesces deltas.
func (m made) key() string {
	if m.id == "plan" && m.section != "" {
		return "plan:1"
	}
	return m.id
}

// add takes a delta. A later one takes the place of an earlier one of the same item.
func (t *tick) add(m made) {
	i := slices.IndexFunc(t.deltas, func(o made) bool { return o.key() == m.key() })
	if i < 0 {
		t.deltas = append(t.deltas, m)
		return
	}
	for _, id := range t.deltas[i].affects {
		if !slices.Contains(m.affects, id) {
			m.affects = append(m.affects, id)
		}
	}
	t.deltas[i] = m
}

// scheduleStep has one step happen.
func (w *world) scheduleStep(step *Step) {
	s := *step
	switch s.Kind {
	case Change, Bulk:
		t := w.ticks[s.Tick]
		if t == nil {
			t = &tick{number: s.Tick}
			w.ticks[s.Tick] = t
		}
		t.open++
		w.at(s.At, func() { w.mutate(&s, t) })
	case Sync:
		w.at(s.At, func() { w.sync(s.Item) })
	case Unversed:
		w.at(s.At, func() { w.unversed(&s) })
	case Poll:
		w.at(s.At, func() { w.asked(func() { w.pollFor(s.Delay) }) })
	case Pull:
		w.at(s.At, func() { w.asked(w.refresh) })
	case Break:
		w.at(s.At, w.disconnect)
		w.at(s.At+s.For, w.connect)
	case Restart:
		w.at(s.At, w.restart)
	case Deaf:
		w.at(s.At, func() { w.deaf = w.online })
	}
}

// asked does what somebody wants of the client, while there is a session. The app polls by itself
// alone.
func (w *world) asked(do func()) {
	if !w.over() {
		do()
	}
}

func (w *world) sync(id string) {
	if r := w.server.rows[id]; r != nil {
		r.it.Google++
	}
}

func (w *world) unversed(step *Step) {
	if r := w.server.rows[step.Item]; r != nil && !r.deleted {
		r.it.Value = step.Value
		w.server.note(r)
	}
}

// mutate writes rows now, and has their version and their delta follow.
func (w *world) mutate(step *Step, t *tick) {
	ids, m := step.Items, made{delta: delta{id: "plan", action: updated, section: step.Section}}
	if step.Kind == Change {
		ids = []string{step.Item}
	}
	for _, id := range ids {
		d, ok := w.server.write(step, id, w.clock())
		if !ok {
			continue
		}
		if step.Kind == Change {
			m.delta = d
		}
		m.affects = append(m.affects, id)
		w.server.pending[id]++
	}
	if step.Op == People {
		w.server.people++
		m.affects = append(m.affects, fmt.Sprintf("collaborator:%d", w.server.people))
	}
	if step.Kind == Change && len(m.affects) == 0 {
		w.close(t) // nobody changes what is not there
		return
	}
	w.after(bumping+step.Hold, func() { w.commit(m, t, step.Unversion) })
}

// commit bumps the version and makes the delta.
func (w *world) commit(m made, t *tick, unversioned bool) {
	if w.lags {
		w.server.remember(w.now-1, w.first(), w.asks())
	}
	for _, id := range m.affects {
		if w.server.pending[id] > 0 {
			w.server.pending[id]--
		}
	}
	t.begun = t.begun || w.now < w.End
	m.real = w.server.bump(w.clock())
	if !unversioned {
		m.version = m.real
	}
	w.after(bumping, func() {
		t.add(m)
		w.close(t)
	})
}

// close counts a step of the tick as done. With the last one the message leaves.
func (w *world) close(t *tick) {
	if t.open--; t.open == 0 && len(t.deltas) > 0 {
		w.after(bumping, func() { w.emit(t) })
	}
}

// emit sends a tick's message on its way.
func (w *world) emit(t *tick) {
	var m message
	var sent []*emission
	for nth, d := range t.deltas {
		e := &emission{delta: d.delta, real: d.real, tick: t.number, nth: nth, affects: d.affects, at: w.now}
		if w.online && t.begun {
			e.conn = w.conn
		}
		w.run.sent = append(w.run.sent, e)
		if w.lost(e) {
			continue
		}
		sent, m.deltas = append(sent, e), append(m.deltas, w.bend(e))
	}
	m.mangled = w.aimed(Mangle, t.number, 0) != nil
	if len(m.deltas) == 0 || !w.online || !t.begun {
		return
	}
	late := wire
	if s := w.aimed(Late, t.number, 0); s != nil {
		late += s.For
	}
	w.deliver(m, sent, late)
	if s := w.aimed(Double, t.number, 0); s != nil {
		w.deliver(m, sent, late+s.For)
	}
}

// aimed finds the trouble of a kind that is about a delta.
func (w *world) aimed(kind Kind, tick, nth int) *Step {
	for i := range w.Steps {
		s := &w.Steps[i]
		if s.Kind == kind && s.Tick == tick && (s.Nth < 0 || s.Nth == nth) && !w.gone(i) {
			return s
		}
	}
	return nil
}

// window finds the trouble of a kind that lasts now.
func (w *world) window(kind Kind) *Step {
	for i := range w.Steps {
		s := &w.Steps[i]
		if s.Kind == kind && w.now >= s.At && w.now < s.At+s.For && !w.gone(i) {
			return s
		}
	}
	return nil
}

func (w *world) gone(i int) bool {
	p := &w.Steps[i]
	return w.without.all || w.without.has(i) || p.Kind.ofClient() && p.Theirs != w.theirs
}

// lost tells whether a delta does not get on its way, or does not arrive.
func (w *world) lost(e *emission) bool {
	s := w.window(Swallow)
	return w.aimed(Lose, e.tick, e.nth) != nil || w.aimed(Unsent, e.tick, 0) != nil || s != nil && strings.HasPrefix(e.id, s.Section)
}

// wrong is what altered content differs by from what was sent.
const wrong = 50000

// bend is a delta as it arrives.
func (w *world) bend(e *emission) delta {
	d := e.delta
	if d.id == "plan" || d.action == deleted {
		return d
	}
	if w.aimed(Strip, e.tick, e.nth) != nil {
		d.bare = true
	}
	if w.aimed(Alter, e.tick, e.nth) != nil {
		d.it.Value += wrong
	}
	return d
}

// deliver has a message arrive, where its connection lasts and carries anything until then.
func (w *world) deliver(m message, sent []*emission, late time.Duration) {
	conn := w.conn
	w.after(late, func() {
		if !w.online || w.conn != conn || w.deaf || w.stopped || w.outsider() {
			return
		}
		for _, e := range sent {
			e.arrived = w.now
		}
		w.receive(m, w.aimed(Unheard, sent[0].tick, 0) != nil)
	})
}
