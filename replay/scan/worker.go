package scan

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// worker turns blocks of lines into batches: by the template what it can, and the rest by the
// general decoder.
type worker struct {
	header  []byte        // the part's first line, with its newline
	offset  time.Duration // what is added to every t
	headers int           // how many lines looked like another header
	reading
	compact []byte // a line without spaces
	rec     session.Record
	msg     contract.Message
}

// block enters the lines of a block's text.
func (w *worker) block(b *batch, text []byte) {
	b.text += int64(len(text))
	for i := 0; i < len(text) && b.err == nil; {
		b.lines++
		end := w.line(text, i)
		if end >= 0 {
			b.record(w.n, w.t+w.offset)
			b.message(w.t+w.offset, w.facts)
		} else {
			end = w.general(b, text, i)
		}
		i = end
	}
}

// general enters the line at text[i] as the general decoder reads it, and returns the index after
// it.
func (w *worker) general(b *batch, text []byte, i int) int {
	n := bytes.IndexByte(text[i:], '\n')
	if n < 0 {
		w.reread(b, text[i:])
		return len(text)
	}
	if w.spaced(b, text[i:i+n+1]) {
		return i + n + 1
	}
	line := bytes.TrimSuffix(text[i:i+n], []byte("\r"))
	if !session.IsBlank(line) && !w.plainEvent(b, line) {
		w.parse(b, line)
	}
	return i + n + 1
}

// spaced enters a line that the template would take, were there not a space after each comma and
// colon, as some languages write it.
func (w *worker) spaced(b *batch, line []byte) bool {
	if literal(line, 0, `{"n": `) < 0 {
		return false
	}
	var ok bool
	if w.compact, ok = compact(w.compact[:0], line); !ok || w.line(w.compact, 0) < 0 {
		return false
	}
	b.record(w.n, w.t+w.offset)
	b.message(w.t+w.offset, w.facts)
	return true
}

// parse enters a line that may be any record, or none.
func (w *worker) parse(b *batch, line []byte) {
	err := session.ParseRecord(line, &w.rec)
	switch {
	case err == nil:
		w.enter(b)
	case bytes.IndexByte(line, 0) >= 0:
		w.divided(b, line)
	case w.headers < maxHeaders && bytes.Contains(line, []byte(`"deltatap"`)):
		w.headers++
		w.reread(b, append(line[:len(line):len(line)], '\n'))
	default:
		b.lineError(reasonOf(err))
	}
}

// divided enters what stands between the zero bytes of a line.
func (w *worker) divided(b *batch, line []byte) {
	for found := true; found; {
		var before []byte
		if before, line, found = session.CutZeros(line); !session.IsBlank(before) {
			w.parse(b, before)
		}
		if found {
			b.lineError(session.ReasonZeros)
		}
	}
}

// maxHeaders bounds how many lines a worker takes for headers of further parts in the same file:
// reading those is slow.
const maxHeaders = 1000

// plainEvent enters an event of deltas with nothing odd in its JSON: then decoding the deltas has
// checked the line.
func (w *worker) plainEvent(b *batch, line []byte) bool {
	args, ok := session.ParseEventHead(line, &w.rec)
	if !ok || w.rec.Event != contract.Event || len(args) == 0 || args[len(args)-1] != '}' {
		return false
	}
	contract.Decode(args[:len(args)-1], &w.msg)
	if len(w.msg.Findings) > 0 {
		return false
	}
	b.record(w.rec.N, w.rec.T+w.offset)
	w.message(b, w.rec.T+w.offset)
	return true
}

