package render

import (
	"bytes"
	"strconv"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// State writes what a record other than a message says about the stream: a connection that began,
// ended or failed, a mark, a plan or a version poll that was not answered, an event that is not
// known. What is as it should be and changes nothing (connection:ack, an answered poll) is passed
// over.
func (t *Tail) State(rec *session.Record) error {
	th := t.errTheme
	switch rec.Kind {
	case session.KindConnect:
		return t.connected(rec)
	case session.KindDisconnect:
		return t.disconnected(rec)
	case session.KindConnectError:
		return t.tell(rec.T, th.Offline, th.Marks.Waiting, attempt(rec.Attempt)+" failed", ": "+orElse(rec.Message, "no reason given")+beside(rec.Data))
	case session.KindMark:
		return t.tell(rec.T, th.Emphasis, th.Marks.Note, "mark", ": "+rec.Text)
	case session.KindPlan, session.KindVersion:
		if rec.Status != 200 {
			return t.tell(rec.T, th.Warn, th.Marks.Warn, unanswered(rec), "")
		}
	case session.KindEvent:
		return t.event(rec)
	}
	return t.failed
}

// Plan writes that a plan was read: its version, and how many items it holds.
func (t *Tail) Plan(rec *session.Record, version int64, appointments, bills int) error {
	text := ": " + Plural(appointments, "appointment") + ", " + Plural(bills, "bill")
	if rec.Took > 0 {
		text += ", in " + Duration(rec.Took)
	}
	return t.tell(rec.T, t.errTheme.Refresh, t.errTheme.Marks.Refresh, "plan v"+strconv.FormatInt(version, 10), text)
}

// Gaps writes the versions whose absence a message, which came at the given time, has just shown.
func (t *Tail) Gaps(at time.Duration, gaps []versions.Gap) error {
	if len(gaps) == 0 {
		return t.failed
	}
	ranges := make([]versions.Range, len(gaps))
	for i := range gaps {
		ranges[i] = gaps[i].Range
	}
	names, why := missing(ranges, &t.errTheme.Marks)
	return t.tell(at, t.errTheme.Warn, t.errTheme.Marks.Warn, names+" missing", why)
}

// WentBack tells the answers that told less than had been known when they were asked for.
func (t *Tail) WentBack(reversals []versions.Reversal) error {
	for _, r := range reversals {
		if err := t.Warn(r.At, wentBack(r)); err != nil {
			return err
		}
	}
	return t.failed
}

// Findings writes how a message departs from the contract.
func (t *Tail) Findings(rec *session.Record, m *contract.Message, found []contract.Finding) error {
	for i := range found {
		f := &found[i]
		style, mark := t.errTheme.Warn, t.errTheme.Marks.Warn
		if f.Severity == contract.Error {
			style, mark = t.errTheme.Error, t.errTheme.Marks.Error
			t.tally.errors++
		} else {
			t.tally.warnings++
		}
		_ = t.tell(rec.T, style, mark, f.Rule, ": "+f.Message+which(m, f.Delta))
	}
	return t.failed
}

// Note writes a remark about the stream, Warn one that asks for attention.
func (t *Tail) Note(at time.Duration, text string) error {
	return t.tell(at, t.errTheme.Muted, t.errTheme.Marks.Note, "", text)
}

// Warn writes a remark about the stream that asks for attention.
func (t *Tail) Warn(at time.Duration, text string) error {
	return t.tell(at, t.errTheme.Warn, t.errTheme.Marks.Warn, text, "")
}

func (t *Tail) connected(rec *session.Record) error {
	y := &t.tally
	head, text := "connected", ""
	if rec.Transport != "" {
		text = " over " + rec.Transport
	}
	if rec.SID != "" {
		text += " as " + rec.SID
	}
	if y.connects > 0 {
		head = "connected again"
		text = " after " + Duration(rec.T-y.changed) + text
	}
	y.connects++
	y.changed, y.inPeriod = rec.T, 0
	return t.tell(rec.T, t.errTheme.Online, t.errTheme.Marks.Online, head, text)
}

func (t *Tail) disconnected(rec *session.Record) error {
	y := &t.tally
	text := ": " + orElse(rec.Reason, "no reason given")
	if y.connects > 0 {
		text = " after " + Duration(rec.T-y.changed) + ", " + Plural(y.inPeriod, "delta") + text
	}
	y.changed = rec.T
	return t.tell(rec.T, t.errTheme.Offline, t.errTheme.Marks.Offline, "disconnected", text)
}

// greeting is the event by which a server greets a connection.
const greeting = "connection:ack"

// event writes an event that carries no deltas.
func (t *Tail) event(rec *session.Record) error {
	switch {
	case rec.Event == greeting && string(rec.Args) == `[{"ok":true}]`:
		return t.failed
	case rec.Event == "plan:update":
		return t.tell(rec.T, t.errTheme.Refresh, t.errTheme.Marks.Refresh, rec.Event, ": the plan's version moved on, says an older server")
	}
	return t.tell(rec.T, t.errTheme.Muted, t.errTheme.Marks.Note, "event", " "+rec.Event+" "+excerpt(rec.Args))
}

// date writes the day where it is another than that of the line before, on a terminal also before
// the first line: there it says which zone the times are in.
func (t *Tail) date(at time.Duration) {
	year, month, day := t.clock.day(at)
	first := t.year == 0
	if year == t.year && int(month) == t.month && day == t.day {
		return
	}
	t.year, t.month, t.day, t.describe.year = year, int(month), day, year
	if t.opts.Relative || first && t.errLay.piped {
		return
	}
	s := stamp{year: year, month: int(month), day: day}
	text := s.weekday() + " " + string(s.appendDate(nil, -1))
	if first {
		text += ", " + t.clock.zone(at)
	}
	t.write(append(t.errTheme.Muted.Append(nil, text), '\n'))
}

// tell writes a line about the stream: a mark and the head in the style, the rest plain. The time
// is left out where the line above has it already.
func (t *Tail) tell(at time.Duration, style theme.Style, mark, head, rest string) error {
	t.date(at)
	lay := &t.errLay
	var l line
	l.start(nil)
	if lay.piped || t.lay.piped || !t.anyShown || t.shown != at {
		l.cell(t.errTheme.Time, string(t.clock.append(nil, at)), clockWidth)
	} else {
		l.skip(clockWidth)
	}
	t.shown, t.anyShown = at, true
	l.skip(lay.sep)
	l.cell(style, mark, 1)
	l.skip(1)
	l.flow(style, Clean(head), Clean(rest), t.errLay.width, t.errTheme.Marks.Ellipsis)
	t.write(l.end())
	return t.failed
}

// write puts a line on the state's writer, after what is held back for the data's. Where it cannot
// be written there is no one left to tell.
func (t *Tail) write(text []byte) {
	_ = t.Flush()
	_, _ = t.err.Write(text)
}

// which names the delta of a message that a finding is about, where there are several.
func which(m *contract.Message, delta int) string {
	if delta < 0 || delta >= len(m.Deltas) || len(m.Deltas) < 2 {
		return ""
	}
	d := &m.Deltas[delta]
	if d.Has&contract.FieldVersion == 0 || d.Has&contract.FieldEntityID == 0 {
		return " (delta " + Count(delta+1) + " of " + Count(len(m.Deltas)) + ")"
	}
	var lay layout
	return " (" + string(versionText(nil, d)) + " " + string(lay.itemText(nil, d)) + ")"
}

// beside is what a server said of a refusal beside its message.
func beside(data []byte) string {
	switch string(data) {
	case "", "null", "{}":
		return ""
	}
	return ", " + excerpt(data)
}

func attempt(n int) string {
	return "attempt " + strconv.Itoa(max(1, n))
}

// unanswered says why a plan or a version poll brought nothing.
func unanswered(rec *session.Record) string {
	what := "plan"
	if rec.Kind == session.KindVersion {
		what = "version poll"
	}
	if rec.Status == 0 {
		return what + " failed: " + orElse(rec.Error, "no answer")
	}
	return what + " failed: " + strconv.Itoa(rec.Status) + " " + excerpt(bytes.TrimSpace(rec.Body))
}
