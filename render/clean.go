package render

import (
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a server safe to put on one line of a terminal. Line breaks and tabs become
// spaces; escape sequences, control characters (C0 and C1) and everything invisible that could move
// the cursor, reorder the line or hide in it (bidirectional controls, zero-width characters, byte
// order marks, tags, variation selectors) are dropped; bytes that are not UTF-8 become U+FFFD.
// Emoji joined by zero-width joiners come apart: how wide the joined one is depends on the
// terminal, and a column that moves is worse.
func Clean(s string) string {
	if printable(s) {
		return s
	}
	return string(AppendClean(make([]byte, 0, len(s)), s))
}

// AppendClean appends the clean form of s, as Clean makes it, to dst.
func AppendClean[T string | []byte](dst []byte, s T) []byte {
	if printable(s) {
		return append(dst, s...)
	}
	marks := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f {
			dst, marks = append(dst, c), 0
			i++
			continue
		}
		if n := escape(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := decodeRune(s[i:])
		i += n
		if r == '\r' && i < len(s) && s[i] == '\n' {
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		switch {
		case isBreak(r):
			dst = append(dst, ' ')
		case !isHidden(r):
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// maxMarks is how many combining marks one character may carry. No script needs more; text that has
// more climbs over the lines around it.
const maxMarks = 6

// printable tells that s is printable ASCII throughout: nothing to clean, one column a byte.
func printable[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isBreak tells the characters that part words or lines, and become a space.
func isBreak(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', 0x85, 0x2028, 0x2029:
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

// isHidden tells the characters that no one sees: controls, formats, and the ones that only change
// how a neighbour looks or that are drawn as nothing.
func isHidden(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return true
	case r >= 0xfff0 && r <= 0xfff8, r >= 0xe0000 && r <= 0xe0fff, r&0xfffe == 0xfffe:
		return true // reserved for more of the same, and what is no character at all
	}
	return false
}

// escape returns the length of the escape sequence that s starts with, 0 for none. A sequence that
// carries a string (a window title, a link) and never ends takes only its introducer with it, so
// that no one can hide the rest of a text.
func escape[T string | []byte](s T) int {
	kind, n := introducer(s)
	switch {
	case n == 0:
		return 0
	case kind == 0:
		return n
	case kind == '[':
		return n + control(s[n:])
	case kind == ']' || kind == 'P' || kind == '^' || kind == '_' || kind == 'X':
		return n + controlString(s[n:])
	}
	return n
}

// introducer reads ESC and the character after it, or its one-character C1 form, and returns that
// character and the length of both.
func introducer[T string | []byte](s T) (kind byte, n int) {
	switch {
	case s[0] == 0x1b && len(s) > 1 && s[1] >= ' ' && s[1] <= '/': // ESC ( B
		for n = 1; n < len(s) && s[n] >= ' ' && s[n] <= '/'; n++ {
		}
		if n < len(s) && s[n] >= '0' && s[n] <= '~' {
			n++
		}
		return 0, n
	case s[0] == 0x1b && len(s) > 1 && s[1] >= '0' && s[1] <= '~':
		return s[1], 2
	case s[0] == 0x1b:
		return 0, 1
	case s[0] == 0xc2 && len(s) > 1 && s[1] >= 0x80 && s[1] <= 0x9f && s[1] != 0x85:
		return s[1] - 0x40, 2
	}
	return 0, 0
}

// control returns the length of the rest of a CSI sequence: parameters, intermediates, a final
// character.
func control[T string | []byte](s T) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '?' {
		n++
	}
	for n < len(s) && s[n] >= ' ' && s[n] <= '/' {
		n++
	}
	if n < len(s) && s[n] >= '@' && s[n] <= '~' {
		n++
	}
	return n
}

// controlString returns the length of the rest of a string sequence up to BEL or ST, 0 where it
// does not end.
func controlString[T string | []byte](s T) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x07:
			return i + 1
		case s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\':
			return i + 2
		case s[i] == 0xc2 && i+1 < len(s) && s[i+1] == 0x9c:
			return i + 2
		}
	}
	return 0
}

func decodeRune[T string | []byte](s T) (rune, int) {
	switch s := any(s).(type) {
	case string:
		return utf8.DecodeRuneInString(s)
	case []byte:
		return utf8.DecodeRune(s)
	}
	return utf8.RuneError, 1
}
