package render

import (
	"fmt"
	"io"
	"strconv"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// Lint writes the findings of a session for people.
type Lint struct {
	Out   io.Writer
	Width int          // columns of the terminal; 0 for a pipe, where each finding takes one line
	Theme *theme.Theme // nil for plain
}

// Finding writes a finding: the number of its record, how bad it is, the rule, and what is wrong
// with which delta of the message m (nil where the record is none).
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

// named names the delta that a finding is about by its version and item, empty where that is not
// known.
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

// Linted is what a summary of a lint tells.
type Linted struct {
	Errors, Warnings int64
	Records          int64
	Messages         int64            // those of them that there was something to judge in
	Absent           versions.Absence // of all users' versions
	Reversals        int64
}

// Add adds what is known of the versions of a user's plan.
func (s *Linted) Add(r versions.Report) {
	s.Absent.Add(r.Absent)
	s.Reversals += r.Reversals
}

// nothingJudged stands where a session holds nothing that the contract speaks of.
const nothingJudged = "nothing to judge: no deltas"

// Summary writes to w how many findings there were in how many records, and which versions no delta
// brought: that is no departure from the contract by itself, and no proof that it was kept.
func (l *Lint) Summary(w io.Writer, s Linted) error {
	th := l.Theme
	if th == nil {
		th = theme.Plain()
	}
	text, style := "kept the contract", th.Good
	switch {
	case s.Errors > 0:
		text, style = Plural(s.Errors, "error")+", "+Plural(s.Warnings, "warning"), th.Error
	case s.Warnings > 0:
		text, style = Plural(s.Warnings, "warning"), th.Warn
	case s.Messages == 0:
		text, style = nothingJudged, th.Muted
	}
	text = style.Render(text) + " in " + Plural(s.Records, "record")
	if s.Absent.Versions > 0 {
		text += "\n" + th.Warn.Render(absent(s.Absent))
	}
	if s.Reversals > 0 {
		text += "\n" + th.Warn.Render("the server's version went back "+times(s.Reversals))
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
