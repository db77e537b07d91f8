package render

import (
	"io"
	"strings"
)

// Error writes a failure as people and scripts expect it: one line "deltatap: what failed: why",
// then "hint: the next step" where there is one. Errors joined over several lines become one line,
// parted by semicolons.
func Error(w io.Writer, message, hint string) {
	text := "deltatap: " + oneLine(message) + "\n"
	if hint != "" {
		text += "hint: " + oneLine(hint) + "\n"
	}
	// Where not even the error can be written there is no one left to tell.
	_, _ = io.WriteString(w, text)
}

func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	return Clean(strings.Join(lines, "; "))
}
