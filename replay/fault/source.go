package fault

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// Source is a session with faults. It is a session.Source.
type Source struct {
	src     session.Source
	log     func(Entry) error
	header  session.Header
	link    *breaker
	order   *reorderer
	old     *staler
	stages  []stage
	ready   []*item // on the way out
	next    int     // of them
	n       int64   // the number of the last record given
	line    []byte  // of a record that was numbered anew
	rec     session.Record
	message contract.Message
	end     error // of the source
	err     error // of the log
}

// stage is one kind of fault, or two. It hands items on to the stage behind it.
type stage interface {
	take(it *item)
	flush() // the source has ended
}

func newSource(src session.Source, spec Spec, seed uint64, log func(Entry) error) *Source {
	s := &Source{src: src, log: log, header: src.Header()}
	if !spec.IsZero() {
		s.header = s.header.WithFaults(fmt.Sprintf("%v, seed %d", spec, seed))
	}
	c := chooser{seed}
	late := &delayer{next: s, rate: spec.Delay, by: spec.DelayBy, chooser: c}
	again := &duplicator{next: late, rate: spec.Duplicate, chooser: c}
	old := &staler{next: again, rate: spec.Stale, chooser: c}
	order := &reorderer{next: old, rate: spec.Reorder, chooser: c}
	content := &dropper{next: order, drop: spec.Drop, strip: spec.Strip, chooser: c, tell: s.tell}
	link := &breaker{next: content, breaks: spec.Disconnects, linked: true, tell: s.tell}
	s.link, s.order, s.old, s.stages = link, order, old, []stage{link, content, order, old, again, late}
	return s
}

// Header is that of the source, with a note of the faults.
func (s *Source) Header() session.Header { return s.header }

// Truncated is what the source says.
func (s *Source) Truncated() *session.Truncation { return s.src.Truncated() }

// Complete is what the source says.
func (s *Source) Complete() bool { return s.src.Complete() }

// Close closes the source.
func (s *Source) Close() error { return s.src.Close() }

// Next gives the next record, as session.Source says.
func (s *Source) Next(rec *session.Record) error {
	for s.next == len(s.ready) {
		if s.end != nil {
			return s.end
		}
		s.ready, s.next = s.ready[:0], 0
		err := s.src.Next(&s.rec)
		var bad *session.LineError
		switch {
		case err == nil && s.rec.Kind == session.KindSeal:
			// What comes out is not what it is a seal of.
		case err == nil:
			s.link.take(s.read())
		case errors.As(err, &bad):
			return err
		default:
			s.end = err
			for _, stage := range s.stages {
				stage.flush()
			}
		}
	}
	it := s.ready[s.next]
	s.next++
	s.number(it)
	for _, e := range it.entries {
		e.Out = s.n
		s.tell(e)
	}
	if s.err != nil {
		s.ready, s.next, s.end = nil, 0, s.err
		return s.err
	}
	*rec = it.rec
	return nil
}

// read makes an item of the record at hand.
func (s *Source) read() *item {
	it := &item{rec: s.rec, n: s.rec.N}
	if it.rec.Kind != session.KindEvent || it.rec.Event != contract.Event {
		return it
	}
	contract.Decode(it.rec.Args, &s.message)
	it.message, it.clean = true, len(s.message.Findings) == 0
	it.deltas = make([]delta, len(s.message.Deltas))
	for i := range s.message.Deltas {
		d := &s.message.Deltas[i]
		it.deltas[i] = delta{
			index: i, version: d.Version, item: d.Item(), raw: d.Raw,
			data: d.Has&contract.FieldData != 0 && (d.Action == contract.ActionCreated || d.Action == contract.ActionUpdated),
		}
	}
	return it
}

// take puts an item on the way out: the Source itself is behind the last stage.
func (s *Source) take(it *item) { s.ready = append(s.ready, it) }

func (s *Source) flush() {}

// number gives the record its number, and sees that its line agrees.
func (s *Source) number(it *item) {
	s.n++
	r := &it.rec
	if r.Kind == session.KindEnd && r.Records != s.n {
		r.Records, r.Raw = s.n, nil
	}
	if r.Raw != nil && r.N != s.n {
		s.renumber(r)
	}
	r.N = s.n
}

// renumber writes the line of a record that was read with another number, where the number is where
// deltatap writes it.
func (s *Source) renumber(r *session.Record) {
	const start = `{"n":`
	old := strconv.AppendInt([]byte(start), r.N, 10)
	rest, ok := bytes.CutPrefix(r.Raw, append(old, ','))
	if !ok {
		r.Raw = nil
		return
	}
	s.line = strconv.AppendInt(append(s.line[:0], start...), s.n, 10)
	s.line = append(append(s.line, ','), rest...)
	r.Raw = s.line
}

// tell logs an entry.
func (s *Source) tell(e Entry) {
	if s.log == nil || s.err != nil {
		return
	}
	if err := s.log(e); err != nil {
		s.err = fmt.Errorf("fault log: %w", err)
	}
}

var _ session.Source = (*Source)(nil)

// ends reports whether a record ends the connection, or the session.
func (it *item) ends() bool {
	return it.rec.Kind == session.KindDisconnect || it.rec.Kind == session.KindEnd
}
