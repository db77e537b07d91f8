package render

import (
	"bytes"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
)

// describer puts into words what a delta carries. year is the reader's: dates of that year are
// written without it.
type describer struct {
	theme    *theme.Theme
	year     int
	told     bool    // something more important than the details has changed
	now, old *entity // the item at hand, and what it was
}

func newDescriber(th *theme.Theme, year int) describer {
	return describer{theme: th, year: year, now: &entity{}, old: &entity{}}
}

// The ranks by which parts of a description give way, first to last.
const (
	rankAssigned = 9 - iota
	rankStatement
	rankPay
	rankNote
	rankLocation
	rankEnd
	rankWeekday
	rankNew // a new detail that cannot be shortened
)

// The least columns of what is shortened before it gives way.
const (
	leastTitle = 10
	leastPlace = 14
	leastLabel = 16
)

// delta says what d carries: the item as it is now, or what has to be read again. It says nothing
// of a deleted item. before is what the item was, where that is known: what has changed since is
// made to stand out.
func (w describer) delta(p *phrase, d *contract.Delta, before []byte) {
	switch {
	case d.ItemType == contract.TypePlan:
		w.plan(p, d)
	case d.Action == contract.ActionDeleted && d.Payload() == nil:
	case d.Payload() != nil:
		w.item(p, d.ItemType, d.Payload(), before)
	case d.Data != nil:
		w.odd(p, d.Data)
	case d.ItemType == "" && d.Action == "":
		w.odd(p, d.Raw)
	default:
		p.add(w.theme.Warn, "", "no data")
	}
}

// odd shows the start of JSON that there are no words for.
func (w describer) odd(p *phrase, raw []byte) {
	p.add(w.theme.Muted, "", excerpt(raw)).gives(0, 1)
}

// excerpt is the start of JSON from the wire, in at most mostOdd columns.
func excerpt(raw []byte) string {
	return Fit(string(raw[:min(len(raw), 4*mostOdd)]), mostOdd)
}

// mostOdd is how many columns of odd JSON are shown, however much room there is.
const mostOdd = 200

// plan says what a plan delta asks to be read again.
func (w describer) plan(p *phrase, d *contract.Delta) {
	switch {
	case d.Section != "":
		p.add(w.theme.Refresh, "", strings.ReplaceAll(d.Section, "-", " ")+" changed").gives(0, 8)
	case d.EntityID == 0:
		p.add(w.theme.Refresh, "", "everything changed (bulk)")
	default:
		p.add(w.theme.Refresh, "", "plan changed")
	}
}

// item says what an appointment or a bill is.
func (w describer) item(p *phrase, itemType string, payload, before []byte) {
	if !w.now.read(payload) {
		w.odd(p, payload)
		return
	}
	old := w.now
	if len(before) > 0 && w.old.read(before) {
		old = w.old
	}
	if itemType == contract.TypeAppointment {
		w.appointment(p, w.now, old)
	} else {
		w.bill(p, w.now, old)
	}
}

func (w describer) appointment(p *phrase, a, old *entity) {
	if len(a.summary) == 0 {
		p.add(w.theme.Muted, "", "no title")
	} else {
		w.tint(p.addBytes(w.theme.Title, "", "", a.summary).quote().gives(0, leastTitle), differ(a.summary, old.summary))
	}
	w.told = differ(a.summary, old.summary) || differ(a.start, old.start)
	w.when(p, a, old)
	w.detail(p, "", a.location, old.location, rankLocation)
	w.detail(p, "note: ", a.note, old.note, rankNote)
	w.assigned(p, a.assigned, old.assigned)
}

func (w describer) bill(p *phrase, b, old *entity) {
	w.told = differ(b.amount, old.amount) || differ(b.due, old.due) || differ(b.status, old.status)
	amount, lead := w.theme.Title, " "
	if len(b.amount) == 0 {
		amount, lead = w.theme.Muted, ", "
	}
	w.tint(w.money(p, amount, "", b.amount), differ(b.amount, old.amount))
	w.tint(w.due(p, lead, b.due), differ(b.due, old.due))
	if len(b.status) > 0 {
		p.addBytes(w.status(b.status), ", ", "", b.status).gives(0, 4)
	}
	if at, ok := parseStamp(b.statement); ok {
		c := w.date(p, w.theme.Muted, w.theme.Marks.Apart, "statement ", at)
		w.keep(c.gives(rankStatement, 0), differ(b.statement, old.statement))
	}
	if host := hostOf(b.payURL); len(host) > 0 {
		c := p.addBytes(w.theme.Muted, w.theme.Marks.Apart, "", host)
		w.keep(c.gives(rankPay, leastPlace), differ(b.payURL, old.payURL))
	}
	w.assigned(p, b.assigned, old.assigned)
}

