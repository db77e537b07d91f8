package render

import (
	"fmt"
	"io"
	"strconv"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
)

// Lint writes the findings of a session for people.
type Lint struct {
	Out   io.Writer
	Width int          // columns of the terminal; 0 for a pipe, where each finding takes one line
	Theme *theme.Theme // nil for plain
}

// Finding writes a finding: the number of its record, how bad it is, the rule, and what is wrong with which delta of the message m
// (nil where the record is none).
func (l *Lint) Finding(n int64, m *contract.Message, f contract.Finding) error {
	_, err := l.Out.Write(l.text(n, m, f))
	return err
}

func (l *Lint) text(n int64, m *contract.Message, f contract.Finding) []byte {
	th, width := l.Theme, l.Width
	if th == nil {
		th = theme.Plain()
	}
	if width <= 0 {
		width = unlimited
	}
	style := th.Warn
	if f.Severity == contract.Error {
		style = th.Error
	}
	var row line
	row.cell(th.Muted, "#"+strconv.FormatInt(n, 10), 8)
	row.cell(style, f.Severity.String(), 9)
	row.flow(style, Clean(f.Rule), Clean(": "+f.Message+named(m, f.Delta)), width, th.Marks.Ellipsis)
	return row.end()
}

// named names the delta that a finding is about by its version and item, empty where that is not known.
func named(m *contract.Message, delta int) string {
	if m == nil || delta < 0 || delta >= len(m.Deltas) {
		return ""
	}
	d := &m.Deltas[delta]
	if d.Has&contract.FieldItemType == 0 || d.Has&contract.FieldEntityID == 0 {
		if len(m.Deltas) < 2 {
			return ""
		}
		return " (delta " + Count(delta+1) + " of " + Count(len(m.Deltas)) + ")"
	}
	lay := layout{piped: true}
	text := " (" + string(lay.itemText(nil, d))
	if d.Has&contract.FieldVersion != 0 {
		text += " v" + strconv.FormatInt(d.Version, 10)
	}
	return text + ")"
}

// Summary writes to w how many findings there were in how many records.
func (l *Lint) Summary(w io.Writer, errors, warnings, records int64) error {
	th := l.Theme
	if th == nil {
		th = theme.Plain()
	}
	text, style := "kept the contract", th.Good
	switch {
	case errors > 0:
		text, style = Plural(errors, "error")+", "+Plural(warnings, "warning"), th.Error
	case warnings > 0:
		text, style = Plural(warnings, "warning"), th.Warn
	}
	_, err := fmt.Fprintf(w, "%s in %s\n", style.Render(text), Plural(records, "record"))
	return err
}
