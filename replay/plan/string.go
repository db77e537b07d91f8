package plan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Eight bytes at a time: each constant repeats one byte.
const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = '"' * ones
	slants = '\\' * ones
	spaces = ' ' * ones
)

// special marks, with the high bit of their byte, those of eight bytes that end a plain run of a
// string: a quote, a backslash, a control character, anything beyond ASCII. The lowest mark is
// exact; those above it may be borrows.
func special(w uint64) uint64 {
	q, b := w^quotes, w^slants
	return ((q-ones)&^q | (b-ones)&^b | (w-spaces)&^w | w) & highs
}

// string scans a string, from quote to quote.
func (s *scanner) string(i int) int {
	i++
	for {
		i = s.plain(i)
		if i >= len(s.text) {
			return s.fail(i, reasonEnd)
		}
		switch c := s.text[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i = s.escape(i)
		case c < ' ':
			return s.fail(i, reasonControl)
		default:
			i = s.rune(i)
		}
		if i < 0 {
			return -1
		}
	}
}

// plain skips what is ASCII and needs no second look.
func (s *scanner) plain(i int) int {
	for ; i+8 <= len(s.text); i += 8 {
		if m := special(binary.LittleEndian.Uint64(s.text[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(s.text); i++ {
		if c := s.text[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

func (s *scanner) rune(i int) int {
	if r, n := utf8.DecodeRune(s.text[i:]); r != utf8.RuneError || n > 1 {
		return i + n
	}
	return s.fail(i, reasonUTF8)
}

// escape scans one escape. Half a surrogate pair is let through: JavaScript writes it, and its
// grammar is sound.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.text) {
		return s.fail(i+1, reasonEnd)
	}
	switch s.text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(s.text) || !rawjson.IsHex(s.text[k]) {
				return s.fail(k, reasonEscape)
			}
		}
		return i + 6
	}
	return s.fail(i+1, reasonEscape)
}
