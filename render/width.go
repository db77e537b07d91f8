package render

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/mattn/go-runewidth"
)

// columns measures text the way most terminals do. It is our own so that neither the locale nor an
// environment variable changes a layout.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

// Width is how many columns of a terminal the clean text s takes.
func Width(s string) int {
	if printable(s) {
		return len(s)
	}
	return columns.StringWidth(s)
}

// Fit cleans s and shortens it to at most width columns, with an ellipsis where something is left
// out. It never cuts through a character, however many code points that has. A width of 0 or less
// leaves nothing.
func Fit(s string, width int) string { return fit(s, width, "…") }

// Pad cleans s and fills it up with spaces on the right to width columns; longer text stays as it
// is.
func Pad(s string, width int) string {
	s = Clean(s)
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// PadLeft cleans s and fills it up with spaces on the left to width columns; longer text stays as
// it is.
func PadLeft(s string, width int) string {
	s = Clean(s)
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}

func fit(s string, width int, ellipsis string) string {
	if width <= 0 {
		return ""
	}
	s = Clean(s)
	if len(s) <= width && printable(s) || Width(s) <= width {
		return s
	}
	room := width - Width(ellipsis)
	if room < 0 {
		ellipsis, room = "", width
	}
	return strings.TrimRight(s[:cut(s, room)], " ") + ellipsis
}

// cut returns the length in bytes of the longest start of s that takes at most width columns and
// ends between two characters.
func cut(s string, width int) int {
	if printable(s) {
		return min(len(s), width)
	}
	end, g := 0, graphemes.FromString(s)
	for g.Next() {
		if width -= columns.StringWidth(g.Value()); width < 0 {
			break
		}
		end = g.End()
	}
	return end
}

// appendSpaces appends n spaces, none where n is negative.
func appendSpaces(dst []byte, n int) []byte {
	const blank = "                                "
	for ; n > len(blank); n -= len(blank) {
		dst = append(dst, blank...)
	}
	if n > 0 {
		dst = append(dst, blank[:n]...)
	}
	return dst
}

// runes counts the columns of text that is known to hold only narrow characters: our own words and
// marks.
func runes(s string) int { return utf8.RuneCountInString(s) }
