package rawjson

import (
	"encoding/binary"
	"math/bits"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// agreeOnNumber compares SkipNumber with what a strict reader makes of a text's beginning.
func agreeOnNumber(t *testing.T, text string) {
	t.Helper()
	if text == "" || text[0] != '-' && !isDigit(text[0]) {
		return
	}
	b := []byte(text)
	end := SkipNumber(b, 0)
	if end == None {
		for n := range b {
			if jsontext.Value(b[:n+1]).IsValid() && (n+1 == len(b) || !goesOn(b[n+1])) {
				t.Errorf("%q is declined, and begins with the number %s", text, b[:n+1])
			}
		}
		return
	}
	if !jsontext.Value(b[:end]).IsValid() {
		t.Errorf("%q is no number, and is taken for one", b[:end])
	}
	if end < len(b) && jsontext.Value(b[:end+1]).IsValid() && !isSpace(b[end]) {
		t.Errorf("of %q, %q is taken, and there is more of the number", text, b[:end])
	}
}

// goesOn says whether a byte after a number belongs to it, or to nothing.
func goesOn(c byte) bool { return isDigit(c) || c == '.' || c|0x20 == 'e' || c == '+' || c == '-' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func TestNumbers(t *testing.T) {
	for text, want := range map[string]int{
		"0": 1, "-0": 2, "10.50,": 5, "1e5": 3, "1E+05]": 5, "-1.5e-3 ": 7, "01": None, "-": None, "1.": None, "1.e5": None, "1e": None, "1e+": None, "-a": None,
		"123456789012345678901234567890": 30,
	} {
		if got := SkipNumber([]byte(text), 0); got != want {
			t.Errorf("%q ends at %d, want %d", text, got, want)
		}
		agreeOnNumber(t, text)
	}
}

func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"0", "-0.5e+7", "01", "1.e", "12 ", "1-2"} {
		f.Add(text)
	}
	f.Fuzz(agreeOnNumber)
}

// The lowest mark is that of the first byte that a string cannot simply hold.
func TestSpecialMarksTheFirst(t *testing.T) {
	var word [8]byte
	for c := range 256 {
		for at := range word {
			for i := range word {
				word[i] = 'x'
			}
			word[at] = byte(c)
			odd := c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf
			marks := Special(binary.LittleEndian.Uint64(word[:]))
			if odd != (marks != 0) || odd && bits.TrailingZeros64(marks)/8 != at {
				t.Fatalf("byte %#x at %d: marks %#x", c, at, marks)
			}
		}
	}
}

func TestSpaceDigitsAndLiterals(t *testing.T) {
	if got := SkipSpace([]byte(" \t\r\n\v "), 0); got != 4 {
		t.Errorf("white space ends at %d", got)
	}
	if got := SkipDigits([]byte("0129:"), 0); got != 4 {
		t.Errorf("digits end at %d", got)
	}
	for text, want := range map[string]int{"null": 4, "nullx": 4, "nul": None, "": None, "true": None} {
		if got := SkipLiteral([]byte(text), 0, "null"); got != want {
			t.Errorf("null in %q ends at %d, want %d", text, got, want)
		}
	}
	for c := range 256 {
		want := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if IsHex(byte(c)) != want {
			t.Errorf("%q is a hexadecimal digit: %v", rune(c), !want)
		}
	}
}
