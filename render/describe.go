package render

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
)

// describer puts into words what a delta carries. year is the reader's: dates of that year are written without it.
type describer struct {
	theme *theme.Theme
	year  int
	told  bool // something more important than the details has changed
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

// delta says what d carries: the item as it is now, or what has to be read again. It says nothing of a deleted item.
// before is what the item was, where that is known: what has changed since is made to stand out.
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
	if itemType == contract.TypeAppointment {
		if a := parsed(payload, contract.ParseAppointment); a != nil {
			w.appointment(p, a, cmp.Or(parsed(before, contract.ParseAppointment), a))
			return
		}
	} else if b := parsed(payload, contract.ParseBill); b != nil {
		w.bill(p, b, cmp.Or(parsed(before, contract.ParseBill), b))
		return
	}
	w.odd(p, payload)
}

// parsed reads a payload as far as it can be read, nil where that is not at all.
func parsed[T any](payload []byte, parse func([]byte) (T, error)) *T {
	if len(payload) == 0 {
		return nil
	}
	item, err := parse(payload)
	var fields *contract.FieldsError
	if err != nil && !errors.As(err, &fields) {
		return nil
	}
	return &item
}

func (w describer) appointment(p *phrase, a, old *contract.Appointment) {
	if a.Summary == "" {
		p.add(w.theme.Muted, "", "no title")
	} else {
		w.tint(p.add(w.theme.Title, "", a.Summary).quote().gives(0, leastTitle), a.Summary != old.Summary)
	}
	w.told = a.Summary != old.Summary || a.StartLocal.Text != old.StartLocal.Text
	w.when(p, a, old)
	w.detail(p, "", a.Location, old.Location, rankLocation)
	w.detail(p, "note: ", a.PrepNote, old.PrepNote, rankNote)
	w.assigned(p, a.AssignedCollaboratorID, old.AssignedCollaboratorID)
}

// tint makes a piece stand out where what it says is new.
func (w describer) tint(c *piece, changed bool) {
	if changed {
		c.style = w.theme.Changed
	}
}

// keep makes a detail stand out where what it says is new, and keeps it when others give way, unless something more
// important is new as well: two lines in a row should not look the same.
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

// when says the time of an appointment as its own wall clock states it, with the offset where that is not plainly UTC.
func (w describer) when(p *phrase, a, old *contract.Appointment) {
	start, ok := parseStamp(a.StartLocal.Text)
	if !ok {
		p.add(w.theme.Warn, " ", orElse(a.StartLocal.Text, "no time")).gives(0, 4)
		return
	}
	moved := a.StartLocal.Text != old.StartLocal.Text
	w.tint(p.add(theme.Style{}, " ", start.weekday()).gives(rankWeekday, 0), moved)
	lo := len(p.text)
	p.text = start.appendDate(p.text, w.year)
	p.text = append(p.text, ' ')
	p.text = start.appendClock(p.text)
	w.tint(p.close(lo, theme.Style{}, " "), moved)
	w.until(p, start, a.EndLocal.Text, a.EndLocal.Text != old.EndLocal.Text)
	if zone := statedZone(start, a.StartOffset); zone != "" {
		p.add(w.theme.Muted, " ", zone)
	}
}

// until adds the end of an appointment to its start.
func (w describer) until(p *phrase, start stamp, text string, changed bool) {
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
func statedZone(t stamp, own *string) string {
	plain := t.utc() && (own == nil || *own == "" || *own == "+00:00" || *own == "Z")
	switch {
	case plain, t.offset == "":
		return ""
	case t.utc():
		return "UTC"
	}
	return t.offset
}

// detail adds a text that the item may have.
func (w describer) detail(p *phrase, label string, text, old *string, rank uint8) {
	if now := deref(text); now != "" {
		w.keep(p.add(w.theme.Muted, w.theme.Marks.Apart, label+now).gives(rank, leastPlace), now != deref(old))
	}
}

func (w describer) assigned(p *phrase, collaborator, old *int64) {
	if collaborator == nil {
		return
	}
	c := p.add(w.theme.Muted, w.theme.Marks.Apart, "assigned to collaborator "+strconv.FormatInt(*collaborator, 10))
	w.keep(c.gives(rankAssigned, 0), old == nil || *old != *collaborator)
}

func (w describer) bill(p *phrase, b, old *contract.Bill) {
	amount := w.theme.Title
	if b.Amount.Text == "" {
		amount = w.theme.Muted
	}
	w.tint(p.add(amount, "", money(b.Amount.Text)), b.Amount.Text != old.Amount.Text)
	lead := " "
	if b.Amount.Text == "" {
		lead = ", "
	}
	w.tint(w.due(p, lead, b.DueDate.Text), b.DueDate.Text != old.DueDate.Text)
	w.told = b.Amount.Text != old.Amount.Text || b.DueDate.Text != old.DueDate.Text || b.Status != old.Status
	if b.Status != "" {
		p.add(w.status(b.Status), ", ", b.Status).gives(0, 4)
	}
	if at, ok := parseStamp(b.StatementDate.Text); ok {
		w.keep(w.date(p, w.theme.Muted, w.theme.Marks.Apart, "statement ", at).gives(rankStatement, 0), b.StatementDate.Text != old.StatementDate.Text)
	}
	if host := payHost(b.PayURL); host != "" {
		w.keep(p.add(w.theme.Muted, w.theme.Marks.Apart, host).gives(rankPay, leastPlace), deref(b.PayURL) != deref(old.PayURL))
	}
	w.assigned(p, b.AssignedCollaboratorID, old.AssignedCollaboratorID)
}

// due adds the day on which a bill is due.
func (w describer) due(p *phrase, lead, text string) *piece {
	if text == "" {
		return p.add(w.theme.Muted, ", ", "no due date")
	}
	if at, ok := parseStamp(text); ok {
		return w.date(p, theme.Style{}, lead, "due ", at)
	}
	return p.add(w.theme.Warn, lead, "due "+text).gives(0, 8)
}

// date adds a day with its label.
func (w describer) date(p *phrase, style theme.Style, lead, label string, at stamp) *piece {
	lo := len(p.text)
	p.text = append(p.text, label...)
	p.text = at.appendDate(p.text, w.year)
	return p.close(lo, style, lead)
}

// status is the style of a bill's status.
func (w describer) status(status string) theme.Style {
	switch status {
	case "paid":
		return w.theme.Good
	case "overdue":
		return w.theme.Warn
	}
	return theme.Style{}
}

// payHost is where a bill is paid; the rest of such an address is nobody's business but the payer's.
func payHost(address *string) string {
	if address == nil {
		return ""
	}
	u, err := url.Parse(*address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
