package scan

import (
	"encoding/binary"
	"math/bits"
	"time"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Readers of the template. Each takes a text and the index where something starts and returns the
// index after it, or no where the text is not plainly what is expected. They accept less than JSON,
// and less than the contract, never more: what they decline is read by the general decoder.

const no = rawjson.None

// literal reads exactly lit.
func literal(b []byte, i int, lit string) int {
	end := i + len(lit)
	if end > len(b) || string(b[i:end]) != lit {
		return no
	}
	return end
}

// text reads the rest of a string whose opening quote is before i. Simple escapes and valid UTF-8
// are fine.
func text(b []byte, i int) int {
	for i+8 <= len(b) {
		marks := rawjson.Special(binary.LittleEndian.Uint64(b[i:]))
		if marks == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(marks) / 8
		if b[i] == '"' {
			return i + 1
		}
		if i = oddity(b, i); i < 0 {
			return no
		}
	}
	return no // within eight bytes of the end there is no room for the rest of a line
}

// oddity reads what stopped the words at b[i]: an escape that stands for one character, or a
// character outside ASCII.
func oddity(b []byte, i int) int {
	if b[i] == '\\' {
		if i+1 == len(b) {
			return no
		}
		switch b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return i + 2
		}
		return no
	}
	if b[i] < utf8.RuneSelf {
		return no
	}
	_, n := utf8.DecodeRune(b[i:])
	if n == 1 {
		return no
	}
	return i + n
}

// compact appends line without the space after a comma or a colon outside strings. JSON it is after
// that exactly if it was before, and of the same meaning.
func compact(dst, line []byte) ([]byte, bool) {
	from := 0
	for i := 0; i < len(line); {
		c := line[i]
		i++
		switch c {
		case '"':
			if i = text(line, i); i < 0 {
				return dst, false
			}
		case ',', ':':
			if i < len(line) && line[i] == ' ' {
				dst = append(dst, line[from:i]...)
				i++
				from = i
			}
		}
	}
	return append(dst, line[from:]...), true
}

// natural reads an integer without sign of at most 15 digits, so that JavaScript holds it exactly.
func natural(b []byte, i int) (n int64, end int) {
	start := i
	for i < len(b) {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
		i++
	}
	if i == start || i-start > 15 || b[start] == '0' && i-start > 1 {
		return 0, no
	}
	return n, i
}

// number reads a number without an exponent.
func number(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	_, i = natural(b, i)
	if i < 0 || i >= len(b) || b[i] != '.' {
		return i
	}
	start := i + 1
	for i = start; i < len(b) && b[i]-'0' <= 9; i++ {
	}
	if i == start {
		return no
	}
	return i
}

// seconds reads a number of seconds with at most six decimals.
func seconds(b []byte, i int) (t time.Duration, end int) {
	whole, i := natural(b, i)
	if i < 0 || whole > maxSeconds {
		return 0, no
	}
	t = time.Duration(whole) * time.Second
	if i >= len(b) || b[i] != '.' {
		return t, i
	}
	unit := time.Second
	start := i + 1
	for i = start; i < len(b) && b[i]-'0' <= 9; i++ {
		unit /= 10
		t += time.Duration(b[i]-'0') * unit
	}
	if i == start || i-start > 6 {
		return 0, no
	}
	return t, i
}

// maxSeconds is about 31 years.
const maxSeconds = 1e9
