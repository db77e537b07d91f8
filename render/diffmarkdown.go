package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// longestValue is how many columns one value takes in a document, which has more room than a
// terminal.
const longestValue = 200

// DiffMarkdown writes a report for a ticket, in the Markdown that GitHub and GitLab show. What a
// server or a user wrote stands in code, where it is neither markup, nor a link, nor the mention of
// somebody.
func DiffMarkdown(w io.Writer, r *compare.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Plan comparison: %s\n\n", r.Verdict)
	fmt.Fprintf(&b, "- cached: %s, %s\n", code(r.Cached), side(r.Result.Cached))
	if d := r.Database; d == nil || !d.Alone {
		fmt.Fprintf(&b, "- server: %s, %s%s\n", code(r.Server), side(r.Result.Server), fence(r))
	}
	if d := r.Database; d != nil {
		fmt.Fprintf(&b, "- database: %s, %s%s\n", code(d.Source), side(d.Side), databaseAs(d))
	}
	if says := clientSays(r); says != "" {
		fmt.Fprintf(&b, "- client: %s\n", markdownText(says))
	}
	markdownRows(r, &b)
	if says := healsSays(r); says != "" {
		fmt.Fprintf(&b, "\nHeals: %s.\n", markdownText(says))
	}
	if n := len(r.Causes) - r.Harmful(); n > 0 {
		fmt.Fprintf(&b, "\n%s: %s.\n", Plural(n, "expected difference"), strings.Join(expectedCodes(r), ", "))
	}
	if len(r.Undecided()) > 0 {
		fmt.Fprintf(&b, "\nUndecided: %s.\n", markdownText(undecidedSays(r)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownRows writes a table of what should not differ.
func markdownRows(r *compare.Report, b *strings.Builder) {
	var rows [][]string
	for i := range r.Causes {
		if r.Causes[i].Expected {
			continue
		}
		d, c := &r.Result.Differences[i], &r.Causes[i]
		row := append([]string{markdownText(d.Item.String()), howDiffers(d), fieldCodes(d, " → ")}, causeCells(r, c)...)
		if k := r.Beside(d.Item); k >= 0 {
			row = append(row, against(&r.Database.Apart[k]))
		} else if r.Database != nil {
			row = append(row, "")
		}
		rows = append(rows, row)
	}
	for _, i := range r.Unseen() {
		d, c := &r.Database.Apart[i], &r.Database.Causes[i]
		if c.Code != diagnose.Unknown {
			row := append([]string{markdownText(d.Item.String()), notAsDatabase, ""}, causeCells(r, c)...)
			rows = append(rows, append(row, against(d)))
		}
	}
	if len(rows) == 0 {
		return
	}
	head := []string{"item", "how", "fields", "cause", "certainty", "what happened", "where"}
	if r.Database != nil {
		head = append(head, "the API and the database")
	}
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	b.WriteByte('\n')
	for _, row := range append([][]string{head, rule}, rows...) {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
}

// causeCells tell of a cause in a table.
func causeCells(r *compare.Report, c *diagnose.Cause) []string {
	return []string{string(c.Code), string(c.Certainty), markdownText(c.Summary), markdownText(whereToLook(r, c))}
}

// expectedCodes are the causes of the expected differences, each with how often.
func expectedCodes(r *compare.Report) []string {
	counts := map[diagnose.Code]int{}
	var order []diagnose.Code
	for i := range r.Causes {
		if !r.Causes[i].Expected {
			continue
		}
		c := r.Causes[i].Code
		if counts[c] == 0 {
			order = append(order, c)
		}
		counts[c]++
	}
	words := make([]string, len(order))
	for i, c := range order {
		words[i] = strconv.Itoa(counts[c]) + " " + string(c)
	}
	return words
}

// fieldCodes names the fields of a difference, each with both values.
func fieldCodes(d *diff.Difference, between string) string {
	var words []string
	for i := range d.Fields {
		f := &d.Fields[i]
		if diagnose.Harmless(f) {
			continue
		}
		a, b := sides(f, longestValue, "…")
		words = append(words, code(fieldName(f))+": "+code(a)+between+code(b))
	}
	return strings.Join(words, "; ")
}

// code is any text as code in a cell of a table. Where a code span cannot hold it, elements do.
func code(s string) string {
	s = Clean(s)
	if s == "" || strings.ContainsAny(s, "`|\\") || s[0] == ' ' || s[len(s)-1] == ' ' {
		return "<code>" + markdownText(s) + "</code>"
	}
	return "`" + s + "`"
}

// markdownText is text that is no markup, wherever it stands in a line.
func markdownText(s string) string { return markdown.Replace(Clean(s)) }

// References by number stand for their character, and never for markup.
var markdown = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;",
	`\`, "&#92;", "~", "&#126;", "#", "&#35;", "@", "&#64;", "$", "&#36;",
)
