package scan

import (
	"bytes"
	"unicode/utf8"
)

// extras reads members of an object that the template does not know: new fields appear without
// notice. A few of them, with plain values, and each only once.
type extras struct {
	n     int
	spans [4][2]int // their names in the text
}

// member reads the member behind the comma or brace at b[i]. known are the members that the
// template reads itself: it has declined the one at hand, or seen it already.
func (x *extras) member(b []byte, i int, known []member) int {
	i++
	if i >= len(b) || b[i] != '"' || x.n == len(x.spans) {
		return no
	}
	end := text(b, i+1)
	if end < 0 || end >= len(b) || b[end] != ':' || !x.add(b, i, end, known) {
		return no
	}
	return plainValue(b, end+1)
}

// add notes the name b[from:to], in its quotes, unless it is known, or may be the same as one that
// was there before.
func (x *extras) add(b []byte, from, to int, known []member) bool {
	name := b[from:to]
	for _, c := range name {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	for k := range known {
		key := known[k].key
		if string(name) == key[1:len(key)-1] {
			return false
		}
	}
	for _, span := range x.spans[:x.n] {
		if bytes.Equal(name, b[span[0]:span[1]]) {
			return false
		}
	}
	x.spans[x.n] = [2]int{from, to}
	x.n++
	return true
}

// plainValue reads a value that holds no others.
func plainValue(b []byte, i int) int {
	if i >= len(b) {
		return no
	}
	switch b[i] {
	case '"':
		return text(b, i+1)
	case 'n':
		return literal(b, i, `null`)
	case 't':
		return literal(b, i, `true`)
	case 'f':
		return literal(b, i, `false`)
	}
	return number(b, i)
}
