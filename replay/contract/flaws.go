package contract

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/rawjson"
)

// maxReadDepth is the deepest nesting that jsontext reads.
const maxReadDepth = 10_000

// deltaDepth is how many levels lie around a delta: arguments, message, list.
const deltaDepth = 3

// flaws is a set of oddities in a valid JSON text that decoding reads past.
type flaws uint8

const (
	flawDepth flaws = 1 << iota
	flawDuplicate
	flawUTF8
	flawSurrogate
)

// flawsIn finds the flaws of a valid JSON text that lies at levels deep in its message.
func flawsIn(text []byte, levels int) flaws {
	s := flawScan{text: text}
	s.scan()
	if levels+nesting(text) > MaxDepth {
		s.found |= flawDepth
	}
	if !utf8.Valid(text) {
		s.found |= flawUTF8
	}
	return s.found
}

// noteFlaws notes the flaws of a delta, or of the message around its deltas.
func (m *Message) noteFlaws(f flaws, delta int) {
	if f&flawDepth != 0 {
		m.note(jsonTooDeep, delta, fmt.Sprintf("nests more than %d levels deep", MaxDepth))
	}
	if f&flawDuplicate != 0 {
		m.note(jsonDuplicateName, delta, "an object has a name twice, the last one was taken")
	}
	if f&flawUTF8 != 0 {
		m.note(jsonInvalidUTF8, delta, "text is not valid UTF-8")
	}
	if f&flawSurrogate != 0 {
		m.note(jsonLoneSurrogate, delta, "a string holds half of a surrogate pair")
	}
}

// flawScan looks for repeated names and lone surrogates in a valid JSON text. It
// keeps eight bytes a name: names count as equal when their hashes are, which
// without knowing the seed nobody can bring about.
type flawScan struct {
	text  []byte
	found flaws
	sums  []uint64 // hashes of the names in the objects that are open
	open  []int    // where in sums each open array or object begins
}

var nameSeed = maphash.MakeSeed()

func (s *flawScan) scan() {
	for i := 0; i < len(s.text); i++ {
		switch s.text[i] {
		case '{', '[':
			s.open = append(s.open, len(s.sums))
		case '}', ']':
			s.close()
		case '"':
			end := s.stringEnd(i)
			if after := rawjson.SkipSpace(s.text, end); after < len(s.text) && s.text[after] == ':' {
				s.name(s.text[i:end])
			}
			i = end - 1
		}
	}
}

// close ends an array or object, and looks whether a name was there twice.
func (s *flawScan) close() {
	last := len(s.open) - 1
	names := s.sums[s.open[last]:]
	slices.Sort(names)
	for k := 1; k < len(names); k++ {
		if names[k] == names[k-1] {
			s.found |= flawDuplicate
		}
	}
	s.sums = s.sums[:s.open[last]]
	s.open = s.open[:last]
}

// name remembers a raw name.
func (s *flawScan) name(raw []byte) {
	if end := plainString(raw, 0); end == len(raw) {
		s.sums = append(s.sums, maphash.Bytes(nameSeed, raw[1:end-1]))
		return
	}
	s.sums = append(s.sums, maphash.String(nameSeed, unquote(raw)))
}

// stringEnd returns the index after the string that opens at i, and looks for lone
// surrogates in it.
func (s *flawScan) stringEnd(i int) int {
	for i++; s.text[i] != '"'; i++ {
		if s.text[i] != '\\' {
			continue
		}
		i++
		if s.text[i] != 'u' {
			continue
		}
		first := rune(hex4(s.text[i+1:]))
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		if s.text[i+1] == '\\' && s.text[i+2] == 'u' {
			if utf16.DecodeRune(first, rune(hex4(s.text[i+3:]))) != utf8.RuneError {
				i += 6
				continue
			}
		}
		s.found |= flawSurrogate
	}
	return i + 1
}

// hex4 reads the four hexadecimal digits at the start of b.
func hex4(b []byte) uint64 {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 16)
	return n
}

// nesting counts the levels of arrays and objects in a JSON text, brackets in
// strings aside. For a text that is no JSON it is a guess.
func nesting(text []byte) int {
	deepest, level := 0, 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}
