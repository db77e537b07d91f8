package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// The elements of JUnit's XML that Jenkins, GitLab and GitHub's reporters read, in the order of its
// schema.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`

	names map[string]int
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
	Error   *junitFailure `xml:"error,omitempty"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Out     *junitText    `xml:"system-out,omitempty"`
}

// junitText keeps its line breaks. It must be clean, line by line.
type junitText struct {
	Text string `xml:",cdata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// DiffJUnit writes a report as JUnit XML: a test case for the comparison, which is an error where
// there is no verdict, and one for each item that differs: failed, or skipped where that is
// expected.
func DiffJUnit(w io.Writer, r *compare.Report) error {
	suite := junitSuite{Name: "deltatap diff", Time: "0", names: map[string]int{}}
	suite.add(junitComparison(r))
	for i := range r.Causes {
		suite.add(junitDifference(r, i))
	}
	for _, i := range r.Unseen() {
		suite.add(junitUnseen(r, i))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add counts a case. A name that was there before gets a number: readers take cases of one name for
// one.
func (s *junitSuite) add(c junitCase) {
	c.Time = "0"
	key := c.Class + " " + c.Name
	s.names[key]++
	if n := s.names[key]; n > 1 {
		c.Name += " (" + strconv.Itoa(n) + ")"
	}
	s.Tests++
	switch {
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func junitComparison(r *compare.Report) junitCase {
	lines := []string{
		"verdict: " + string(r.Verdict),
		"cached: " + r.Cached + ", " + side(r.Result.Cached),
	}
	if d := r.Database; d == nil || !d.Alone {
		lines = append(lines, "server: "+r.Server+", "+side(r.Result.Server)+fence(r))
	}
	if d := r.Database; d != nil {
		lines = append(lines, "database: "+d.Source+", "+side(d.Side)+databaseAs(d))
	}
	lines = append(lines, Plural(r.Result.Same, "item agrees", "items agree"))
	if says := clientSays(r); says != "" {
		lines = append(lines, "client: "+says)
	}
	if says := healsSays(r); says != "" {
		lines = append(lines, "heals: "+says)
	}
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	c := junitCase{Class: "plan", Name: "comparison", Out: &junitText{strings.Join(lines, "\n")}}
	if r.Verdict == diagnose.Inconclusive {
		c.Error = &junitFailure{Type: string(r.Verdict), Message: "no verdict: " + whyNoVerdict(r)}
	}
	return c
}

func junitDifference(r *compare.Report, i int) junitCase {
	d, c := &r.Result.Differences[i], &r.Causes[i]
	out := junitCase{Class: "plan." + d.Item.Type, Name: d.Item.String()}
	if c.Expected {
		out.Skipped = &junitSkipped{Message: Clean(fmt.Sprintf("expected, %s: %s", c.Code, c.Summary))}
		return out
	}
	lines := append([]string{howDiffers(d)}, fieldLines(d, " → ")...)
	if k := r.Beside(d.Item); k >= 0 {
		lines = append(lines, junitBeside(&r.Database.Apart[k])...)
	}
	lines = append(lines, junitCause(r, c)...)
	out.Failure = &junitFailure{Type: string(c.Code), Message: Clean(c.Summary), Text: strings.Join(lines, "\n")}
	return out
}

// junitCause tells of a cause.
func junitCause(r *compare.Report, c *diagnose.Cause) []string {
	lines := []string{strings.TrimSuffix(causeName(c)+": "+whereToLook(r, c), ": ")}
	for _, because := range c.Because {
		lines = append(lines, Clean("because "+because))
	}
	if len(c.Records) > 0 {
		lines = append(lines, "evidence: "+numbers("record", c.Records))
	}
	return lines
}

// junitUnseen is an item in which only the API and the database differ.
func junitUnseen(r *compare.Report, i int) junitCase {
	d, c := &r.Database.Apart[i], &r.Database.Causes[i]
	out := junitCase{Class: "database." + d.Item.Type, Name: d.Item.String()}
	if c.Code == diagnose.Unknown {
		out.Skipped = &junitSkipped{Message: Clean("undecided: " + c.Summary)}
		return out
	}
	lines := append(junitBeside(d), junitCause(r, c)...)
	out.Failure = &junitFailure{Type: string(c.Code), Message: Clean(c.Summary), Text: strings.Join(lines, "\n")}
	return out
}

// junitBeside is what the API and the database have of an item.
func junitBeside(d *diff.Difference) []string {
	if says := againstSays[d.Kind]; says != "" {
		return []string{says}
	}
	return fieldLines(d, " in the API, in the database ")
}

// fieldLines names the fields of a difference, each with both values.
func fieldLines(d *diff.Difference, between string) []string {
	var lines []string
	for i := range d.Fields {
		f := &d.Fields[i]
		if diagnose.Harmless(f) {
			continue
		}
		a, b := sides(f, longestValue, "…")
		lines = append(lines, Clean(fieldName(f))+": "+a+between+b)
	}
	return lines
}
