package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// inspectRecords prints the records that match, as they are in the session.
func inspectRecords(ctx context.Context, app *App, r recording, i *inspection) error {
	p := &recordPrinter{inspection: i, out: bufio.NewWriterSize(app.cleaned(), 64<<10)}
	r.prints = true
	begin := func(h session.Header) func(*session.Record) error {
		p.header = h
		return p.record
	}
	read := func() error { return r.read(ctx, app, i.format, begin) }
	if i.user != 0 || len(i.wanted.items) > 0 { // an item's id is another's with another user
		read = func() error { return r.readOne(ctx, app, i.format, i.user, begin) }
	}
	err := read()
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return err
	}
	if n, first := i.wanted.failures(); n > 0 {
		app.warn(fmt.Sprintf("--jq failed on %d records and left them out: %s", n, first))
	}
	return nil
}

// recordPrinter prints a session filtered: its header, saying so, and the records that match.
type recordPrinter struct {
	*inspection
	out     *bufio.Writer
	header  session.Header
	message contract.Message
	line    []byte
	headed  bool
}

func (p *recordPrinter) record(rec *session.Record) error {
	var message *contract.Message
	if rec.Kind == session.KindEvent && rec.Event == contract.Event {
		message = &p.message
		contract.Decode(rec.Args, message)
	}
	if !p.wanted.empty && (message == nil || p.wanted.count(message) == 0) || !p.wanted.holds(rec, message) {
		return nil
	}
	pass, values, err := p.wanted.query(rec)
	if err != nil {
		return err
	}
	for _, value := range values {
		if err := p.print(value); err != nil {
			return err
		}
	}
	if !pass {
		return nil
	}
	if err := p.head(); err != nil {
		return err
	}
	p.line = rec.AppendJSON(p.line[:0])
	return p.print(p.line)
}

// head prints the header before the first record.
func (p *recordPrinter) head() error {
	if p.headed {
		return nil
	}
	p.headed = true
	header := p.header.WithFilter(p.filterText())
	return p.print(header.AppendJSON(nil))
}

// filterText tells what was let through.
func (p *recordPrinter) filterText() string {
	text := p.wanted.String()
	if p.user != 0 {
		text = strings.TrimSpace(fmt.Sprintf("user=%d %s", p.user, text))
	}
	return text
}

func (p *recordPrinter) print(line []byte) error {
	if _, err := p.out.Write(line); err != nil {
		return err
	}
	return p.out.WriteByte('\n')
}
