package render

import (
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// spot is where a line stands among the lines of one message.
type spot uint8

const (
	alone spot = iota
	first
	inner
	last
)

func place(i, n int) spot {
	switch {
	case n <= 1:
		return alone
	case i == 0:
		return first
	case i == n-1:
		return last
	}
	return inner
}

// columns starts a line with all that stands before what a delta says.
func (t *Tail) columns(rec *session.Record, d *contract.Delta, at spot) {
	l, lay := &t.line, &t.lay
	l.start(t.buf)
	t.timeCell(rec.T, at)
	t.own = versionText(t.own[:0], d)
	lay.version = max(lay.version, len(t.own))
	l.bytes(t.theme.Version, t.own, lay.version)
	l.skip(lay.sep)
	style, sign := t.action(d)
	if !lay.wide {
		l.cell(style, sign, 1)
		l.skip(1)
	}
	t.own = lay.itemText(t.own[:0], d)
	if n := len(t.own); n <= widestItem {
		lay.item = max(lay.item, n)
	}
	l.bytes(theme.Style{}, t.own, lay.item)
	l.skip(lay.sep)
	if lay.wide {
		word := noBlank(fit(orElse(d.Action, "-"), 12, lay.ellipsis))
		l.cell(style, word, 7)
		l.skip(lay.sep)
	}
	l.cell(t.theme.Source, lay.sourceText(d), lay.source)
	l.skip(lay.sep)
}

// timeCell writes the time and the bracket that holds the deltas of one message together. On a
// terminal only the first of them has the time; in a pipe each line stands for itself.
func (t *Tail) timeCell(at time.Duration, where spot) {
	l := &t.line
	if t.lay.piped || where == alone || where == first {
		t.own = t.clock.append(t.own[:0], at)
		l.bytes(t.theme.Time, t.own, clockWidth)
	} else {
		l.skip(clockWidth)
	}
	if t.lay.piped {
		l.skip(t.lay.sep)
		return
	}
	l.skip(t.lay.sep - 1)
	marks := &t.theme.Marks
	l.cell(t.theme.Muted, [...]string{alone: "", first: marks.First, inner: marks.Inner, last: marks.Last}[where], 1)
}

// action is the style and the sign of what a delta does.
func (t *Tail) action(d *contract.Delta) (theme.Style, string) {
	marks := &t.theme.Marks
	switch {
	case d.ItemType == contract.TypePlan && d.Action == contract.ActionUpdated:
		return t.theme.Refresh, marks.Refresh
	case d.Action == contract.ActionCreated:
		return t.theme.Created, marks.Created
	case d.Action == contract.ActionUpdated:
		return t.theme.Updated, marks.Updated
	case d.Action == contract.ActionDeleted:
		return t.theme.Deleted, marks.Deleted
	}
	return t.theme.Warn, "?"
}

// room is how many columns are left on the line.
func (t *Tail) room() int { return t.lay.width - t.line.col }

// below goes on under the words of a change, the message's bracket beside it.
func (t *Tail) below(i, n, indent int) {
	l := &t.line
	l.start(l.end())
	if n > 1 && i < n-1 {
		l.skip(clockWidth + t.lay.sep - 1)
		l.cell(t.theme.Muted, t.theme.Marks.Inner, 1)
	}
	l.skip(indent - l.col)
}

// finish ends a line. Without brackets, in a pipe, the place among the deltas of a message stands
// at its end.
func (t *Tail) finish(i, n int) {
	if t.lay.piped && n > 1 {
		t.own = append(t.own[:0], '[')
		t.own = appendCount(t.own, int64(i+1))
		t.own = append(t.own, '/')
		t.own = appendCount(t.own, int64(n))
		t.own = append(t.own, ']')
		if t.line.gap == 0 {
			t.line.skip(2)
		}
		t.line.bytes(t.theme.Muted, t.own, 0)
	}
	t.buf = t.line.end()
}
