package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// DiffPage says how a report is shown.
type DiffPage struct {
	Width int          // columns of the terminal; 0 for none
	Theme *theme.Theme // nil for plain
	Hint  string       // what to do next; may be empty
	// Verbose tells of every item and of every hypothesis.
	Verbose bool
}

// Diff writes a report for people: the verdict first, each difference with its cause, the expected
// ones in a line, and what to do next.
func Diff(w io.Writer, r *compare.Report, page DiffPage) error {
	v := diffWriter{
		page: newPage(page.Theme, page.Width, 4), report: r, verbose: page.Verbose, counts: countAlike(r), shown: map[alikeDifferences]int{},
	}
	v.verdict()
	for i := range r.Causes {
		if c := &r.Causes[i]; !c.Expected && !v.alike(c) || c.Expected && page.Verbose {
			v.difference(i)
		}
	}
	v.rest()
	for _, i := range r.Unseen() {
		v.unseen(i)
	}
	v.folded()
	v.heals()
	if page.Hint != "" {
		v.blank()
		v.text(v.theme.Muted, "next: ", page.Hint)
	}
	return v.writeTo(w)
}

type diffWriter struct {
	*page
	report  *compare.Report
	verbose bool
	counts  map[alikeDifferences]int // of those that should not be
	shown   map[alikeDifferences]int
}

// verdict says the outcome in a line, and what was compared in the next.
func (v *diffWriter) verdict() {
	r := v.report
	style, says := v.theme.Good, []string{comparedParties(r) + " agree"}
	switch r.Verdict {
	case diagnose.Explained:
		says = []string{"only expected differences"}
	case diagnose.Desynced:
		style, says = v.theme.Error, countWrongs(r)
	case diagnose.Behind:
		style, says = v.theme.Warn, []string{behindSays(r)}
	case diagnose.Inconclusive:
		style, says = v.theme.Warn, []string{"no verdict: " + whyNoVerdict(r)}
	}
	var l line
	l.start(v.b)
	parts := []part{{text: string(r.Verdict), style: style}}
	for i, clause := range says {
		parts = append(parts, plain([]string{"  ", ", "}[min(i, 1)], clause))
	}
	v.flow(&l, parts)
	v.b = l.end()
	d := r.Database
	if d == nil {
		v.text(v.theme.Muted, "cached  ", r.Cached+", "+side(r.Result.Cached))
		v.text(v.theme.Muted, "server  ", r.Server+", "+side(r.Result.Server)+fence(r))
		v.client("client  ")
		return
	}
	v.text(v.theme.Muted, "cached    ", r.Cached+", "+side(r.Result.Cached))
	if !d.Alone {
		v.text(v.theme.Muted, "server    ", r.Server+", "+side(r.Result.Server)+fence(r))
	}
	v.text(v.theme.Muted, "database  ", d.Source+", "+side(d.Side)+databaseAs(d))
	v.client("client    ")
}

// client tells which client was chosen, and why, where there was a choice.
func (v *diffWriter) client(label string) {
	if says := clientSays(v.report); says != "" {
		v.text(v.theme.Muted, label, says)
	}
}

// behindSays words the verdict that all that differs lies above what the cache or its session can
// know.
func behindSays(r *compare.Report) string {
	n := Plural(len(r.Causes), "difference")
	switch cached, server := r.Result.Cached, r.Result.Server; {
	case r.Session:
		return n + ", above all that the cache and its session can know"
	case cached.HasVersion && server.HasVersion:
		return n + ", and the cache is older than the server's plan: v" + strconv.FormatInt(cached.Version, 10) + ", v" + strconv.FormatInt(server.Version, 10)
	}
	return n + ", above all that the cache can know"
}

// whyNoVerdict is why there is no verdict.
func whyNoVerdict(r *compare.Report) string {
	if r.Fenced && !r.Stable {
		return "the server's plan would not hold still"
	}
	if r.FromCache {
		return "a cache on the way answered in the server's place"
	}
	if len(r.Undecided()) > 0 {
		return "the server and the database are of two versions"
	}
	return "the evidence is incomplete"
}

