package render

import (
	"strings"

	"github.com/carebase/deltatap/render/theme"
)

// mostLines is how many lines of a terminal a remark may take.
const mostLines = 4

// flow writes the head in its style and the rest after it, both clean, broken between words where
// the line is full. Where there is no rest, all of the head is in the style.
func (l *line) flow(style theme.Style, head, rest string, width int, ellipsis string) {
	if width == unlimited {
		l.cell(style, head, 0)
		l.cell(theme.Style{}, rest, 0)
		return
	}
	indent, styled := l.col, len(head)
	if rest == "" {
		styled = unlimited
	}
	for i, s := range wrap(head+rest, max(20, width-indent), mostLines, ellipsis) {
		if i > 0 {
			l.start(l.end())
			l.skip(indent)
			if rest != "" {
				styled = 0
			}
		}
		n := min(styled, len(s))
		l.cell(style, s[:n], 0)
		l.cell(theme.Style{}, s[n:], 0)
	}
}

// wrap breaks clean text between words into lines of at most width columns, and at most so many
// lines: what is left then is cut off with an ellipsis. A word that is wider than a line is broken.
// The blank at which a line breaks is dropped.
func wrap(s string, width, lines int, ellipsis string) []string {
	var out []string
	for Width(s) > width {
		if len(out) == lines-1 {
			return append(out, fit(s, width, ellipsis))
		}
		n := cut(s, width)
		if n == 0 {
			return append(out, fit(s, width, ellipsis))
		}
		if s[n] == ' ' {
			out, s = append(out, s[:n]), s[n+1:]
			continue
		}
		if at := strings.LastIndexByte(s[:n], ' '); at > n/2 {
			out, s = append(out, s[:at]), s[at+1:]
			continue
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return append(out, s)
}
