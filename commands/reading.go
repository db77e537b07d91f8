package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/convert"
)

// errEnough ends a reading that has seen what it wanted.
var errEnough = errors.New("enough")

// read reads a recording in order. What cannot be read, and what is missing, is said. begin is
// given the header, and returns what is to be done with each record.
func (r recording) read(ctx context.Context, app *App, format string, begin func(session.Header) func(*session.Record) error) error {
	in, src, err := r.open(app, format)
	if err != nil {
		return err
	}
	each := begin(src.Header())
	var rec session.Record
	err = readAll(ctx, app, in, src, &rec, func(_ session.Source, rec *session.Record) error { return each(rec) })
	err = errors.Join(err, src.Close(), in.Close())
	if errors.Is(err, errEnough) {
		return nil
	}
	return in.unusable(err)
}

// readAll reads the records of one source. A line that is no record is passed over and said.
func readAll(ctx context.Context, app *App, in *input, src session.Source, rec *session.Record, each func(session.Source, *session.Record) error) error {
	return readNoting(ctx, app, in, src, rec, each, func() {})
}

// readNoting reads like readAll, and calls damaged where it passes over a line.
func readNoting(ctx context.Context, app *App, in *input, src session.Source, rec *session.Record, each func(session.Source, *session.Record) error, damaged func()) error {
	l := reading{app: app, in: in, src: src, bad: func(bad *session.LineError) {
		app.warn(fmt.Sprintf("%s: passed over %s", in.name, bad))
		damaged()
	}}
	err := l.run(ctx, rec, each)
	warnOfHoles(app, src)
	if cut := src.Truncated(); err == nil && cut != nil {
		app.warn(fmt.Sprintf("%s: cut off: %s", in.name, cut))
	}
	return err
}

// telling is a converted source. It says what the conversion left out, once all of it that is
// wanted was read.
type telling struct {
	session.Source
	app  *App
	name string
	read bool // a record was read
	told bool
}

// tellLeftOut has a source that was converted say what was left out.
func tellLeftOut(app *App, name string, src session.Source) session.Source {
	if _, ok := src.(convert.Noted); !ok {
		return src
	}
	return &telling{Source: src, app: app, name: name}
}

// Next implements session.Source.
func (s *telling) Next(rec *session.Record) error {
	err := s.Source.Next(rec)
	s.read = s.read || err == nil
	if errors.Is(err, io.EOF) {
		s.tell()
	}
	return err
}

// Close implements session.Source.
func (s *telling) Close() error {
	if s.read {
		s.tell()
	}
	return s.Source.Close()
}

func (s *telling) tell() {
	if s.told {
		return
	}
	s.told = true
	for _, note := range s.Source.(convert.Noted).Notes() {
		s.app.note("%s: %s", s.name, note)
	}
}

// reading reads the records of one source, and shows how far it has come.
type reading struct {
	app *App
	in  *input
	src session.Source
	bad func(*session.LineError) // is told of what is no record
}

// lookEvery is after how many records a reading looks at the clock.
const lookEvery = 256

func (l *reading) run(ctx context.Context, rec *session.Record, each func(session.Source, *session.Record) error) error {
	p := newProgress(l.app)
	if l.in.prints && l.app.OutWidth() > 0 {
		p.hide()
	}
	p.open(l.in)
	defer p.done()
	for n := 1; ctx.Err() == nil; n++ {
		err := l.src.Next(rec)
		var bad *session.LineError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			l.bad(bad)
			continue
		case err != nil:
			return err
		}
		if err := each(l.src, rec); err != nil {
			return err
		}
		if n%lookEvery == 0 {
			p.read(l.in.offset())
		}
	}
	return context.Cause(ctx)
}
