package render

import (
	"slices"
	"strings"
	"testing"
)

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"fits", "abc", 3, "abc"},
		{"cut", "abcdef", 4, "abc…"},
		{"no room", "abc", 0, ""},
		{"less than none", "abc", -1, ""},
		{"one column", "abc", 1, "…"},
		{"blank before the cut", "ab cdef", 4, "ab…"},
		{"wide", "山田先生", 8, "山田先生"},
		{"wide, cut between", "山田先生", 7, "山田先…"},
		{"wide, a column left over", "山田先生", 6, "山田…"},
		{"combining stays whole", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"flag stays whole", "🇯🇵🇯🇵🇯🇵", 5, "🇯🇵🇯🇵…"},
		{"skin tone stays whole", "👍🏽👍🏽👍🏽", 5, "👍🏽👍🏽…"},
		{"hangul jamo stay whole", "각각각", 5, "각각…"},
		{"cleaned first", "a\x1b[31mbc", 3, "abc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fit(tt.in, tt.width); got != tt.want {
				t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
			}
		})
	}
}

func TestFitASCII(t *testing.T) {
	if got, want := fit("abcdefgh", 6, "..."), "abc..."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := fit("abcdefgh", 2, "..."), "ab"; got != want {
		t.Errorf("no room for the ellipsis: got %q, want %q", got, want)
	}
}

func TestPad(t *testing.T) {
	if got, want := Pad("山a\n", 6), "山a   "; got != want {
		t.Errorf("Pad: got %q, want %q", got, want)
	}
	if got, want := PadLeft("42", 5), "   42"; got != want {
		t.Errorf("PadLeft: got %q, want %q", got, want)
	}
	if got, want := Pad("abc", 2), "abc"; got != want {
		t.Errorf("Pad of longer text: got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"short", 10, []string{"short"}},
		{"one two three four", 9, []string{"one two", "three", "four"}},
		{"exactly ten", 7, []string{"exactly", "ten"}},
		{"Donaudampfschiff", 6, []string{"Donaud", "ampfsc", "hiff"}},
		{"one two three four five six", 7, []string{"one two", "three", "four f…"}},
		{"山田先生山田先生", 5, []string{"山田", "先生", "山田…"}},
		{"山", 1, []string{"…"}},
	} {
		if got := wrap(tt.in, tt.width, 3, "…"); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestAppendSpaces(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 31, 32, 33, 64, 100} {
		if got, want := string(appendSpaces(nil, n)), strings.Repeat(" ", max(0, n)); got != want {
			t.Errorf("appendSpaces(%d) appended %d", n, len(got))
		}
	}
}
