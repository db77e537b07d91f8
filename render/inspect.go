package render

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/scan"
	"github.com/carebase/deltatap/replay/synth"
)

// Inspection is a session to show on one page.
type Inspection struct {
	Name    string // what it was read from
	Size    int64  // bytes of the files; 0 where that is not known
	Summary *scan.Summary
	Width   int            // columns of the terminal; 0 for none
	Theme   *theme.Theme   // nil for plain
	Zone    *time.Location // of the times shown; nil for the local one
}

// Inspect writes the page about a session: whether it is whole, what, when and from where, the
// connections, the deltas and their versions, and how they depart from the contract.
func Inspect(w io.Writer, in Inspection) error {
	p := newPage(in.Theme, in.Width, 14)
	v := inspector{page: p, in: &in, sum: in.Summary, clock: newClock(in.Summary.Parts[0].Header.Started, in.Zone, false)}
	v.head()
	v.origin()
	v.damage()
	p.blank()
	v.connections()
	p.blank()
	v.deltas()
	v.versions()
	v.findings()
	return p.writeTo(w)
}

// inspector writes the parts of one page.
type inspector struct {
	*page
	in    *Inspection
	sum   *scan.Summary
	clock clock
}

// head says what it is, and whether it is whole.
func (v *inspector) head() {
	state, style := "complete", v.theme.Good
	if !v.sum.Complete() {
		state, style = "incomplete", v.theme.Warn
	}
	parts := []part{{text: v.in.Name, style: v.theme.Emphasis}, {text: state, style: style, lead: "  "}}
	sep := v.theme.Marks.Apart
	parts = append(parts, plain(sep, Plural(v.sum.Records, "record")))
	if n := len(v.sum.Parts); n > 1 {
		parts = append(parts, plain(sep, Plural(n, "part")))
	}
	if v.in.Size > 0 {
		parts = append(parts, plain(sep, Bytes(v.in.Size)))
	}
	var l line
	l.start(v.b)
	v.flow(&l, parts)
	v.b = l.end()
}

// origin says when and from where.
func (v *inspector) origin() {
	h := &v.sum.Parts[0].Header
	end := v.sum.Duration
	text := v.date(0) + " " + v.moment(0, 0) + " to "
	if v.date(0) != v.date(end) {
		text += v.date(end) + " "
	}
	if h.Started.IsZero() {
		v.row("recorded", part{text: "nobody knows when: the header is lost", style: v.theme.Warn}, plain(", ", Duration(end)))
	} else {
		v.row("recorded", plain("", text+v.moment(end, end)+" "+v.clock.zone(0)), plain(", ", Duration(end)))
	}
	parts := []part{plain("", orElse(h.Server, "no server named"))}
	if h.User != nil && string(h.User) != "null" {
		parts = append(parts, plain(", ", "as "+excerpt(h.User)))
	}
	if h.From != "" {
		parts = append(parts, plain(", ", born(h.From)))
	}
	if h.Tool != "" {
		parts = append(parts, part{text: "by " + h.Tool, lead: ", ", style: v.theme.Muted})
	}
	v.row("from", parts...)
}

// born says what the session was made from.
func born(from string) string {
	if synth.IsRef(from) {
		return "made up as " + Clean(from)
	}
	return "converted from " + Clean(from)
}

// damage says what the session lacks.
func (v *inspector) damage() {
	warn := func(label, text string) { v.row(label, part{text: text, style: v.theme.Warn}) }
	for i := range v.sum.Parts {
		p := &v.sum.Parts[i]
		of := ""
		if len(v.sum.Parts) > 1 {
			of = "part " + Count(i+1) + ": "
		}
		if p.Header.Filter != "" {
			warn("filtered", of+p.Header.Filter)
		}
		if p.Header.Faults != "" {
			warn("faults", of+p.Header.Faults)
		}
		if i > 0 {
			v.hole(&v.sum.Parts[i-1], p, i)
		}
		switch {
		case p.Truncated != nil:
			warn("cut off", of+p.Truncated.String())
		case !p.Complete && p.Last == 0:
			warn("cut off", of+"there is no record")
		case !p.Complete:
			warn("cut off", of+"there is no end record: what came after record "+Count(p.Last)+" is not here")
		}
		if p.Lost > 0 {
			v.row("lost", part{text: of + Plural(p.Lost, "event") + " received and not written", style: v.theme.Error})
		}
		if p.BadLines > 0 {
			warn("unreadable", of+unreadableLines(p.BadLines)+"; "+p.Bad[0].Error())
		}
	}
}

