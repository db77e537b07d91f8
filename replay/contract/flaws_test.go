package contract

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// agreeOnFlaws compares the flaws found in a valid text with those that jsontext
// refuses when it is told to.
func agreeOnFlaws(t fataler, text []byte) {
	t.Helper()
	found := flawsIn(text, 0)
	if got, want := found&flawDuplicate != 0, !strict(text, jsontext.AllowInvalidUTF8(true)); got != want {
		t.Fatalf("repeated name: found %v, jsontext says %v, in %q", got, want, text)
	}
	if !utf8.Valid(text) {
		return // jsontext has one word for this and for lone surrogates
	}
	if got, want := found&flawSurrogate != 0, !strict(text, jsontext.AllowDuplicateNames(true)); got != want {
		t.Fatalf("lone surrogate: found %v, jsontext says %v, in %q", got, want, text)
	}
}

// strict reports whether jsontext accepts a text, strict but for the option.
func strict(text []byte, but jsontext.Options) bool {
	_, err := jsontext.NewDecoder(bytes.NewBuffer(text), but).ReadValue()
	return err == nil
}

func TestFlaws(t *testing.T) {
	tests := []struct {
		text string
		want flaws
	}{
		{`{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}`, 0},
		{`{"a":1,"b":{"a":2,"a":3}}`, flawDuplicate},
		{`[{"a":1,"b":{"x":1},"\u0061":1}]`, flawDuplicate},
		{`{"a":"a","b":"a","c":["a","a"]}`, 0},
		{`{"a" : "b" , "b" : "a"}`, 0},
		{`{"\\":1,"\"":2,"a\"":3}`, 0},
		{`"\ud83d\ude00"`, 0},
		{`"\uD83D\uDE00"`, 0},
		{`"\ud83d"`, flawSurrogate},
		{`"\ud83dx\ude00"`, flawSurrogate},
		{`"\ude00"`, flawSurrogate},
		{`"\ud83d\ud83d\ude00"`, flawSurrogate},
		{`"\ud83d\n"`, flawSurrogate},
		{`"\\ud83d"`, 0},
		{"\"\xff\"", flawUTF8},
		{"{\"\xff\":\"\\ud800\",\"\xff\":1}", flawUTF8 | flawSurrogate | flawDuplicate},
		{strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), 0},
		{strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), flawDepth},
		{`"` + strings.Repeat("[", MaxDepth+1) + `"`, 0},
		{`"\"` + strings.Repeat("[", MaxDepth+1) + `"`, 0},
	}
	for _, tt := range tests {
		if got := flawsIn([]byte(tt.text), 0); got != tt.want {
			t.Errorf("flaws of %s: %b, want %b", tt.text, got, tt.want)
		}
		agreeOnFlaws(t, []byte(tt.text))
	}
}
