package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

func itemOf(itemType string, id int64) contract.Item { return contract.Item{Type: itemType, ID: id} }

func fieldOf(path, cached, server string) diff.Field {
	f := diff.Field{Path: path, Cached: []byte(cached), Server: []byte(server)}
	if cached == "" {
		f.Cached = nil
	}
	if server == "" {
		f.Server = nil
	}
	return f
}

const longNote = `"Bring the referral letter, the insurance card and the list of all medicines that were taken in the last four weeks, `

// cameApart is a comparison in which everything differs that can.
func cameApart() *compare.Report {
	r := &compare.Report{
		Verdict: diagnose.Desynced, Cached: "plan_cache_v1.json", Server: "https://care.example.com", Fenced: true, Tries: 3, Stable: true, Session: true,
		Result: &diff.Result{
			Same:   17,
			Cached: diff.Side{Version: 41, HasVersion: true, Appointments: 12, Bills: 9}, Server: diff.Side{Version: 44, HasVersion: true, Appointments: 12, Bills: 10},
			Differences: []diff.Difference{
				{Item: itemOf("appointment", 3), Kind: diff.Stale, Fields: []diff.Field{
					fieldOf("prepNote", longNote+`and come fasting"`, longNote+`and come early"`),
					fieldOf("location", "null", `"Riverside \u001b[2JClinic | room `+"`4`"+`\n]]> <b>@kim"`),
					fieldOf("icsToken", `"288313d1"`, `"64282984"`), fieldOf("taskKey", "", `""`),
					fieldOf("summary", `"Lab visit"`, "\"Lab\u00a0visit\""), fieldOf("googleSync", "null", "{}"),
				}},
				{Item: itemOf("bill", 9), Kind: diff.Missing},
				{Item: itemOf("bill", 7), Kind: diff.Ghost},
				{Item: itemOf("appointment", 5), Kind: diff.Stale, Fields: []diff.Field{fieldOf("googleSync", "null", "{}")}},
				{Item: itemOf("appointment", 6), Kind: diff.Stale, Fields: []diff.Field{fieldOf("googleSync", "null", "{}")}},
				{Item: itemOf("bill", 2), Kind: diff.Ghost},
				{Item: itemOf("collaborator", 0), Kind: diff.Ghost},
				{Item: itemOf("collaborator", 0), Kind: diff.Ghost},
			},
		},
		Causes: []diagnose.Cause{
			{Code: diagnose.MissedWhileOffline, Certainty: diagnose.Certain, Records: []int64{4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, Versions: []int64{42}, Summary: "v42 was emitted at 00:52:58 while this client was offline 00:52:57–00:53:04"},
			{Code: diagnose.NeverEmitted, Certainty: diagnose.Likely, Records: []int64{14}, Summary: "the server moved on to v44 while the socket was alive, and no delta came"},
			{Code: diagnose.Unknown, Certainty: diagnose.CertaintyUnknown, Summary: "the session does not tell why"},
			{Code: diagnose.Unhydrated, Certainty: diagnose.Certain, Expected: true, Summary: "deltas never carry googleSync filled; the next refresh fills it"},
			{Code: diagnose.Unhydrated, Certainty: diagnose.Certain, Expected: true, Summary: "deltas never carry googleSync filled; the next refresh fills it"},
			{Code: diagnose.OutsideRange, Certainty: diagnose.Certain, Expected: true, Summary: "it lies outside the dates of the server's plan"},
			{Code: diagnose.Unknown, Certainty: diagnose.CertaintyUnknown},
			{Code: diagnose.Unknown, Certainty: diagnose.CertaintyUnknown},
		},
	}
	for i := range r.Causes {
		r.Causes[i].Parties = diagnose.Of(r.Causes[i].Code).Parties
	}
	return r
}

// leftBehind is a comparison of a file that is older than the server's plan, of a phone that was chosen to be the app.
func leftBehind() *compare.Report {
	r := cameApart()
	r.Verdict, r.Chosen, r.Client, r.ClientWhy = diagnose.Behind, true, "mobile", "the file is what the app held after record 9"
	r.Result.Differences, r.Causes = r.Result.Differences[1:2:2], []diagnose.Cause{{
		Code: diagnose.RefreshMissed, Certainty: diagnose.Likely, Parties: []diagnose.Party{diagnose.Client}, Summary: "a refresh was due, and did not happen",
		Because: []string{"payload-missing: v42 came without the item"}, Records: []int64{3, 9},
	}}
	return r
}

// manyAlike is a comparison in which very many items differ for one cause.
func manyAlike() *compare.Report {
	r := cameApart()
	for i := range 40 {
		r.Result.Differences = append(r.Result.Differences, diff.Difference{Item: itemOf("bill", int64(100+i)), Kind: diff.Missing})
		r.Causes = append(r.Causes, diagnose.Cause{Code: diagnose.MissedDelta, Certainty: diagnose.Certain, Parties: diagnose.Of(diagnose.MissedDelta).Parties, Summary: "v43 never arrived"})
	}
	return r
}

// Very many differences of one cause are told once, and all of them where that is asked for.
func TestManyAlikeAreToldOnce(t *testing.T) {
	for verbose, want := range map[bool]int{false: mostAlike, true: 40} {
		var text bytes.Buffer
		if err := Diff(&text, manyAlike(), DiffPage{Width: 80, Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(text.String(), "v43 never arrived"); got != want {
			t.Errorf("verbose %v: told %d times, want %d", verbose, got, want)
		}
		if says := strings.Contains(text.String(), "and 30 more items: missed-delta (certain)"); says == verbose {
			t.Errorf("verbose %v: %s", verbose, text.String())
		}
	}
}

// Every hypothesis has words for where to look, and every party has.
func TestPartiesHaveWords(t *testing.T) {
	for _, h := range diagnose.Hypotheses() {
		if partiesSay[joinParties(h.Parties)] == "" {
			t.Errorf("%s: no words for %v", h.Code, h.Parties)
		}
	}
	both := []diagnose.Party{diagnose.Client, diagnose.Database}
	if got := WhereToLook(diagnose.Unknown, both); got != "in the app, or in the database" {
		t.Errorf("%v: %q", both, got)
	}
}

// witnessed is the same with a database that has something else here and there.
func witnessed() *compare.Report {
	r := cameApart()
	r.Database = &compare.Database{
		Source: "db.example:5432/carebase", User: 7, Side: diff.Side{Version: 44, HasVersion: true, Appointments: 12, Bills: 11},
		Apart: []diff.Difference{
			{Item: itemOf("bill", 7), Kind: diff.Missing},
			{Item: itemOf("bill", 2), Kind: diff.Stale, Fields: []diff.Field{fieldOf("amount", "12.50", "125"), fieldOf("payUrl", "null", "")}},
			{Item: itemOf("bill", 4), Kind: diff.Ghost},
			{Item: itemOf("bill", 5), Kind: diff.Missing},
		},
	}
	behind := diagnose.Cause{Code: diagnose.AnswerBehind, Certainty: diagnose.Certain, Parties: diagnose.Of(diagnose.AnswerBehind).Parties, Summary: "at v44 the API answers something else than the database holds"}
	undecided := diagnose.Cause{Code: diagnose.Unknown, Certainty: diagnose.CertaintyUnknown, Parties: []diagnose.Party{diagnose.Nobody}, Summary: "the API was read at v44 and the database at v45"}
	r.Database.Causes = []diagnose.Cause{behind, behind, behind, undecided}
	r.Causes[2] = behind
	r.Causes[2].Summary = "the client holds what the database has at v44, and the API answers something else"
	return r
}

// agreed is a comparison that found nothing.
func agreed() *compare.Report {
	return &compare.Report{Verdict: diagnose.InSync, Cached: "day.ndjson", Server: "plan.json", Result: &diff.Result{Same: 4}}
}

// unstill is one that came to nothing.
func unstill() *compare.Report {
	r := cameApart()
	r.Verdict, r.Stable, r.Tries = diagnose.Inconclusive, false, 5
	r.Result.Differences, r.Causes = r.Result.Differences[:1], r.Causes[:1]
	return r
}

func TestDiffGolden(t *testing.T) {
	for _, tt := range []struct {
		name   string
		report *compare.Report
		width  int
		theme  *theme.Theme
	}{
		{"apart-80", cameApart(), 80, nil},
		{"witnessed-60", witnessed(), 60, nil},
		{"witnessed-80-ascii", witnessed(), 80, theme.Plain().ASCII()},
		{"witnessed-200", witnessed(), 200, nil},
		{"witnessed-dark-80", witnessed(), 80, theme.New(theme.TrueColor, true)},
		{"witnessed-piped", witnessed(), 0, nil},
		{"agreed-80", agreed(), 80, nil},
		{"unstill-80", unstill(), 80, nil},
		{"behind-80", leftBehind(), 80, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text bytes.Buffer
			page := DiffPage{Width: tt.width, Theme: tt.theme}
			if tt.report.Verdict == diagnose.Desynced {
				page.Hint = "a refresh of the client's plan mends this; deltatap inspect --item tells an item's whole life"
			}
			if err := Diff(&text, tt.report, page); err != nil {
				t.Fatal(err)
			}
			golden(t, "diff-"+tt.name+".golden", text.String())
			checkLines(t, text.String(), cmp.Or(tt.width, pageWidth))
			checkBlanks(t, text.String())
		})
	}
}

func TestDiffDocumentsGolden(t *testing.T) {
	for _, report := range []struct {
		name string
		*compare.Report
	}{{"apart", cameApart()}, {"witnessed", witnessed()}, {"agreed", agreed()}, {"unstill", unstill()}, {"behind", leftBehind()}} {
		for _, format := range []struct {
			ending string
			write  func(io.Writer, *compare.Report) error
		}{{"md", DiffMarkdown}, {"xml", DiffJUnit}, {"json", DiffJSON}} {
			t.Run(report.name+"."+format.ending, func(t *testing.T) {
				var text bytes.Buffer
				if err := format.write(&text, report.Report); err != nil {
					t.Fatal(err)
				}
				golden(t, "diff-"+report.name+"."+format.ending+".golden", text.String())
			})
		}
	}
}

// readSuite reads JUnit XML as a CI system does.
func readSuite(text []byte) (s junitRead, err error) {
	err = xml.Unmarshal(text, &s)
	return s, err
}

type junitRead struct {
	XMLName  xml.Name `xml:"testsuite"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Cases    []struct {
		Class   string    `xml:"classname,attr"`
		Name    string    `xml:"name,attr"`
		Failure *struct{} `xml:"failure"`
		Error   *struct{} `xml:"error"`
		Skipped *struct{} `xml:"skipped"`
	} `xml:"testcase"`
}

func TestJUnitCounts(t *testing.T) {
	for name, c := range map[string]struct {
		report                           *compare.Report
		tests, failures, errors, skipped int
	}{
		"apart":     {cameApart(), 9, 5, 0, 3},
		"witnessed": {witnessed(), 12, 7, 0, 4},
		"agreed":    {agreed(), 1, 0, 0, 0},
		"unstill":   {unstill(), 2, 1, 1, 0},
	} {
		var text bytes.Buffer
		if err := DiffJUnit(&text, c.report); err != nil {
			t.Fatal(err)
		}
		s, err := readSuite(text.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Tests != c.tests || s.Failures != c.failures || s.Errors != c.errors || s.Skipped != c.skipped {
			t.Errorf("%s: %d tests, %d failures, %d errors, %d skipped, want %d, %d, %d, %d", name, s.Tests, s.Failures, s.Errors, s.Skipped, c.tests, c.failures, c.errors, c.skipped)
		}
		checkSuite(t, s)
	}
}

// checkSuite holds the counts of a suite against its cases, whose names must be told apart.
func checkSuite(t errorer, s junitRead) {
	failures, failed, skipped, names := 0, 0, 0, map[string]bool{}
	for _, c := range s.Cases {
		key := c.Class + " " + c.Name
		if names[key] || c.Class == "" || c.Name == "" {
			t.Errorf("a case is called %q", key)
		}
		names[key] = true
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			failed++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	if len(s.Cases) != s.Tests || failures != s.Failures || failed != s.Errors || skipped != s.Skipped {
		t.Errorf("there are %d cases, %d failures, %d errors, %d skipped: %+v", len(s.Cases), failures, failed, skipped, s)
	}
}

type errorer interface {
	Errorf(format string, args ...any)
}

// hostileReport has the server and the user say whatever they like.
func hostileReport(t *rapid.T) *compare.Report {
	text := func(name string) string { return hostileText().Draw(t, name) }
	value := func(name string) string {
		b, err := json.Marshal(hostileText().Draw(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return rapid.SampledFrom([]string{string(b), "", "null", "1e400", string(b[:len(b)-1]) + ` ]]> | \| ` + "`" + `"`}).Draw(t, name+" as")
	}
	r := witnessed()
	r.Cached, r.Server, r.Database.Source = text("cached"), text("server"), text("database")
	for i := range r.Result.Differences {
		d := &r.Result.Differences[i]
		if d.Kind == diff.Stale && !r.Causes[i].Expected {
			d.Fields = []diff.Field{fieldOf(text("path"), value("cached"), value("server")), fieldOf("status", value("cached"), value("server"))}
		}
		r.Causes[i].Summary = text("summary")
	}
	for i := range r.Database.Causes {
		r.Database.Causes[i].Summary = text("apart")
	}
	r.Database.Apart[1].Fields[0] = fieldOf(text("path"), value("api"), value("database"))
	return r
}

// Whatever is said, the text fits its lines, the XML is XML that counts right, and a table keeps its columns.
func TestHostileDiff(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, width := hostileReport(rt), rapid.IntRange(60, 240).Draw(rt, "width")
		var text, markdown, junit bytes.Buffer
		if err := Diff(&text, r, DiffPage{Width: width, Hint: "x"}); err != nil {
			rt.Fatal(err)
		}
		checkLines(t, text.String(), width)
		if err := DiffJUnit(&junit, r); err != nil {
			rt.Fatal(err)
		}
		s, err := readSuite(junit.Bytes())
		if err != nil {
			rt.Fatalf("%v in %s", err, junit.Bytes())
		}
		checkSuite(rt, s)
		if err := DiffMarkdown(&markdown, r); err != nil {
			rt.Fatal(err)
		}
		if err := tableErr(markdown.String()); err != nil {
			rt.Fatal(err)
		}
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

// tableErr finds a row of a table with another number of cells than its head, and lines that are part of nothing.
func tableErr(text string) error {
	cells := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if Clean(line) != line {
			return fmt.Errorf("line is not clean: %q", line)
		}
		switch {
		case strings.HasPrefix(line, "| "):
			n := strings.Count(line, "|") // none is part of a text: those are references by number
			if cells == 0 {
				cells = n
			}
			if n != cells {
				return fmt.Errorf("%d bars in a table of %d: %s", n, cells, line)
			}
		case line == "", strings.HasPrefix(line, "## Plan comparison: "), strings.HasPrefix(line, "- cached: "), strings.HasPrefix(line, "- server: "), strings.HasPrefix(line, "- client: "), strings.HasPrefix(line, "- database: "):
		case strings.HasSuffix(line, "."): // what is expected, and what is undecided
		default:
			return fmt.Errorf("a line of its own: %q", line)
		}
	}
	return nil
}

// Values that look the same are told apart, long ones are cut to where they part, and keys are not shown.
func TestSides(t *testing.T) {
	for _, c := range []struct{ path, cached, server, wantCached, wantServer string }{
		{"status", `"todo"`, `"paid"`, `"todo"`, `"paid"`},
		{"amount", "", "null", "absent", "null"},
		{"amount", `"1"`, "1", `"1"`, "1"},
		{"summary", `"a b"`, "\"a\u00a0b\"", `"a b"`, `"a\u{00a0}b"`},
		{"summary", `"a"`, "\"a\u202e\"", `"a"`, `"a\u{202e}"`},
		{"summary", `"a"`, "\"a\U000e0041\"", `"a"`, `"a\u{e0041}"`},
		{"icsToken", `"secret"`, `""`, "(not shown)", `""`},
		{"taskKey", `"secret"`, "", "(not shown)", "absent"},
		{"prepNote", `"` + strings.Repeat("same ", 20) + `a"`, `"` + strings.Repeat("same ", 20) + `b"`, `…e same same a"`, `…e same same b"`},
		{"prepNote", `"` + strings.Repeat("x", 50) + `"`, `"y"`, `"` + strings.Repeat("x", 38) + "…", `"y"`},
	} {
		f := fieldOf(c.path, c.cached, c.server)
		if cached, server := sides(&f, 40, "…"); cached != c.wantCached || server != c.wantServer {
			t.Errorf("%s: %s → %s, want %s → %s", c.path, cached, server, c.wantCached, c.wantServer)
		}
	}
}