func differ(a, b []byte) bool { return !bytes.Equal(a, b) }

// tint makes a piece stand out where what it says is new.
func (w describer) tint(c *piece, changed bool) {
	if changed {
		c.style = w.theme.Changed
	}
}

// keep makes a detail stand out where what it says is new, and keeps it when others give way,
// unless something more important is new as well: two lines in a row should not look the same.
func (w describer) keep(c *piece, changed bool) {
	if !changed {
		return
	}
	c.style = w.theme.Updated
	switch {
	case w.told:
	case c.least > 0:
		c.rank = 0
	default:
		c.rank = rankNew
	}
}

// when says the time of an appointment as its own wall clock states it, with the offset where that
// is not plainly UTC.
func (w describer) when(p *phrase, a, old *entity) {
	start, ok := parseStamp(a.start)
	switch {
	case len(a.start) == 0:
		p.add(w.theme.Warn, " ", "no time")
		return
	case !ok:
		p.addBytes(w.theme.Warn, " ", "", a.start).gives(0, 4)
		return
	}
	moved := differ(a.start, old.start)
	w.tint(p.add(theme.Style{}, " ", start.weekday()).gives(rankWeekday, 0), moved)
	lo := len(p.text)
	p.text = start.appendDate(p.text, w.year)
	p.text = append(p.text, ' ')
	p.text = start.appendClock(p.text)
	w.tint(p.close(lo, theme.Style{}, " "), moved)
	w.until(p, start, a.end, differ(a.end, old.end))
	if zone := statedZone(start, a.startOffset); zone != "" {
		p.add(w.theme.Muted, " ", zone)
	}
}

// until adds the end of an appointment to its start.
func (w describer) until(p *phrase, start stamp, text []byte, changed bool) {
	end, ok := parseStamp(text)
	if !ok || end == start {
		return
	}
	lo := len(p.text)
	if !end.sameDay(start) {
		p.text = end.appendDate(p.text, w.year)
		p.text = append(p.text, ' ')
	}
	p.text = end.appendClock(p.text)
	w.keep(p.close(lo, theme.Style{}, w.theme.Marks.Dash).gives(rankEnd, 0), changed)
}

// statedZone is the offset to show beside a time: none for one in UTC that belongs there.
func statedZone(t stamp, own []byte) string {
	belongs := len(own) == 0 || string(own) == "+00:00" || string(own) == "Z"
	switch {
	case t.utc() && belongs, t.offset == "":
		return ""
	case t.utc():
		return "UTC"
	}
	return t.offset
}

// detail adds a text that the item may have.
func (w describer) detail(p *phrase, label string, text, old []byte, rank uint8) {
	if len(text) > 0 {
		w.keep(p.addBytes(w.theme.Muted, w.theme.Marks.Apart, label, text).gives(rank, leastPlace), differ(text, old))
	}
}

func (w describer) assigned(p *phrase, collaborator, old []byte) {
	if len(collaborator) > 0 {
		c := p.addBytes(w.theme.Muted, w.theme.Marks.Apart, "assigned to collaborator ", collaborator)
		w.keep(c.gives(rankAssigned, 0), differ(collaborator, old))
	}
}

// money adds a sum.
func (w describer) money(p *phrase, style theme.Style, lead string, number []byte) *piece {
	lo := len(p.text)
	p.text = appendMoney(p.text, number)
	return p.close(lo, style, lead)
}

// due adds the day on which a bill is due.
func (w describer) due(p *phrase, lead string, text []byte) *piece {
	if len(text) == 0 {
		return p.add(w.theme.Muted, ", ", "no due date")
	}
	if at, ok := parseStamp(text); ok {
		return w.date(p, theme.Style{}, lead, "due ", at)
	}
	return p.addBytes(w.theme.Warn, lead, "due ", text).gives(0, 8)
}

// date adds a day with its label.
func (w describer) date(p *phrase, style theme.Style, lead, label string, at stamp) *piece {
	lo := len(p.text)
	p.text = append(p.text, label...)
	p.text = at.appendDate(p.text, w.year)
	return p.close(lo, style, lead)
}

// status is the style of a bill's status.
func (w describer) status(status []byte) theme.Style {
	switch string(status) {
	case "paid":
		return w.theme.Good
	case "overdue":
		return w.theme.Warn
	}
	return theme.Style{}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