func unreadableLines(n int64) string {
	if n == 1 {
		return "1 line is no record"
	}
	return Count(n) + " lines are no records"
}

// hole says what is missing between two parts.
func (v *inspector) hole(before, after *scan.Part, i int) {
	if before.Last == 0 || after.First <= before.Last+1 {
		return
	}
	text := "between part " + Count(i) + " and part " + Count(i+1) + ": records " + Count(before.Last+1) + " to " + Count(after.First-1)
	v.row("hole", part{text: text, style: v.theme.Warn})
}

// deltas counts the deltas, in time and by what they are.
func (v *inspector) deltas() {
	s := v.sum
	parts := []part{{text: Count(s.Deltas), style: v.theme.Emphasis}, plain(" in ", Plural(s.Messages, "message"))}
	if s.Rate.Most > 0 {
		parts = append(parts, plain(", ", Rate(s.Deltas, s.Duration)),
			plain(", ", "at most "+Count(s.Rate.Most)+" in one second, at "+v.moment(s.Rate.Busiest, 0)))
	}
	v.row("deltas", parts...)
	if s.Deltas > 0 {
		v.more(part{text: v.spark(), style: v.theme.Updated})
	}
	v.counts("by type", s.ByType, nil)
	v.counts("by action", s.ByAction, map[string]theme.Style{
		contract.ActionCreated: v.theme.Created, contract.ActionUpdated: v.theme.Updated, contract.ActionDeleted: v.theme.Deleted,
	})
	v.counts("by source", s.BySource, nil)
	v.others()
}

// others counts what is no delta.
func (v *inspector) others() {
	s := v.sum
	var parts []part
	add := func(n int64, noun string) {
		if n > 0 {
			parts = append(parts, plain(", ", Plural(n, noun)))
		}
	}
	add(s.Plans, "plan")
	add(s.Polls, "version poll")
	add(s.Marks, "mark")
	add(s.Events-s.Messages, "other event")
	if len(parts) > 0 {
		v.row("also", parts...)
	}
}

// spark draws how many deltas came when, over the whole width.
func (v *inspector) spark() string {
	r := &v.sum.Rate
	out := make([]int64, v.width-v.indent)
	for i, n := range r.Counts {
		if at := column(time.Duration(i)*r.Width, v.sum.Duration, len(out)); at >= 0 {
			out[at] += n
		}
	}
	return strings.TrimRight(Sparkline(out, len(out), v.theme.Marks), " ")
}

// column is where a moment lies among so many columns that stand for the whole time.
func column(t, whole time.Duration, columns int) int {
	if whole <= 0 {
		return 0
	}
	return min(columns-1, max(0, int(float64(t)/float64(whole)*float64(columns))))
}

// counts writes values and how often they came, the most frequent first.
func (v *inspector) counts(label string, counts map[string]int64, styles map[string]theme.Style) {
	var parts []part
	for _, name := range byCount(counts) {
		style := styles[name]
		if name == scan.None {
			style = v.theme.Warn
		}
		parts = append(parts, part{text: Clean(name) + " " + Count(counts[name]), style: style, lead: v.theme.Marks.Apart})
	}
	if len(parts) > 0 {
		v.row(label, parts...)
	}
}

// byCount sorts names by how often they came, then by name.
func byCount(counts map[string]int64) []string {
	names := slices.Collect(maps.Keys(counts))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return slices.DeleteFunc(names, func(name string) bool { return counts[name] == 0 })
}

// moment writes a time of day, with its day where that is another than that of since.
func (v *inspector) moment(t, since time.Duration) string {
	text := string(v.clock.append(nil, t))[:len("15:04:05")]
	if v.date(t) == v.date(since) {
		return text
	}
	_, month, day := v.clock.day(t)
	return strconv.Itoa(day) + " " + monthNames[month-1] + " " + text
}

// date writes the day of a moment.
func (v *inspector) date(t time.Duration) string {
	year, month, day := v.clock.day(t)
	s := stamp{year: year, month: int(month), day: day}
	return s.weekday() + " " + string(s.appendDate(nil, -1))
}