// reread lets the session's reader say what a line is that is no whole record: broken, cut off, or
// another header.
func (w *worker) reread(b *batch, line []byte) {
	r, err := session.NewReader(io.MultiReader(bytes.NewReader(w.header), bytes.NewReader(line)))
	if err != nil {
		b.fail(err)
		return
	}
	defer r.Close()
	for {
		var bad *session.LineError
		switch err := r.Next(&w.rec); {
		case err == nil:
			w.enter(b)
			continue
		case errors.As(err, &bad):
			b.lineError(bad.Reason)
			continue
		case !errors.Is(err, io.EOF):
			b.fail(err)
		case r.Truncated() != nil:
			b.cut = r.Truncated()
			b.cut.Line = b.lines
		}
		return
	}
}

// reasonOf is what is wrong with a line.
func reasonOf(err error) string {
	var bad *session.LineError
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return err.Error()
}

// enter enters the record at hand.
func (w *worker) enter(b *batch) {
	rec := &w.rec
	t := rec.T + w.offset
	b.record(rec.N, t)
	switch rec.Kind {
	case session.KindEvent:
		if rec.Event != contract.Event {
			b.events++
			return
		}
		contract.Decode(rec.Args, &w.msg)
		before := len(b.ends)
		w.message(b, t)
		if user := rec.UserID(); user != 0 && len(b.ends) > before {
			b.owners = append(b.owners, owner{int32(before), user})
		}
	case session.KindPlan:
		b.plans++
		b.moment(answerMoment(rec, t))
	case session.KindVersion:
		b.polls++
		b.moment(answerMoment(rec, t))
	case session.KindConnect:
		b.moment(moment{kind: rec.Kind, t: t, user: rec.UserID(), sid: rec.SID, transport: rec.Transport})
	case session.KindDisconnect:
		b.moment(moment{kind: rec.Kind, t: t, user: rec.UserID(), reason: rec.Reason})
	case session.KindConnectError:
		b.refused++
		b.moment(moment{kind: rec.Kind, t: t, user: rec.UserID()})
	case session.KindMark:
		b.marks++
	case session.KindEnd:
		b.ended, b.endReason, b.lost = true, rec.Reason, rec.Lost
	}
}

func answerMoment(rec *session.Record, t time.Duration) moment {
	return moment{kind: rec.Kind, t: t, took: max(rec.Took, 0), user: rec.UserID(), version: answered(rec)}
}

// message enters the message at hand. Rules that look at earlier messages are for the merger: here
// every message is the first.
func (w *worker) message(b *batch, t time.Duration) {
	w.facts = w.facts[:0]
	for i := range w.msg.Deltas {
		w.facts = append(w.facts, w.factOf(b, &w.msg.Deltas[i]))
	}
	b.message(t, w.facts)
	var alone contract.Checker
	alone.Check(&w.msg, b.finding)
}

// factOf takes from a delta what counts, and notes values that the contract does not know.
func (w *worker) factOf(b *batch, d *contract.Delta) fact {
	f := fact{itemType: index(d.ItemType, types[:]), action: index(d.Action, actions[:]), source: index(d.Source, sources[:])}
	if f.itemType == other {
		b.names = append(b.names, name{contract.FieldItemType, d.ItemType})
	}
	if f.action == other {
		b.names = append(b.names, name{contract.FieldAction, d.Action})
	}
	if f.source == other {
		b.names = append(b.names, name{contract.FieldSource, d.Source})
	}
	if d.Has&contract.FieldVersion != 0 {
		f.version = d.Version
	}
	return f
}

// The contract's values by their indexes.
var (
	types   = [...]string{typeAppointment: contract.TypeAppointment, typeBill: contract.TypeBill, typePlan: contract.TypePlan}
	actions = [...]string{actionCreated: contract.ActionCreated, actionUpdated: contract.ActionUpdated, actionDeleted: contract.ActionDeleted}
	sources = [...]string{
		sourceREST: contract.SourceREST, sourceCollaborator: contract.SourceCollaborator,
		sourceGoogle: contract.SourceGoogle, sourceInbound: contract.SourceInbound,
	}
)

func index(value string, known []string) uint8 {
	for k := 1; k < len(known); k++ {
		if known[k] == value {
			return uint8(k)
		}
	}
	return other
}
