package render

import (
	"strings"
	"time"
)

// mostPeriods bounds how many connection periods are listed.
const mostPeriods = 6

// connections says when there was a connection: in all, drawn over the whole time, and period by
// period.
func (v *inspector) connections() {
	s := v.sum
	if len(s.Connections) == 0 {
		text := "not recorded"
		if s.Refused > 0 {
			text = "never: " + Plural(s.Refused, "attempt") + " failed"
		}
		v.row("connected", part{text: text, style: v.theme.Warn})
		return
	}
	var online time.Duration
	for i := range s.Connections {
		online += v.until(i) - s.Connections[i].From
	}
	parts := []part{
		{text: Duration(online), style: v.theme.Emphasis},
		plain(" of ", Duration(s.Duration)), plain(", ", Plural(len(s.Connections), "period")),
	}
	if s.Refused > 0 {
		parts = append(parts, part{text: Plural(s.Refused, "failed attempt"), lead: ", ", style: v.theme.Warn})
	}
	v.row("connected", parts...)
	if len(s.Connections) > 1 {
		v.strip()
	}
	for i := range s.Connections[:min(len(s.Connections), mostPeriods)] {
		v.period(i)
	}
	if n := len(s.Connections) - mostPeriods; n > 0 {
		v.more(part{text: "and " + Plural(n, "more period", "more periods"), style: v.theme.Muted})
	}
}

// until is when a period ended: where no record says it, with the next one or with the session.
func (v *inspector) until(i int) time.Duration {
	switch c := &v.sum.Connections[i]; {
	case !c.Open:
		return c.To
	case i+1 < len(v.sum.Connections):
		return v.sum.Connections[i+1].From
	default:
		return max(c.From, v.sum.Duration)
	}
}

func (v *inspector) period(i int) {
	c, to := &v.sum.Connections[i], v.until(i)
	end := c.Reason
	if c.Open {
		end = "no end recorded"
	}
	transport := orElse(Clean(c.Transport), "-")
	v.more(
		plain("", v.moment(c.From, 0)+" "+v.theme.Marks.Dash+" "+v.moment(to, c.From)),
		plain("  ", PadLeft(Duration(to-c.From), 6)),
		part{text: transport, lead: "  ", style: v.theme.Muted},
		part{text: end, lead: strings.Repeat(" ", max(2, len("websocket")+2-Width(transport))), style: v.theme.Offline},
	)
}

// strip draws the time with and without a connection over the whole width. A column in which the
// connection was away, however shortly, is shown without; but for the moments before the first and
// after the last.
func (v *inspector) strip() {
	cells := make([]bool, v.width-v.indent) // away
	away := func(from, to time.Duration) {
		if to <= from {
			return
		}
		for at := column(from, v.sum.Duration, len(cells)); at <= column(to-1, v.sum.Duration, len(cells)); at++ {
			cells[at] = true
		}
	}
	var last time.Duration
	whole, cell := v.sum.Duration, v.sum.Duration/time.Duration(len(cells))
	for i := range v.sum.Connections {
		if from := v.sum.Connections[i].From; i > 0 || from > cell {
			away(last, from)
		}
		last = max(last, v.until(i))
	}
	if whole-last > cell {
		away(last, whole)
	}
	v.b = appendSpaces(v.b, v.indent)
	for i := 0; i < len(cells); {
		n := i
		for n < len(cells) && cells[n] == cells[i] {
			n++
		}
		style, mark := v.theme.Online, v.theme.Marks.Line
		if cells[i] {
			style, mark = v.theme.Offline, v.theme.Marks.Shade
		}
		v.b = style.Append(v.b, strings.Repeat(mark, n-i))
		i = n
	}
	v.blank()
}
