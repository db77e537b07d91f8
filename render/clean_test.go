package render

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "Cardiology follow-up", "Cardiology follow-up"},
		{"empty", "", ""},
		{"other scripts", "Übung 山田先生 שלום قهوة", "Übung 山田先生 שלום قهوة"},
		{"combining", "e\u0301clair", "e\u0301clair"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"cursor", "a\x1b[2J\x1b[1;1Hb", "ab"},
		{"charset", "a\x1b(Bb", "ab"},
		{"reset", "a\x1bcb", "ab"},
		{"title", "a\x1b]0;owned\x07b", "ab"},
		{"title with ST", "a\x1b]0;owned\x1b\\b", "ab"},
		{"title without end", "a\x1b]0;owned", "a0;owned"},
		{"link", "\x1b]8;;http://x\x1b\\click\x1b]8;;\x1b\\", "click"},
		{"device control", "a\x1bPq#0\x1b\\b", "ab"},
		{"c1 csi", "a\u009b31mb", "ab"},
		{"c1 osc", "a\u009d0;x\u009cb", "ab"},
		{"lone escape", "a\x1b", "a"},
		{"escape before a letter of another script", "a\x1bé", "aé"},
		{"backspace", "abc\b\b\bx", "abcx"},
		{"bell, delete, nul", "a\a\x7f\x00b", "ab"},
		{"line breaks", "a\nb\r\nc\rd\te\u2028f\u2029g\u0085h", "a b c d e f g h"},
		{"odd blanks", "a\u00a0b\u3000c", "a b c"},
		{"bidi", "a\u202egpj.exe\u202c\u2066x\u2069\u200eb", "agpj.exexb"},
		{"zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"},
		{"variation selector and joiner", "👩\u200d⚕\ufe0f", "👩⚕"},
		{"tags", "a\U000e0041\U000e007fb", "ab"},
		{"hangul filler", "a\u3164b", "ab"},
		{"not UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"surrogate", "a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"},
		{"no character", "a\ufffeb", "ab"},
		{"a pile of marks", "a" + strings.Repeat("\u0301", 50), "a" + strings.Repeat("\u0301", maxMarks)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := string(AppendClean([]byte("x"), []byte(tt.in))); got != "x"+tt.want {
				t.Errorf("AppendClean(%q) = %q, want %q", tt.in, got, "x"+tt.want)
			}
		})
	}
}

// harmful finds a character that could move a cursor, reorder a line or hide in it.
func harmful(s string) (rune, bool) {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return r, true
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return r, true
		}
	}
	return 0, false
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred", "a\x1b]0;t\x07b", "a\u009b1m", "\u202eabc", "👩\u200d⚕\ufe0f", "a\xff\xfe", "\x1b\x1b[[A", "\xc2\xc2\x9b"} {
		f.Add(s, 8)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width %= 300
		clean := Clean(s)
		if r, bad := harmful(clean); bad {
			t.Errorf("Clean(%q) = %q holds %U", s, clean, r)
		}
		if again := Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and cleaned again %q", s, clean, again)
		}
		fitted := Fit(s, width)
		if r, bad := harmful(fitted); bad {
			t.Errorf("Fit(%q, %d) = %q holds %U", s, width, fitted, r)
		}
		if n := Width(fitted); n > max(0, width) {
			t.Errorf("Fit(%q, %d) = %q is %d columns wide", s, width, fitted, n)
		}
		for _, line := range wrap(clean, max(1, width), 3, "…") {
			if n := Width(line); n > max(1, width) {
				t.Errorf("wrap(%q, %d) has a line of %d columns: %q", clean, width, n, line)
			}
		}
	})
}
