package campaign

import (
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/session"
)

// Evidence is what deltatap gets to see of a world.
type Evidence struct {
	Header  session.Header
	Lines   []Line
	CutOff  bool // the session has no end
	Cached  string
	Server  string
	Fence   Fence
	Live    bool
	Folded  bool // the cache is the session's own
	Owned   bool // it is said that the cache is that client's
	Session bool // there is a session at all

	Tables   string          // the plan that the database holds, beside the server's
	Newer    map[string]bool // of its rows, those that were written after its version was bumped last
	Outsider bool            // the database shows the user to be a collaborator
}

// Line is one line of the session: a record, or something that cannot be read.
type Line struct {
	Record  session.Record
	Damaged bool
}

// recording is what the recorder made of what the client got.
type recording struct {
	entries []entry // those that can be read
	damaged []int   // before which of them there is something that cannot be
	lost    int64
}

// record plays the recorder. A perfect one writes down all.
func (s *Script) record(entries []entry, without mask) recording {
	var r recording
	if without.is(recorded) {
		r.entries = entries
		return r
	}
	n := int64(0)
	r.entries = make([]entry, 0, len(entries))
	for _, e := range entries {
		if e.rec.T < s.Begun {
			continue
		}
		n++
		e.rec.N = n
		switch {
		case s.during(Forget, e, without):
			r.lost++
			continue
		case s.during(Damage, e, without):
			r.damaged = append(r.damaged, len(r.entries))
			continue
		case s.filters(e):
			n--
			continue
		}
		e.rec.T -= s.Begun
		if s.Untimed && (e.rec.Kind == session.KindPlan || e.rec.Kind == session.KindVersion) {
			e.rec.Took = session.TookUnknown
		}
		r.entries = append(r.entries, e)
	}
	return r
}

// during tells whether an entry falls into a trouble of the recorder.
func (s *Script) during(kind Kind, e entry, without mask) bool {
	return slices.ContainsFunc(s.Steps, func(p Step) bool {
		return p.Kind == kind && e.rec.T >= p.At && e.rec.T < p.At+p.For && !without.all
	})
}

// filters tells whether the recording leaves an entry out. A message with a delta that is wanted is
// kept whole.
func (s *Script) filters(e entry) bool {
	if s.Only == "" || !e.isDelta {
		return false
	}
	return !slices.ContainsFunc(e.message.deltas, func(d delta) bool { return strings.HasPrefix(d.id, s.Only) })
}

// fold is the plan of a client that follows the recording.
func (s *Script) fold(r recording) Plan {
	c := newClient(s.Mobile)
	for _, e := range r.entries {
		switch e.rec.Kind {
		case session.KindConnect:
			c.connect(e.rec.T)
		case session.KindVersion:
			c.poll(e.version, e.rec.T)
		case session.KindPlan:
			sent := e.rec.T - e.rec.Took
			if e.rec.Took < 0 {
				sent = never
			}
			if e.answer != nil {
				c.answered(*e.answer, sent, e.rec.T)
			}
		case session.KindEvent:
			if e.isDelta {
				c.take(e.message, e.rec.T)
			}
		}
	}
	return c.plan()
}

// cache is the plan that is held against the server's.
func (s *Script) cache(run *Run, r recording, without mask) Plan {
	if s.Cached == Folded {
		return s.fold(r)
	}
	p := run.saved
	p.Items, p.another = slices.Clone(p.Items), s.Another
	for i := range s.Steps {
		if step := &s.Steps[i]; step.Kind == Edit && !without.all && !without.has(i) {
			p.edit(step)
		}
	}
	return p
}

// edit changes a plan by hand.
func (p *Plan) edit(step *Step) {
	for i := range p.Items {
		if p.Items[i].ID == step.Item {
			p.Items[i].Value = step.Value
		}
	}
}

// evidence writes down what deltatap gets to see.
func (s *Script) evidence(run *Run, r recording, cached Plan) *Evidence {
	cal := calendarOf(s)
	e := &Evidence{
		Header: session.Header{Format: 1, Started: cal.started.Add(s.Begun), Tool: "campaign"},
		CutOff: s.CutOff, Cached: cal.planText(&cached), Server: cal.planText(&run.server),
		Fence: s.Fence, Live: s.Live, Folded: s.Cached == Folded, Owned: s.Owned, Session: !s.Alone,
		Tables: cal.planText(&run.tables), Newer: run.newer, Outsider: s.has(Outsider),
	}
	if s.has(Outsider) {
		e.Header.User = []byte(`{"id":2}`)
	}
	if s.Only != "" {
		e.Header.Filter = "type " + s.Only
	}
	damaged := r.damaged
	for i, entry := range r.entries {
		for len(damaged) > 0 && damaged[0] == i {
			e.Lines = append(e.Lines, Line{Damaged: true})
			damaged = damaged[1:]
		}
		e.Lines = append(e.Lines, Line{Record: entry.rec})
	}
	for range damaged {
		e.Lines = append(e.Lines, Line{Damaged: true})
	}
	s.close(e, r)
	return e
}

// close ends the session, as a recorder does that is told to stop.
func (s *Script) close(e *Evidence, r recording) {
	if s.CutOff || s.Live {
		return
	}
	n, at, up := r.lost, s.End-s.Begun, false
	for _, line := range e.Lines {
		n++
		switch line.Record.Kind {
		case session.KindConnect:
			up = true
		case session.KindDisconnect:
			up = false
		}
	}
	add := func(rec session.Record) {
		n++
		rec.N, rec.T = n, at
		e.Lines = append(e.Lines, Line{Record: rec})
	}
	if up {
		add(session.Record{Kind: session.KindDisconnect, Reason: "io client disconnect"})
	}
	add(session.Record{Kind: session.KindEnd, Reason: "interrupt", Records: n + 1 - r.lost, Lost: r.lost})
}
