package session

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// The decimals of the two durations of a record.
const (
	micros = 6
	millis = 3
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func appendCount(dst []byte, name string, n int64) []byte {
	dst = appendName(dst, name)
	return appendInt(dst, n)
}

func appendMember(dst []byte, name, value string) []byte {
	dst = appendName(dst, name)
	return appendString(dst, value)
}

func appendName(dst []byte, name string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	return append(dst, `":`...)
}

// appendSeconds appends d as seconds with 3 or 6 decimals, rounded half away from zero.
func appendSeconds(dst []byte, d time.Duration, decimals int) []byte {
	unit, scale := time.Microsecond, int64(1e6)
	if decimals == millis {
		unit, scale = time.Millisecond, 1e3
	}
	n := int64(d.Round(unit) / unit)
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = strconv.AppendInt(dst, n/scale, 10)
	frac := n % scale
	dst = append(dst, '.')
	for place := scale / 10; place > 0; place /= 10 {
		dst = append(dst, byte('0'+frac/place%10))
	}
	return dst
}

// appendString appends s as a JSON string with the fewest escapes that JSON allows. What is not
// UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[from:i]...)
			dst = utf8.AppendRune(dst, utf8.RuneError)
			from = i + 1
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendWire appends bytes from the wire as the member name, or under a name of its own where they
// are not JSON.
func appendWire(dst []byte, name string, wire []byte) []byte {
	switch {
	case !utf8.Valid(wire):
		dst = appendName(dst, name+"Base64")
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, wire)
		return append(dst, '"')
	case !isJSON(wire):
		return appendMember(dst, name+"Text", string(wire))
	}
	dst = appendName(dst, name)
	at := len(dst)
	dst = append(dst, wire...)
	unbreak(dst[at:])
	return dst
}

// unbreak makes line breaks, which valid JSON has between tokens only, spaces.
func unbreak(text []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for rest := text; ; {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}
