package render

import (
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
	rankZone
)

// The least columns of what is shortened before it gives way.
const (
	leastTitle = 10
	leastPlace = 14
)

// apart parts the details of an item from one another.
const apart = " · "

// delta says what d carries: the item as it is now, or what has to be read again. It says nothing of a deleted item.
func (w describer) delta(p *phrase, d *contract.Delta) {
	switch {
	case d.ItemType == contract.TypePlan:
		w.plan(p, d)
	case d.Action == contract.ActionDeleted && d.Payload() == nil:
	case d.Payload() != nil:
		w.item(p, d.ItemType, d.Payload())
	case d.Data != nil:
		p.add(w.theme.Muted, "", string(d.Data[:min(len(d.Data), maxShown)])).gives(0, 1)
	case d.ItemType == "" && d.Action == "":
		p.add(w.theme.Muted, "", string(d.Raw[:min(len(d.Raw), maxShown)])).gives(0, 1)
	default:
		p.add(w.theme.Warn, "", "no data")
	}
}

// maxShown bounds how many bytes of odd JSON are looked at to show their start.
const maxShown = 4096

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
func (w describer) item(p *phrase, itemType string, payload []byte) {
	switch itemType {
	case contract.TypeAppointment:
		if a, err := contract.ParseAppointment(payload); err == nil {
			w.appointment(p, &a)
			return
		}
	case contract.TypeBill:
		if b, err := contract.ParseBill(payload); err == nil {
			w.bill(p, &b)
			return
		}
	}
	p.add(w.theme.Muted, "", string(payload[:min(len(payload), maxShown)])).gives(0, 1)
}

func (w describer) appointment(p *phrase, a *contract.Appointment) {
	if a.Summary == "" {
		p.add(w.theme.Muted, "", "no title")
	} else {
		p.add(w.theme.Title, "", a.Summary).quote().gives(0, leastTitle)
	}
	w.when(p, a)
	w.detail(p, a.Location, "").gives(rankLocation, leastPlace)
	w.detail(p, a.PrepNote, "note: ").gives(rankNote, leastPlace)
	w.assigned(p, a.AssignedCollaboratorID)
}

// when says the time of an appointment as its own wall clock states it, with the offset where that is not plainly UTC.
func (w describer) when(p *phrase, a *contract.Appointment) {
	start, ok := parseStamp(a.StartLocal.Text)
	if !ok {
		p.add(w.theme.Warn, " ", orElse(a.StartLocal.Text, "no time")).gives(0, 4)
		return
	}
	none := theme.Style{}
	p.add(none, " ", start.weekday()).gives(rankWeekday, 0)
	lo := len(p.text)
	p.text = start.appendDate(p.text, w.year)
	p.text = append(p.text, ' ')
	p.text = start.appendClock(p.text)
	p.close(lo, none, " ")
	if end, ok := parseStamp(a.EndLocal.Text); ok && end != start {
		w.until(p, start, end)
	}
	if zone := statedZone(start, a.StartOffset); zone != "" {
		p.add(w.theme.Muted, " ", zone).gives(rankZone, 0)
	}
}

// until adds the end of an appointment to its start.
func (w describer) until(p *phrase, start, end stamp) {
	lo := len(p.text)
	if !end.sameDay(start) {
		p.text = end.appendDate(p.text, w.year)
		p.text = append(p.text, ' ')
	}
	p.text = end.appendClock(p.text)
	p.close(lo, theme.Style{}, w.theme.Marks.Dash).gives(rankEnd, 0)
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

// detail adds a text that the item may have. It returns a piece in any case.
func (w describer) detail(p *phrase, text *string, label string) *piece {
	if text == nil || *text == "" {
		return &piece{}
	}
	return p.add(w.theme.Muted, apart, label+*text)
}

func (w describer) assigned(p *phrase, collaborator *int64) {
	if collaborator == nil {
		return
	}
	p.add(w.theme.Muted, apart, "assigned to collaborator "+strconv.FormatInt(*collaborator, 10)).gives(rankAssigned, 0)
}

func (w describer) bill(p *phrase, b *contract.Bill) {
	amount := w.theme.Title
	if b.Amount.Text == "" {
		amount = w.theme.Muted
	}
	p.add(amount, "", money(b.Amount.Text))
	w.date(p, " ", "due ", "no due date", b.DueDate.Text)
	if b.Status != "" {
		p.add(w.status(b.Status), ", ", b.Status).gives(0, 4)
	}
	if b.StatementDate.Text != "" {
		w.date(p, apart, "statement ", "", b.StatementDate.Text).gives(rankStatement, 0)
	}
	if host := payHost(b.PayURL); host != "" {
		p.add(w.theme.Muted, apart, host).gives(rankPay, leastPlace)
	}
	w.assigned(p, b.AssignedCollaboratorID)
}

// date adds a day with its label, or what to say where there is none.
func (w describer) date(p *phrase, lead, label, none, text string) *piece {
	if text == "" {
		return p.add(w.theme.Muted, lead, none)
	}
	day, ok := parseStamp(text)
	if !ok {
		return p.add(w.theme.Warn, lead, label+text).gives(0, 8)
	}
	lo := len(p.text)
	p.text = append(p.text, label...)
	p.text = day.appendDate(p.text, w.year)
	style := theme.Style{}
	if lead == apart {
		style = w.theme.Muted
	}
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

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
