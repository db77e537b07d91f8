package convert

import (
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

var errNoObject = errors.New("not a JSON object")

// stream is a Source over a recording of lines.
type stream struct {
	what   string
	lines  *session.Lines
	header session.Header
	take   func(line []byte) error // turns a line into records by calling put
	ready  []session.Record        // what take put
	n      int64
	t      time.Duration
	ended  bool
}

// put appends a record. Time does not run backwards, whatever the recording's clock did.
func (s *stream) put(rec session.Record) {
	rec.T = max(rec.T, s.t)
	s.t = rec.T
	s.ready = append(s.ready, rec)
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
	if err = s.take(line); err == nil {
		return nil
	}
	if !whole {
		s.lines.CutOff(len(line))
		return nil
	}
	return &session.LineError{Line: s.lines.Number(), Reason: err.Error()}
}

// Next implements session.Source.
func (s *stream) Next(rec *session.Record) error {
	for len(s.ready) == 0 {
		err := s.line()
		if errors.Is(err, io.EOF) {
			err = s.end()
		}
		if err != nil {
			return err
		}
	}
	*rec = s.ready[0]
	s.ready = s.ready[1:]
	s.n++
	rec.N = s.n
	if rec.Kind == session.KindEnd {
		rec.Records = s.n
	}
	return nil
}

// end closes what was not cut off with an end record.
func (s *stream) end() error {
	if s.ended || s.lines.Truncated() != nil {
		return io.EOF
	}
	s.ended = true
	s.put(session.Record{T: s.t, Kind: session.KindEnd, Reason: reasonConverted})
	return nil
}

// reasonConverted is the reason of the end record of a recording that was converted to its end.
const reasonConverted = "converted"

// Header implements session.Source.
func (s *stream) Header() session.Header { return s.header }

// Truncated implements session.Source.
func (s *stream) Truncated() *session.Truncation { return s.lines.Truncated() }

// Complete implements session.Source.
func (s *stream) Complete() bool { return s.ended }

// Close implements session.Source.
func (s *stream) Close() error {
	s.lines.Close()
	return nil
}

// header is that of a converted session. The same recording gets the same id each time, by what it begins with.
func header(o Options, started time.Time, server string, beginning []byte) session.Header {
	sum := sha256.Sum256(beginning)
	return session.Header{
		Format: session.Format, Session: session.ID(started, [10]byte(sum[:])), Started: started.UTC().Truncate(time.Millisecond),
		Server: server, Tool: o.Tool, From: o.Format,
	}
}
