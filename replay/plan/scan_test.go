package plan

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// oracle says what jsontext, reading strictly, makes of a text: whether it is one JSON value, and how deep it goes.
// Duplicate names and halves of surrogate pairs are let through, as this package does; invalid UTF-8 is not.
func oracle(text []byte) (valid bool, depth int) {
	if !utf8.Valid(text) {
		return false, 0
	}
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for tokens := 0; ; tokens++ {
		if tokens > 0 && d.StackDepth() == 0 {
			_, err := d.ReadToken()
			return err == io.EOF, depth
		}
		if _, err := d.ReadToken(); err != nil {
			return false, depth
		}
		depth = max(depth, d.StackDepth())
	}
}

var texts = []string{
	`{}`, `[]`, `""`, `0`, `-0`, `null`, `true`, `false`, ` {"a" : [1 , 2.5e-3 , "x\n\u00e9\ud83d\ude00"] } `,
	`{"a":1,"a":2}`, `"\ud800"`, `"é日本😀 and a long plain run behind it"`, `[[[[]]]]`, `1E+2`, `12345678901234567890.000`,
	``, ` `, `{`, `[`, `"`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[1 2]`, `{a:1}`, `{"a" 1}`, `{1:1}`,
	`tru`, `truf`, `nul`, `01`, `-`, `+1`, `.5`, `1.`, `1e`, `1e+`, `0x1`, `NaN`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\x01\"", "\"\n\"",
	"\"\xff\"", "\"12345678\x80\"", "\"\xed\xa0\x80\"", `1 2`, `{} x`, "\ufeff{}", "{}\x00", `"abc`, `"abcdefgh\`, `"\`, `"\u`,
	strings.Repeat("[", 600), strings.Repeat("[", 512) + strings.Repeat("]", 512), strings.Repeat("[", 513) + strings.Repeat("]", 513),
}

func check(t *testing.T, text []byte) {
	err := Valid(text)
	want, depth := oracle(text)
	if depth > MaxDepth {
		want = false
	}
	if got := err == nil; got != want {
		t.Errorf("Valid(%q) = %v, oracle says valid: %v", text, err, want)
	}
	var wrong *Error
	if err != nil && (!errors.As(err, &wrong) || wrong.Offset < 0 || wrong.Offset > len(text)) {
		t.Errorf("Valid(%q) = %v, not an *Error within the text", text, err)
	}
}

func TestValidAgreesWithOracle(t *testing.T) {
	for _, text := range texts {
		check(t, []byte(text))
	}
}

func FuzzValid(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, depth := oracle(text); depth < 5000 { // jsontext has a limit of its own
			check(t, text)
		}
	})
}

func TestErrorSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		``:                       "unexpected end of text at byte 0",
		`{"a":1`:                 "unexpected end of text at byte 6",
		`{"a":01}`:               "malformed number at byte 5",
		`{"a":1.}`:               "malformed number at byte 7",
		`{"a":x}`:                "no value where one must be at byte 5",
		`{"a" 1}`:                "no colon after a member name at byte 5",
		`{"a":1 "b"}`:            "neither a comma nor the end of an object or a list at byte 7",
		`{,}`:                    "no member name where one must be at byte 1",
		"\"a\tb\"":               "bare control character in a string at byte 2",
		`"a\x"`:                  "unknown escape in a string at byte 3",
		"\"secret\xff\"":         "invalid UTF-8 at byte 7",
		`{} {}`:                  "something after the end at byte 3",
		strings.Repeat("[", 600): "nested too deeply at byte 512",
	} {
		err := Valid([]byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("Valid(%.40q) = %v, want %s", text, err, want)
		}
	}
}
