package commands

import (
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpWidth is how many columns help takes: what every terminal has.
const helpWidth = 80

// readable folds the help of cmd and of every command below.
func readable(cmd *cobra.Command) {
	cmd.Long = foldText(cmd.Long, helpWidth)
	for _, child := range cmd.Commands() {
		readable(child)
	}
}

// foldText breaks the lines of a text where they are wider than width: a paragraph as a whole; of
// an indented list, the entries that are too wide, each under where its text starts. What fits is
// left as it was written.
func foldText(text string, width int) string {
	var out []string
	lines := strings.Split(text, "\n")
	for len(lines) > 0 {
		n, hang := listEntry(lines)
		out = append(out, refold(lines[:n], hang, width)...)
		lines = lines[n:]
	}
	return strings.Join(out, "\n")
}

// listEntry is how many of the lines belong together, and where those after the first begin.
func listEntry(lines []string) (n, hang int) {
	indent := indentation(lines[0])
	hang = indent
	if indent > 0 { // "  --item bill:42   one item's life" goes on under "one"
		if gap := strings.LastIndex(lines[0][indent:], "  "); gap > 0 {
			hang = indent + utf8.RuneCountInString(lines[0][indent:indent+gap]) + len("  ")
		}
	}
	for n = 1; n < len(lines); n++ {
		goesOn := indentation(lines[n]) == hang && (indent == 0 || hang > indent)
		if lines[0] == "" || lines[n] == "" || !goesOn {
			break
		}
	}
	return n, hang
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// refold folds lines that belong together, where one of them is too wide.
func refold(lines []string, hang, width int) []string {
	tooWide := false
	for _, line := range lines {
		tooWide = tooWide || utf8.RuneCountInString(line) > width
	}
	if !tooWide {
		return lines
	}
	first := lines[0][:indentation(lines[0])]
	if hang > len(first) {
		first = string([]rune(lines[0])[:hang])
	}
	words := strings.Fields(strings.TrimPrefix(lines[0], first) + " " + strings.Join(lines[1:], " "))
	line, out := first, []string(nil)
	for i, word := range words {
		switch {
		case i == 0 || line == strings.Repeat(" ", hang):
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			out = append(out, line)
			line = strings.Repeat(" ", hang) + word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}
