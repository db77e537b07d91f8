package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// DiffMarkdown writes a report for a ticket.
func DiffMarkdown(w io.Writer, r *DiffReport) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Plan comparison: %s\n\n", r.Verdict)
	fmt.Fprintf(&b, "- cached: %s, %s\n- server: %s, %s\n", escaped(r.Cached), side(r.Result.Cached), escaped(r.Server), side(r.Result.Server))
	if harmful := len(r.Causes) - r.expected(); harmful > 0 {
		b.WriteString("\n| item | how | fields | cause | certainty | what happened |\n| --- | --- | --- | --- | --- | --- |\n")
		for i := range r.Causes {
			if c := &r.Causes[i]; !c.Expected {
				d := &r.Result.Differences[i]
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", escaped(d.Item.String()), d.Kind, escaped(fieldList(d)), c.Code, c.Certainty, escaped(c.Summary))
			}
		}
	}
	if n := r.expected(); n > 0 {
		fmt.Fprintf(&b, "\n%s expected.\n", Plural(n, "difference is", "differences are"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escaped is text as it stands in a cell of a Markdown table.
func escaped(s string) string {
	return markdown.Replace(Clean(s))
}

var markdown = strings.NewReplacer("|", `\|`, "<", "&lt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`)

// fieldList names the fields of a difference, each with both values.
func fieldList(d *diff.Difference) string {
	words := make([]string, len(d.Fields))
	for i, f := range d.Fields {
		words[i] = f.Path + ": " + value(f.Cached) + " → " + value(f.Server)
	}
	return strings.Join(words, "; ")
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Error   *junitFailure `xml:"error,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// DiffJUnit writes a report as JUnit XML: a test case an item that differs, one for all that agree, and an error where there is
// no verdict.
func DiffJUnit(w io.Writer, r *DiffReport) error {
	suite := junitSuite{Name: "deltatap diff"}
	suite.Cases = append(suite.Cases, junitCase{Class: "plan", Name: fmt.Sprintf("%d items agree", r.Result.Same)})
	for i := range r.Causes {
		suite.Cases = append(suite.Cases, junitItem(&r.Result.Differences[i], &r.Causes[i], &suite.Failures))
	}
	if r.Verdict == diagnose.Inconclusive {
		suite.Errors++
		suite.Cases = append(suite.Cases, junitCase{Class: "plan", Name: "verdict", Error: &junitFailure{Type: "inconclusive", Message: "no verdict"}})
	}
	suite.Tests = len(suite.Cases)
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

func junitItem(d *diff.Difference, c *diagnose.Cause, failures *int) junitCase {
	out := junitCase{Class: "plan." + d.Item.Type, Name: d.Item.String()}
	if !c.Expected {
		*failures++
		out.Failure = &junitFailure{Type: string(c.Code), Message: Clean(c.Summary), Text: Clean(string(d.Kind) + " " + fieldList(d))}
	}
	return out
}
