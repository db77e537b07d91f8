package contract

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
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

// flawsIn finds the flaws of a valid JSON text that lies at levels deep in its
// message. Half a surrogate pair is looked for only in valid UTF-8.
func flawsIn(text []byte, levels int) flaws {
	var f flaws
	if levels+nesting(text) > MaxDepth {
		f |= flawDepth
	}
	if !reads(text, jsontext.AllowInvalidUTF8(true)) {
		f |= flawDuplicate
	}
	switch {
	case !utf8.Valid(text):
		f |= flawUTF8
	case !reads(text, jsontext.AllowDuplicateNames(true)):
		f |= flawSurrogate
	}
	return f
}

// reads reports whether jsontext accepts a text, strict but for the option.
func reads(text []byte, but jsontext.Options) bool {
	return jsontext.NewDecoder(bytes.NewBuffer(text), but).SkipValue() == nil
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
