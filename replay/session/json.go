package session

import (
	"encoding/binary"
	"math/bits"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/rawjson"
)

// lenient is how a line is read: by the grammar of JSON alone. Doubled names and broken UTF-8
// inside a string are for package contract to complain of.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// isJSON says whether text is one JSON value.
func isJSON(text []byte) bool {
	if end := skipValue(text, 0); end >= 0 && rawjson.SkipSpace(text, end) == len(text) {
		return true
	}
	return jsontext.Value(text).IsValid(lenient...)
}

// maxQuickDepth is how deep skipValue goes: one bit a level.
const maxQuickDepth = 64

// skipValue checks the JSON value that starts at i, white space allowed before it, and returns
// where it ends. It returns -1 for what is no JSON, and for what is nested deeper than it can tell.
func skipValue(b []byte, i int) int {
	var objects uint64 // the enclosing containers, innermost in the lowest bit; 1 is an object
	depth := 0
	for {
		i = rawjson.SkipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			i = skipString(b, i)
		case c == '{' || c == '[':
			if depth == maxQuickDepth {
				return -1
			}
			depth++
			objects <<= 1
			i = rawjson.SkipSpace(b, i+1)
			if i >= len(b) {
				return -1
			}
			if c == '[' {
				if b[i] != ']' {
					continue
				}
			} else {
				objects |= 1
				if b[i] != '}' {
					if i = skipName(b, i); i < 0 {
						return -1
					}
					continue
				}
			}
			i++
			depth--
			objects >>= 1
		case c == '-' || c-'0' <= 9:
			i = rawjson.SkipNumber(b, i)
		default:
			i = skipLiteral(b, i)
		}
		if i < 0 {
			return -1
		}
		// A value has ended: close what ends with it, up to the next comma.
		for {
			if depth == 0 {
				return i
			}
			i = rawjson.SkipSpace(b, i)
			if i >= len(b) {
				return -1
			}
			c := b[i]
			i++
			if c == ',' {
				break
			}
			if c != ']'+byte(objects&1)*('}'-']') {
				return -1
			}
			depth--
			objects >>= 1
		}
		if objects&1 == 1 {
			if i = skipName(b, rawjson.SkipSpace(b, i)); i < 0 {
				return -1
			}
		}
	}
}

// skipName skips a member's name and its colon.
func skipName(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	i = skipString(b, i)
	if i < 0 {
		return -1
	}
	i = rawjson.SkipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return -1
	}
	return i + 1
}

// plain marks the bytes that stand for themselves inside a string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// special marks the bytes of a word that do not stand for themselves inside a string. The lowest
// mark is exact; those above it may be off by a borrow.
func special(w uint64) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^'"'*low, w^'\\'*low
	return ((quote-low)&^quote | (slash-low)&^slash | (w-' '*low)&^w) & high
}

// skipString skips the string whose opening quote is at i.
func skipString(b []byte, i int) int {
	for i++; ; i++ {
		for i+8 <= len(b) {
			marks := special(binary.LittleEndian.Uint64(b[i:]))
			if marks != 0 {
				i += bits.TrailingZeros64(marks) / 8
				break
			}
			i += 8
		}
		for i < len(b) && plain[b[i]] {
			i++
		}
		if i >= len(b) || b[i] < ' ' {
			return -1
		}
		if b[i] == '"' {
			return i + 1
		}
		i++
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			if len(b)-i < 5 || !rawjson.IsHex(b[i+1]) || !rawjson.IsHex(b[i+2]) || !rawjson.IsHex(b[i+3]) || !rawjson.IsHex(b[i+4]) {
				return -1
			}
			i += 4
		default:
			return -1
		}
	}
}

func skipLiteral(b []byte, i int) int {
	for _, word := range [...]string{"null", "true", "false"} {
		if end := rawjson.SkipLiteral(b, i, word); end >= 0 {
			return end
		}
	}
	return -1
}
