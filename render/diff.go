package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// DiffReport is what comparing a cached plan with the server's came to.
type DiffReport struct {
	Verdict        diagnose.Verdict
	Result         *diff.Result
	Causes         []diagnose.Cause // one for each of Result.Differences
	Cached, Server string           // where the two plans came from
	Fenced         bool             // the server's was read live, through a fence
	Tries          int              // how often
	Stable         bool             // and whether it held still
	Session        bool             // there was a session to find causes in
}

// expected counts the differences that are as they should be.
func (r *DiffReport) expected() (n int) {
	for i := range r.Causes {
		if r.Causes[i].Expected {
			n++
		}
	}
	return n
}

// DiffPage says how a report is shown.
type DiffPage struct {
	Width int          // columns of the terminal; 0 for none
	Theme *theme.Theme // nil for plain
	Hint  string       // what to do next; may be empty
}

// Diff writes a report for people: the verdict first, each difference with its cause, the expected ones in a line, and what to
// do next.
func Diff(w io.Writer, r *DiffReport, page DiffPage) error {
	v := diffWriter{page: newPage(page.Theme, page.Width, 4), report: r}
	v.verdict()
	for i := range r.Causes {
		if !r.Causes[i].Expected {
			v.difference(&r.Result.Differences[i], &r.Causes[i])
		}
	}
	v.folded()
	if page.Hint != "" {
		v.blank()
		v.text(v.theme.Muted, "next: ", page.Hint)
	}
	return v.writeTo(w)
}

type diffWriter struct {
	*page
	report *DiffReport
}

// verdict says the outcome in a line, and what was compared in the next.
func (v *diffWriter) verdict() {
	r := v.report
	style, says := v.theme.Good, "the cache agrees with the server"
	harmful := len(r.Causes) - r.expected()
	switch r.Verdict {
	case diagnose.Explained:
		says = "only expected differences"
	case diagnose.Desynced:
		style, says = v.theme.Error, Plural(harmful, "difference")+" between the cache and the server"
	case diagnose.Inconclusive:
		style, says = v.theme.Warn, "no verdict: "+v.doubt()
	}
	var l line
	l.start(v.b)
	v.flow(&l, []part{{text: string(r.Verdict), style: style}, {text: says, lead: "  "}})
	v.b = l.end()
	v.text(v.theme.Muted, "cached  ", r.Cached+", "+side(r.Result.Cached))
	v.text(v.theme.Muted, "server  ", r.Server+", "+side(r.Result.Server)+v.fence())
}

func (v *diffWriter) doubt() string {
	if v.report.Fenced && !v.report.Stable {
		return "the server's plan would not hold still"
	}
	return "the evidence is incomplete"
}

func (v *diffWriter) fence() string {
	switch {
	case !v.report.Fenced:
		return ""
	case !v.report.Stable:
		return ", changing through " + Plural(v.report.Tries, "reading")
	case v.report.Tries > 1:
		return ", still at reading " + strconv.Itoa(v.report.Tries)
	}
	return ""
}

func side(s diff.Side) string {
	text := Plural(s.Appointments, "appointment") + ", " + Plural(s.Bills, "bill")
	if s.HasVersion {
		return "v" + strconv.FormatInt(s.Version, 10) + ", " + text
	}
	return text
}

// text writes a line that starts with a label, wrapped below it.
func (v *diffWriter) text(style theme.Style, label, text string) {
	var l line
	l.start(v.b)
	l.skip(2)
	l.cell(style, label, 0)
	v.flow(&l, []part{{text: text}})
	v.b = l.end()
}

// kindSays is how an item differs, in words.
var kindSays = map[diff.Kind]string{
	diff.Missing: "missing from the cache", diff.Ghost: "in the cache alone", diff.Stale: "stale",
}

// difference writes an item, its fields, and why.
func (v *diffWriter) difference(d *diff.Difference, c *diagnose.Cause) {
	v.blank()
	var l line
	l.start(v.b)
	v.flow(&l, []part{{text: d.Item.String(), style: v.theme.Emphasis}, {text: kindSays[d.Kind], lead: "  ", style: v.theme.Stale}})
	v.b = l.end()
	for i := range d.Fields {
		f := &d.Fields[i]
		if diagnose.Harmless(f) {
			continue
		}
		v.more(part{text: f.Path}, part{text: value(f.Cached), style: v.theme.Old, lead: " "},
			plain(" ", v.theme.Marks.Arrow), part{text: value(f.Server), style: v.theme.New, lead: " "})
	}
	sure := string(c.Certainty)
	if c.Certainty == diagnose.CertaintyUnknown {
		sure = ""
	}
	head := []part{{text: string(c.Code), style: v.theme.Warn}}
	if sure != "" {
		head = append(head, part{text: "(" + sure + ")", style: v.theme.Muted, lead: " "})
	}
	v.more(head...)
	if c.Summary != "" {
		v.more(part{text: c.Summary})
	}
	if len(c.Records) > 0 {
		v.more(part{text: "evidence: " + numbers("record", c.Records), style: v.theme.Muted})
	}
}

// mostNumbers is how many record numbers a line names.
const mostNumbers = 8

func numbers(noun string, ns []int64) string {
	var b strings.Builder
	b.WriteString(noun)
	if len(ns) > 1 {
		b.WriteByte('s')
	}
	for i, n := range ns {
		if i == mostNumbers {
			b.WriteString(" and " + strconv.Itoa(len(ns)-i) + " more")
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + strconv.FormatInt(n, 10))
	}
	return b.String()
}

// value is a JSON value for people; absent where there is none.
func value(raw []byte) string {
	if raw == nil {
		return "absent"
	}
	return Fit(string(raw), 60)
}

// folded writes the expected differences in one line: how many of each cause.
func (v *diffWriter) folded() {
	counts := map[diagnose.Code]int{}
	var order []diagnose.Code
	for i := range v.report.Causes {
		c := &v.report.Causes[i]
		if !c.Expected {
			continue
		}
		if counts[c.Code] == 0 {
			order = append(order, c.Code)
		}
		counts[c.Code]++
	}
	if len(order) == 0 {
		return
	}
	words := make([]string, len(order))
	for i, code := range order {
		words[i] = strconv.Itoa(counts[code]) + " " + string(code)
	}
	v.blank()
	v.text(v.theme.Muted, "expected: ", strings.Join(words, ", "))
}
