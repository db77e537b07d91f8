package scan

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// Source scans what another package reads record by record: a recording of another kind, or parts
// that it has joined. It says the same as Session, record after record, and is what Session is held
// against. Part.Text is 0.
func Source(ctx context.Context, src session.Source) (*Summary, error) {
	c := collector{}
	c.m.start(src.Header(), 0, 0)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return c.m.summary(), ctx.Err()
		}
		err := src.Next(&c.rec)
		var bad *session.LineError
		switch {
		case err == nil:
			c.record()
		case errors.As(err, &bad):
			c.m.badLine(bad.Line, bad.Reason)
		case errors.Is(err, io.EOF):
			c.m.part.Truncated = src.Truncated()
			return c.m.summary(), nil
		default:
			return c.m.summary(), err
		}
	}
}

// collector enters one record after the other.
type collector struct {
	m   merger
	rec session.Record
	msg contract.Message
}

func (c *collector) record() {
	rec, s, p := &c.rec, &c.m.sum, c.m.part
	stream := c.m.streams.of(rec.UserID())
	if p.Records == 0 {
		p.First = rec.N
	}
	p.Records++
	p.Last = rec.N
	p.Complete, p.EndReason, p.Lost = false, "", 0
	s.Records++
	s.Duration = max(s.Duration, rec.T)
	switch rec.Kind {
	case session.KindEvent:
		s.Events++
		if rec.Event == contract.Event {
			c.message(stream)
		}
	case session.KindPlan:
		s.Plans++
		c.answer(stream.account.Plan)
	case session.KindVersion:
		s.Polls++
		c.answer(stream.account.Poll)
	case session.KindConnect:
		stream.account.Connect(rec.T)
		c.m.links.connect(Connection{From: rec.T, Open: true, SID: rec.SID, Transport: rec.Transport})
	case session.KindDisconnect:
		stream.account.Disconnect(rec.T)
		c.m.links.disconnect(rec.T, rec.Reason)
	case session.KindConnectError:
		s.Refused++
		stream.account.Disconnect(rec.T)
	case session.KindMark:
		s.Marks++
	case session.KindEnd:
		p.Complete, p.EndReason, p.Lost = true, rec.Reason, rec.Lost
	}
}

func (c *collector) message(of *stream) {
	contract.Decode(c.rec.Args, &c.msg)
	c.m.sum.Messages++
	c.m.sum.Deltas += int64(len(c.msg.Deltas))
	for i := range c.msg.Deltas {
		d := &c.msg.Deltas[i]
		c.m.types[c.index(contract.FieldItemType, d.ItemType, types[:])]++
		c.m.actions[c.index(contract.FieldAction, d.Action, actions[:])]++
		c.m.sources[c.index(contract.FieldSource, d.Source, sources[:])]++
	}
	if n := int64(len(c.msg.Deltas)); n > 0 {
		c.m.rate.add(c.rec.T, n)
		c.m.busiest.add(second{secondOf(c.rec.T), n})
	}
	of.account.Message(c.rec.N, c.rec.T, &c.msg)
	of.checker.Check(&c.msg, c.m.finding)
}

func (c *collector) index(field contract.Field, value string, known []string) uint8 {
	k := index(value, known)
	if k == other {
		c.m.values.add(name{field, value})
	}
	return k
}

func (c *collector) answer(enter func(t, took time.Duration, version int64)) {
	if version := answered(&c.rec); version >= 0 {
		enter(c.rec.T, max(c.rec.Took, 0), version)
	}
}
