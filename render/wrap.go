package render

import "strings"

// wrap breaks clean text between words into lines of at most width columns, and at most so many lines: what is left then
// is cut off with an ellipsis. A word that is wider than a line is broken. The blank at which a line breaks is dropped.
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
