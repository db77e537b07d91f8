package plan

import "github.com/carebase/deltatap/replay/rawjson"

// MaxDepth is how deeply objects and lists may be nested. Plans are five deep; what compares values
// looks at a text once a level, so that this bounds what a hostile text can cost.
const MaxDepth = 512

// scanner walks a JSON text and checks it by the letter of RFC 8259. Its methods take the offset at
// which something begins and return the one behind it, or -1 where the text is wrong; err then says
// why.
type scanner struct {
	text []byte
	err  *Error
}

func (s *scanner) fail(at int, reason string) int {
	if at >= len(s.text) {
		at, reason = len(s.text), reasonEnd
	}
	s.err = &Error{Offset: at, Reason: reason}
	return -1
}

// value scans any value.
func (s *scanner) value(i, depth int) int {
	if i >= len(s.text) {
		return s.fail(i, reasonEnd)
	}
	switch c := s.text[i]; c {
	case '"':
		return s.string(i)
	case '{':
		return s.object(i, depth)
	case '[':
		return s.list(i, depth)
	case 't':
		return s.literal(i, "true")
	case 'f':
		return s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	default:
		if c == '-' || c-'0' <= 9 {
			return s.number(i)
		}
		return s.fail(i, reasonValue)
	}
}

func (s *scanner) literal(i int, word string) int {
	for k := range len(word) {
		if i+k >= len(s.text) || s.text[i+k] != word[k] {
			return s.fail(i+k, reasonValue)
		}
	}
	return i + len(word)
}

func (s *scanner) object(i, depth int) int {
	next, more := s.open(i, depth, '}')
	for more {
		_, value := s.member(next)
		if value < 0 {
			return -1
		}
		end := s.value(value, depth+1)
		next, more = s.after(end, '}')
	}
	return next
}

func (s *scanner) list(i, depth int) int {
	next, more := s.open(i, depth, ']')
	for more {
		end := s.value(next, depth+1)
		next, more = s.after(end, ']')
	}
	return next
}

// open enters an object or a list. It returns where the first member or element begins, or, without
// more, the end.
func (s *scanner) open(i, depth int, end byte) (next int, more bool) {
	if depth >= MaxDepth {
		return s.fail(i, reasonDeep), false
	}
	i = rawjson.SkipSpace(s.text, i+1)
	if i < len(s.text) && s.text[i] == end {
		return i + 1, false
	}
	return i, true
}

// after goes on behind a member or an element that ended at i. It returns where the next begins,
// or, without more, the end.
func (s *scanner) after(i int, end byte) (next int, more bool) {
	if i < 0 {
		return -1, false
	}
	if i = rawjson.SkipSpace(s.text, i); i < len(s.text) {
		switch s.text[i] {
		case ',':
			return rawjson.SkipSpace(s.text, i+1), true
		case end:
			return i + 1, false
		}
	}
	return s.fail(i, reasonComma), false
}

// member scans a name and its colon: the name, quotes included, ends at nameEnd, and the value
// begins at value.
func (s *scanner) member(i int) (nameEnd, value int) {
	if i >= len(s.text) || s.text[i] != '"' {
		return -1, s.fail(i, reasonName)
	}
	nameEnd = s.string(i)
	if nameEnd < 0 {
		return -1, -1
	}
	i = rawjson.SkipSpace(s.text, nameEnd)
	if i >= len(s.text) || s.text[i] != ':' {
		return -1, s.fail(i, reasonColon)
	}
	return nameEnd, rawjson.SkipSpace(s.text, i+1)
}

// number scans a number: an integer without leading zeros, then perhaps a fraction, then perhaps an
// exponent.
func (s *scanner) number(i int) int {
	if s.text[i] == '-' {
		i++
	}
	start := i
	if i = rawjson.SkipDigits(s.text, i); i == start || (s.text[start] == '0' && i > start+1) {
		return s.fail(start, reasonNumber)
	}
	if i < len(s.text) && s.text[i] == '.' {
		start = i + 1
		if i = rawjson.SkipDigits(s.text, start); i == start {
			return s.fail(i, reasonNumber)
		}
	}
	if i < len(s.text) && s.text[i]|0x20 == 'e' {
		start = i + 1
		if start < len(s.text) && (s.text[start] == '+' || s.text[start] == '-') {
			start++
		}
		if i = rawjson.SkipDigits(s.text, start); i == start {
			return s.fail(i, reasonNumber)
		}
	}
	return i
}
