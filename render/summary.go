package render

import (
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// tally counts what went by, for the summary and for what is said about a connection.
type tally struct {
	deltas, skipped  int64 // all, and those of them that a filter kept back
	inPeriod         int64 // deltas since the connection began
	connects         int
	changed          time.Duration // when the connection last began or ended
	errors, warnings int64         // findings
}

func (t *Tail) count(m *contract.Message) {
	t.tally.deltas += int64(len(m.Deltas))
	t.tally.inPeriod += int64(len(m.Deltas))
}

// Ending is what a summary needs to be told at the end of a stream.
type Ending struct {
	Elapsed  time.Duration
	Versions versions.Report
	Lost     int64 // events that arrived and were never handed over
}

// End writes the summary: how much came, which versions, how often the connection was made again,
// and what is missing.
func (t *Tail) End(e Ending) error {
	y, marks := &t.tally, &t.errTheme.Marks
	text := Plural(y.deltas, "delta") + " in " + Duration(e.Elapsed)
	if y.skipped > 0 {
		text = Count(y.deltas-y.skipped) + " of " + text
	}
	if v := e.Versions; v.Last > 0 {
		text += ", " + span(v.First, v.Last, marks)
	}
	if y.connects > 1 {
		text += ", " + Plural(y.connects-1, "reconnect")
	}
	if e.Versions.Proven > 0 {
		text += ", " + absent(e.Versions.Absent)
	}
	if n := e.Versions.Reversals; n > 0 {
		text += ", the server's version went back " + times(n)
	}
	style := t.errTheme.Muted
	if y.errors > 0 {
		text += ", " + Plural(y.errors, "contract error")
		style = t.errTheme.Warn
	}
	if y.warnings > 0 {
		text += ", " + Plural(y.warnings, "contract warning")
	}
	if e.Lost > 0 {
		text += ", " + Plural(e.Lost, "event") + " lost"
		style = t.errTheme.Error
	}
	if e.Versions.Absent.Versions+e.Versions.Reversals > 0 {
		style = t.errTheme.Warn
	}
	err := t.Flush()
	for _, s := range wrap(text, t.errLay.width, mostLines, marks.Ellipsis) {
		t.write(append(style.Append(nil, s), '\n'))
	}
	return err
}

// times says how often something happened.
func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return Count(n) + " times"
}

// absent says how many versions are missing and what could explain them.
func absent(v versions.Absence) string {
	if v.Versions == 0 {
		return "nothing missing"
	}
	text := Plural(v.Versions, "version") + " missing"
	why := []string{}
	if v.Offline > 0 {
		why = append(why, Count(v.Offline)+" around offline periods")
	}
	if v.Coalescible > 0 {
		why = append(why, "coalescing could explain "+Count(v.Coalescible))
	}
	if v.Ahead > 0 {
		why = append(why, Count(v.Ahead)+" had not come by the end")
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text
}