// fence tells how the server's plan held still, where that is worth telling.
func fence(r *compare.Report) string {
	switch {
	case !r.Fenced:
		return ""
	case !r.Stable:
		return ", changing through " + Plural(r.Tries, "reading")
	case r.Tries > 1:
		return ", still at reading " + strconv.Itoa(r.Tries)
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
	l.flow(theme.Style{}, Clean(text), "", v.width, v.theme.Marks.Ellipsis)
	v.b = l.end()
}

// kindSays is how an item differs, in words.
var kindSays = map[diff.Kind]string{
	diff.Missing: "missing from the cache", diff.Ghost: "in the cache alone", diff.Stale: "stale",
}

// howDiffers words how an item differs.
func howDiffers(d *diff.Difference) string {
	switch {
	case d.Again && d.Kind == diff.Ghost:
		return "more often in the cache than on the server (duplicate)"
	case d.Again && d.Kind == diff.Missing:
		return "more often on the server than in the cache (duplicate)"
	}
	return kindSays[d.Kind]
}

// item begins an item.
func (v *diffWriter) item(it contract.Item, how string) {
	v.blank()
	var l line
	l.start(v.b)
	v.flow(&l, []part{{text: it.String(), style: v.theme.Emphasis}, {text: how, lead: "  ", style: v.theme.Stale}})
	v.b = l.end()
}

// difference writes an item, its fields, what the database has instead, and why.
func (v *diffWriter) difference(i int) {
	d := &v.report.Result.Differences[i]
	v.item(d.Item, howDiffers(d))
	for k := range d.Fields {
		f := &d.Fields[k]
		if diagnose.Harmless(f) && !v.report.Causes[i].Expected {
			continue
		}
		old, now := sides(f, v.room(f), v.theme.Marks.Ellipsis)
		v.more(part{text: fieldName(f)}, part{text: old, style: v.theme.Old, lead: " "},
			plain(" ", v.theme.Marks.Arrow), part{text: now, style: v.theme.New, lead: " "})
	}
	if k := v.report.Beside(d.Item); k >= 0 {
		v.beside(&v.report.Database.Apart[k])
	}
	v.cause(i)
}

// room is how many columns one value of a field may take.
func (v *diffWriter) room(f *diff.Field) int {
	const least = 60
	return max(least, (v.width-v.indent-Width(Clean(f.Path))-4)/2)
}

// unseen writes an item about which only the API and the database differ, unless nothing is
// decided.
func (v *diffWriter) unseen(i int) {
	d, c := &v.report.Database.Apart[i], &v.report.Database.Causes[i]
	if c.Code == diagnose.Unknown {
		return
	}
	v.item(d.Item, notAsDatabase)
	v.beside(d)
	v.causeItself(c)
}

// beside writes what the API has of an item, and what the database has.
func (v *diffWriter) beside(d *diff.Difference) {
	if says := againstSays[d.Kind]; says != "" {
		v.more(part{text: says})
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		if diagnose.Harmless(f) {
			continue
		}
		api, database := sides(f, v.room(f), v.theme.Marks.Ellipsis)
		v.more(part{text: fieldName(f)}, plain(" ", "API"), part{text: api, style: v.theme.Old, lead: " "},
			plain(", ", "database"), part{text: database, style: v.theme.New, lead: " "})
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

// folded writes the expected differences in one line, and in another what nothing decides.
func (v *diffWriter) folded() {
	expected, apart := expectedCodes(v.report), len(v.report.Undecided())
	if len(expected) == 0 && apart == 0 {
		return
	}
	v.blank()
	if len(expected) > 0 {
		v.text(v.theme.Muted, "expected: ", strings.Join(expected, ", "))
		v.screens()
	}
	if apart > 0 {
		v.text(v.theme.Muted, "undecided: ", undecidedSays(v.report))
	}
}

// mostScreens is how many items are named that a phone's screen has shown since.
const mostScreens = 5

// screens tells what a phone's screen has shown since the file was saved.
func (v *diffWriter) screens() {
	n := 0
	for i := range v.report.Causes {
		says := screenSays(v.report, i)
		if says == "" {
			continue
		}
		if n++; n > mostScreens && !v.verbose {
			return
		}
		v.more(part{text: v.report.Result.Differences[i].Item.String(), style: v.theme.Emphasis}, part{text: says, lead: "  "})
	}
}
