package convert

import (
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

var errNoObject = errors.New("not a JSON object")

// queue holds converted records until they are asked for, and numbers them.
type queue struct {
	left   tally
	header session.Header
	ready  []session.Record
	n      int64
	t      time.Duration
	ended  bool
}

// put appends a record. Time does not run backwards, whatever the recording's clock did.
func (q *queue) put(rec session.Record) {
	rec.T = max(rec.T, q.t)
	q.t = rec.T
	q.ready = append(q.ready, rec)
}

// take takes the next record.
func (q *queue) take(rec *session.Record) {
	*rec = q.ready[0]
	q.ready = q.ready[1:]
	q.n++
	rec.N = q.n
	if rec.Kind == session.KindEnd {
		rec.Records = q.n
	}
}

// end closes the session with an end record.
func (q *queue) end() {
	q.ended = true
	q.put(session.Record{T: q.t, Kind: session.KindEnd, Reason: reasonConverted, Lost: q.left.lost()})
}

// reasonConverted is the reason of the end record of a recording that was converted to its end.
const reasonConverted = "converted"

// Notes says what was left out.
func (q *queue) Notes() []string { return q.left.notes() }

// Header implements session.Source.
func (q *queue) Header() session.Header { return q.header }

// Complete implements session.Source.
func (q *queue) Complete() bool { return q.ended && len(q.ready) == 0 }

// stream is a Source over a recording of lines.
type stream struct {
	queue
	what    string
	lines   *session.Lines
	convert func(line []byte) error // turns a line into records by calling put
}

// first takes lines until there is a record, so that the header is known.
func (s *stream) first() error {
	for len(s.ready) == 0 {
		err := s.line()
		var bad *session.LineError
		switch {
		case errors.As(err, &bad):
			return &session.FormatError{What: s.what, Line: bad.Line, Reason: bad.Reason}
		case errors.Is(err, io.EOF):
			return &session.FormatError{What: s.what, Reason: "nothing in it that a session could hold"}
		case err != nil:
			return err
		}
	}
	return nil
}

// line takes one line.
func (s *stream) line() error {
	line, whole, err := s.lines.Next()
	if err != nil {
		return err
	}
	if err = s.convert(line); err == nil {
		return nil
	}
	if !whole && !s.header.Started.IsZero() {
		s.lines.CutOff(len(line))
		return nil
	}
	return &session.LineError{Line: s.lines.Number(), Reason: err.Error()}
}

// Next implements session.Source.
func (s *stream) Next(rec *session.Record) error {
	for len(s.ready) == 0 {
		err := s.line()
		if errors.Is(err, io.EOF) && !s.ended && s.lines.Truncated() == nil {
			s.end()
			break
		}
		if err != nil {
			return err
		}
	}
	s.take(rec)
	return nil
}

// Truncated implements session.Source.
func (s *stream) Truncated() *session.Truncation { return s.lines.Truncated() }

// Close implements session.Source.
func (s *stream) Close() error {
	s.lines.Close()
	return nil
}

// header is that of a converted session. The same recording gets the same id each time, by what it
// begins with.
func header(o Options, started time.Time, server string, beginning []byte) session.Header {
	sum := sha256.Sum256(beginning)
	return session.Header{
		Format: session.Format, Session: session.ID(started, [10]byte(sum[:])), Started: started.UTC().Truncate(time.Millisecond),
		Server: server, Tool: o.Tool, From: o.Format, Origin: session.OriginConvert,
	}
}
