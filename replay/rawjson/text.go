package rawjson

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote returns what a valid JSON string says. It is part of raw unless raw holds an escape. Half
// a surrogate pair keeps its number, so that two different halves stay different.
func Unquote(raw []byte) []byte {
	inner := raw[1 : len(raw)-1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return unescape(make([]byte, 0, len(inner)), inner)
}

// unescape appends what the inside of a valid string says.
func unescape(dst, inner []byte) []byte {
	for {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			return append(dst, inner...)
		}
		dst = append(dst, inner[:i]...)
		if inner[i+1] != 'u' {
			dst, inner = append(dst, plainEscape(inner[i+1])), inner[i+2:]
			continue
		}
		r := hex4(inner[i+2:])
		inner = inner[i+6:]
		if utf16.IsSurrogate(r) && len(inner) >= 6 && inner[0] == '\\' && inner[1] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(inner[2:])); pair != utf8.RuneError {
				r, inner = pair, inner[6:]
			}
		}
		dst = appendRune(dst, r)
	}
}

// appendRune appends a rune as UTF-8, half a surrogate pair too.
func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		if c <= '9' {
			c -= '0'
		} else {
			c = c | 0x20 - 'a' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
