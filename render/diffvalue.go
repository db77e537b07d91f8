package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/diff"
)

// fieldName is the path of a field for people.
func fieldName(f *diff.Field) string {
	if f.Path == "" {
		return "value"
	}
	return f.Path
}

// sides are the two values of a field for people, each in at most so many columns: absent where
// there is none, what is a key to something hidden, and where they begin alike cut to where they
// part.
func sides(f *diff.Field, width int, ellipsis string) (cached, server string) {
	a, b := shown(f.Path, f.Cached), shown(f.Path, f.Server)
	cached, server = Clean(a), Clean(b)
	if cached == server && a != b {
		cached, server = spelled(a), spelled(b) // they differ in what nobody sees
	}
	if Width(cached) > width || Width(server) > width {
		cached, server = parted(cached, server, width, ellipsis)
	}
	return fit(cached, width, ellipsis), fit(server, width, ellipsis)
}

// shown is a JSON value that may be shown.
func shown(path string, raw []byte) string {
	switch {
	case raw == nil:
		return "absent"
	case secret(path) && len(raw) > 0 && raw[0] == '"' && string(raw) != `""`:
		return "(not shown)"
	}
	return string(raw)
}

// spelled writes everything beyond ASCII, and what controls a terminal, by its number.
func spelled(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, r := range s {
		if r >= ' ' && r < utf8.RuneSelf-1 {
			b.WriteRune(r)
			continue
		}
		b.WriteString(`\u{`)
		for shift := 20; shift >= 0; shift -= 4 {
			if r>>shift > 0 || shift < 16 {
				b.WriteByte(digits[r>>shift&0xf])
			}
		}
		b.WriteByte('}')
	}
	return b.String()
}

// parted leaves out what two long texts have in common at their start, but for a little.
func parted(a, b string, width int, ellipsis string) (string, string) {
	const context = 12 // bytes to keep before the place where they part
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	if at -= context; at <= width/3 {
		return a, b
	}
	for at > 0 && !startsCharacter(a[at:]) {
		at--
	}
	return ellipsis + a[at:], ellipsis + b[at:]
}

// startsCharacter tells whether a text begins with a character that stands for itself.
func startsCharacter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return utf8.RuneStart(s[0]) && !unicode.Is(unicode.M, r)
}
