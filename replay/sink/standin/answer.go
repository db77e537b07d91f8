package standin

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
)

// answer is what a plan record answers.
type answer struct {
	n     int64 // the record's number
	of    *position
	plan  store.Plan // without what is known
	span  store.Range
	known known
}

// Prepare is shown the record that Follow is given next, whose memory stays until then, and changes
// nothing that anybody sees. An answer is read ahead: a large plan takes milliseconds, and an event
// that is due right behind it should not wait for them.
func (s *Sink) Prepare(rec *session.Record) {
	if rec.Kind == session.KindPlan && rec.N > s.last { // else the plans begin anew first
		s.ready = s.answer(rec)
	}
}

// plan makes the plan what an answer says, but for what deltas that are newer than the answer's
// version said before it came.
func (s *Sink) plan(rec *session.Record) error {
	a := s.ready
	s.ready = nil
	if a == nil || a.n != rec.N {
		a = s.answer(rec)
	}
	if a == nil {
		return nil
	}
	version := a.plan.Version.Number
	a.of.high = max(a.of.high, version)
	s.cfg.Store.Adopt(a.plan, a.span, func(kind store.Kind, id int64) bool {
		item := contract.Item{Type: string(kind), ID: id}
		return a.known[item] || a.of.items[item] > version
	})
	return nil
}

// answer reads an answer; nil where it is none.
func (s *Sink) answer(rec *session.Record) *answer {
	if rec.Status != http.StatusOK {
		return nil
	}
	p := s.position(rec)
	if p == nil {
		return nil
	}
	read, err := plan.Parse(rec.Body)
	if err != nil {
		return nil
	}
	a := &answer{n: rec.N, of: p, span: spanOf(read), known: s.known(p, read)}
	if a.plan, err = store.ParsePlan(a.known.rest(read)); err != nil {
		return nil
	}
	a.plan.Recipient.UserID = p.owner
	return a
}

// known are the items of an answer that the plan holds already, byte for byte: most of a large
// answer, which need not be read once more.
type known map[contract.Item]bool

func (s *Sink) known(p *position, read *plan.Plan) known {
	k, listed := known{}, map[contract.Item]bool{}
	for kind, list := range map[store.Kind]*plan.List{store.Appointment: &read.Appointments, store.Bill: &read.Bills} {
		for _, item := range list.All() {
			is := contract.Item{Type: string(kind), ID: item.ID}
			if listed[is] {
				return nil // one of them counts: who reads them in order sees which
			}
			listed[is] = true
			if held, ok := s.cfg.Store.Held(p.owner, kind, item.ID); ok && item.HasID && same(&held, item.Raw) {
				k[is] = true
			}
		}
	}
	return k
}

// same says whether an item is held as it is listed, under the itemId that is in it.
func same(held *store.Item, listed []byte) bool {
	if !bytes.Equal(held.Payload, listed) {
		return false
	}
	var name [32]byte
	_, behind, ok := bytes.Cut(listed, strconv.AppendInt(append(name[:0], `"itemId":`...), held.ItemID, 10))
	return ok && (behind[0] == ',' || behind[0] == '}')
}

// rest is the text of an answer without those items.
func (k known) rest(read *plan.Plan) []byte {
	text := []byte{'{'}
	for i, m := range read.Members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(payload.AppendQuote(text, string(m.Name)), ':')
		switch string(m.Name) {
		case "appointments":
			text = k.unknown(text, store.Appointment, &read.Appointments)
		case "bills":
			text = k.unknown(text, store.Bill, &read.Bills)
		default:
			text = append(text, m.Value...)
		}
	}
	return append(text, '}')
}

func (k known) unknown(text []byte, kind store.Kind, list *plan.List) []byte {
	text = append(text, '[')
	for _, item := range list.All() {
		if k[contract.Item{Type: string(kind), ID: item.ID}] {
			continue
		}
		if text[len(text)-1] != '[' {
			text = append(text, ',')
		}
		text = append(text, item.Raw...)
	}
	return append(text, ']')
}

// spanOf is the range of dates that a plan lists; all dates where it does not say.
func spanOf(read *plan.Plan) store.Range {
	if start, end, ok := read.Range(); ok {
		return store.Range{Start: start, End: end}
	}
	return store.Range{End: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
}
