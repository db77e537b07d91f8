package commands

import (
	"bytes"
	"io"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/session"
)

// sessionOut writes records to standard output as a session. It starts with the first record,
// unless it is started before: where a jq expression makes values instead of records, no session is
// wanted.
type sessionOut struct {
	out    io.Writer
	header session.Header
	writer *session.Writer
}

func (s *sessionOut) start() (err error) {
	if s.writer == nil {
		s.writer, err = session.NewWriter(s.out, s.header)
	}
	return err
}

func (s *sessionOut) write(rec *session.Record) error {
	if err := s.start(); err != nil {
		return err
	}
	return s.writer.Write(rec)
}

func (s *sessionOut) flush() error {
	if s.writer == nil {
		return nil
	}
	return s.writer.Flush()
}

// also writes a record of the stream's own, where there is a session.
func (s *sessionOut) also(rec *session.Record) error {
	if s.writer == nil {
		return nil
	}
	return s.writer.Write(rec)
}

// end writes the last record, where there is a session.
func (s *sessionOut) end(rec *session.Record) error {
	if err := s.also(rec); err != nil {
		return err
	}
	return s.flush()
}

// cleaned is standard output for text that came from a server: as it is, unless it reaches a
// terminal.
func (app *App) cleaned() io.Writer {
	if app.OutWidth() == 0 {
		return app.Out
	}
	return &lineCleaner{out: app.Out}
}

// lineCleaner strips what could move a terminal's cursor from each line. Lines are passed on when
// they are whole.
type lineCleaner struct {
	out  io.Writer
	part []byte
}

func (c *lineCleaner) Write(p []byte) (int, error) {
	c.part = append(c.part, p...)
	end := bytes.LastIndexByte(c.part, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	var clean []byte
	for line := range bytes.Lines(c.part[:end]) {
		clean = append(clean, render.Clean(string(bytes.TrimSuffix(line, []byte{'\n'})))...)
		clean = append(clean, '\n')
	}
	c.part = append(c.part[:0], c.part[end:]...)
	if _, err := c.out.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}
