package contract

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Scanners of the fast path. Each takes a text and the index where a value starts,
// and returns the index after it, or declined where the text is not valid JSON or
// holds something that the strict path has to say more about: a repeated name, a
// name with escapes, an escaped surrogate, invalid UTF-8, deep nesting. They
// accept less than JSON, never more.

const declined = rawjson.None

// skipString skips the string that opens at b[i], which is a quote.
func skipString(b []byte, i int) int {
	for i++; i < len(b); {
		if i+8 <= len(b) {
			marks := rawjson.Special(binary.LittleEndian.Uint64(b[i:]))
			if marks == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(marks) / 8
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = skipEscape(b, i); i < 0 {
				return declined
			}
		case c < ' ':
			return declined
		case c >= utf8.RuneSelf:
			_, n := utf8.DecodeRune(b[i:])
			if n == 1 {
				return declined
			}
			i += n
		default:
			i++
		}
	}
	return declined
}

// skipEscape skips the escape at b[i]. It declines surrogates.
func skipEscape(b []byte, i int) int {
	if i+1 >= len(b) {
		return declined
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
	default:
		return declined
	}
	if i+6 > len(b) {
		return declined
	}
	code := 0
	for _, c := range b[i+2 : i+6] {
		switch {
		case '0' <= c && c <= '9':
			code = code<<4 | int(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			code = code<<4 | int(c|0x20-'a'+10)
		default:
			return declined
		}
	}
	if 0xd800 <= code && code <= 0xdfff {
		return declined
	}
	return i + 6
}

// plainString skips the string that opens at b[i] with a quote. It declines
// escapes and all that is not ASCII, so that the text between the quotes is the value.
func plainString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		if i+8 <= len(b) {
			marks := rawjson.Special(binary.LittleEndian.Uint64(b[i:]))
			if marks == 0 {
				i += 7
				continue
			}
			i += bits.TrailingZeros64(marks) / 8
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return declined
		}
	}
	return declined
}

// skipValue skips the value at b[i], whatever its kind. depth is the number of
// arrays and objects around it.
func skipValue(b []byte, i, depth int) int {
	if i >= len(b) {
		return declined
	}
	switch c := b[i]; c {
	case '"':
		return skipString(b, i)
	case 'n':
		return rawjson.SkipLiteral(b, i, "null")
	case 't':
		return rawjson.SkipLiteral(b, i, "true")
	case 'f':
		return rawjson.SkipLiteral(b, i, "false")
	case '{':
		return skipObject(b, i, depth+1)
	case '[':
		return skipArray(b, i, depth+1)
	default:
		if c != '-' && (c < '0' || c > '9') {
			return declined
		}
		return rawjson.SkipNumber(b, i)
	}
}

// skipArray skips the array that opens at b[i]. depth counts it.
func skipArray(b []byte, i, depth int) int {
	if depth > MaxDepth {
		return declined
	}
	i = rawjson.SkipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = skipValue(b, i, depth); i < 0 {
			return declined
		}
		var done bool
		if i, done = next(b, i, ']'); i < 0 || done {
			return i
		}
	}
}

// skipObject skips the object that opens at b[i]. depth counts it.
func skipObject(b []byte, i, depth int) int {
	if depth > MaxDepth {
		return declined
	}
	i = rawjson.SkipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	var seen nameSet
	for {
		var from, to int
		if from, to, i = name(b, i); i < 0 || !seen.add(b, from, to) {
			return declined
		}
		if i = skipValue(b, i, depth); i < 0 {
			return declined
		}
		var done bool
		if i, done = next(b, i, '}'); i < 0 || done {
			return i
		}
	}
}

// name reads the member name at b[i] and the colon after it. The name is
// b[from:to], and the value starts at the third index, which is declined for
// names that are not plain ASCII.
func name(b []byte, i int) (from, to, value int) {
	if i >= len(b) || b[i] != '"' {
		return 0, 0, declined
	}
	end := plainString(b, i)
	if end < 0 {
		return 0, 0, declined
	}
	colon := end
	if colon < len(b) && b[colon] != ':' {
		colon = rawjson.SkipSpace(b, colon)
	}
	if colon >= len(b) || b[colon] != ':' {
		return 0, 0, declined
	}
	value = colon + 1
	if value < len(b) && b[value] <= ' ' {
		value = rawjson.SkipSpace(b, value)
	}
	return i + 1, end - 1, value
}

// next goes on after an element or member that ended at i: to the next one, or,
// done, to the index after the closing bracket.
func next(b []byte, i int, closing byte) (int, bool) {
	if i < len(b) && b[i] <= ' ' {
		i = rawjson.SkipSpace(b, i)
	}
	switch {
	case i >= len(b):
		return declined, false
	case b[i] == closing:
		return i + 1, true
	case b[i] != ',':
		return declined, false
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = rawjson.SkipSpace(b, i)
	}
	return i, false
}

// nameSet tells whether a name came before in its object. It may take two names
// for the same, or be full, never the reverse.
type nameSet struct {
	mask uint64
	n    int
	sums [32]uint64
}

// add adds the name b[from:to], and reports whether it is new for certain.
func (s *nameSet) add(b []byte, from, to int) bool {
	sum := nameSum(b, from, to)
	bit := uint64(1) << (sum >> 58)
	if s.mask&bit != 0 {
		for _, have := range s.sums[:s.n] {
			if have == sum {
				return false
			}
		}
	}
	if s.n == len(s.sums) {
		return false
	}
	s.mask |= bit
	s.sums[s.n] = sum
	s.n++
	return true
}

// nameSum mixes a name's length and its first and last eight bytes.
func nameSum(b []byte, from, to int) uint64 {
	const mix = 0x9e3779b97f4a7c15
	n := to - from
	if n >= 8 {
		first := binary.LittleEndian.Uint64(b[from:])
		last := binary.LittleEndian.Uint64(b[to-8:])
		return ((first^uint64(n))*mix ^ last) * mix
	}
	var word uint64 // no name holds a zero byte, so that its length shows
	for k, c := range b[from:to] {
		word |= uint64(c) << (8 * k)
	}
	return word * mix * mix
}
