// Package out is the sink that writes records as a session, to standard output for instance. What
// it wrote can be inspected, or played again.
//
// It must not know what a record holds.
package out

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// Config says where records go.
type Config struct {
	Writer io.Writer
	Header session.Header // of the session that is written
	Tell   sink.Tell
	// Prompt has every record reach Writer at once. Without it records gather, for a replay that does
	// not wait anyway.
	Prompt bool
}

// Sink writes a session. Its records are acknowledged once Writer has taken them.
//
// A session that is played over and over is written as one: numbers and times go on, and the end
// record is the last's.
type Sink struct {
	cfg    Config
	writer *session.Writer
	open   []int64 // written, and not yet flushed
	err    error
	once   sync.Once

	base  int64 // added to numbers, and to times, of this round
	start time.Duration
	last  int64 // the latest record, as it came
	at    time.Duration
	end   *session.Record // held back: another round may follow
	seal  *session.Record // before it
}

// New makes a sink. The header is written with the first record.
func New(cfg Config) *Sink { return &Sink{cfg: cfg} }

// mostOpen is how many records gather before they are flushed together.
const mostOpen = 256

// Send writes a record.
func (s *Sink) Send(ctx context.Context, rec *session.Record) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.err != nil {
		return s.err
	}
	own := *rec
	s.number(&own)
	if own.Kind == session.KindSeal { // it goes before the end record, if that follows it and is the session's own
		own.Raw = bytes.Clone(own.Raw)
		s.seal = &own
		s.cfg.Tell(sink.Outcome{N: rec.N, Fate: sink.Acknowledged, Reach: sink.ReachUnknown})
		return nil
	}
	if own.Kind == session.KindEnd {
		own.Raw = bytes.Clone(own.Raw)
		if s.base > 0 {
			own.Records = own.N
		}
		s.end = &own
		s.cfg.Tell(sink.Outcome{N: rec.N, Fate: sink.Acknowledged, Reach: sink.ReachUnknown})
		return nil
	}
	s.end, s.seal = nil, nil
	if err := s.write(&own); err != nil {
		return err
	}
	s.open = append(s.open, rec.N)
	if s.cfg.Prompt || len(s.open) >= mostOpen {
		s.flush()
	}
	return nil
}

// number makes a record's number and time go on where a round before it ended.
func (s *Sink) number(rec *session.Record) {
	if rec.N <= s.last {
		s.base += s.last
		for _, held := range []*session.Record{s.seal, s.end} {
			if held != nil {
				s.base-- // it is not written, and its number not used
			}
		}
		s.start += s.at
		s.at = 0
	}
	s.last, s.at = rec.N, max(s.at, rec.T)
	if s.base > 0 {
		rec.N, rec.T, rec.Raw = rec.N+s.base, rec.T+s.start, nil
	}
}

func (s *Sink) write(rec *session.Record) error {
	if s.writer == nil {
		if s.writer, s.err = session.NewWriter(s.cfg.Writer, s.cfg.Header); s.err != nil {
			return s.err
		}
	}
	// The Writer numbers the records that were not read: this one has its number.
	line := session.Record{Raw: rec.AppendJSON(nil), Kind: rec.Kind}
	s.err = s.writer.Write(&line)
	return s.err
}

// flush hands what has gathered to the Writer, and tells what became of it.
func (s *Sink) flush() {
	if s.writer != nil && s.err == nil {
		s.err = s.writer.Flush()
	}
	for _, n := range s.open {
		o := sink.Outcome{N: n, Fate: sink.Acknowledged, Reach: sink.ReachUnknown}
		if s.err != nil {
			o.Fate, o.Err = sink.Unsure, s.err
		}
		s.cfg.Tell(o)
	}
	s.open = s.open[:0]
}

// Settle flushes what has gathered.
func (s *Sink) Settle(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.flush()
	return s.err
}

// Close writes the end record, where the session had one, and flushes.
func (s *Sink) Close() error {
	s.once.Do(func() {
		if s.end != nil && s.err == nil {
			if s.seal != nil && s.base == 0 {
				_ = s.write(s.seal)
			}
			_ = s.write(s.end)
		}
		s.flush()
	})
	return s.err
}

var _ sink.Sink = (*Sink)(nil)
