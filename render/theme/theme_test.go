package theme

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		name     string
		mode     string
		terminal bool
		env      func(string) string
		want     Profile
	}{
		{"terminal", "auto", true, env("TERM", "xterm-256color"), ANSI256},
		{"no mode is auto", "", true, env("TERM", "xterm"), ANSI},
		{"true colour", "auto", true, env("TERM", "xterm-256color", "COLORTERM", "truecolor"), TrueColor},
		{"tmux", "auto", true, env("TERM", "screen-256color", "TERM_PROGRAM", "tmux", "COLORTERM", "truecolor"), TrueColor},
		{"screen", "auto", true, env("TERM", "screen", "COLORTERM", "truecolor"), ANSI256},
		{"windows terminal", "auto", true, env("WT_SESSION", "1"), TrueColor},
		{"pipe", "auto", false, env("TERM", "xterm-256color"), None},
		{"dumb", "auto", true, env("TERM", "dumb"), None},
		{"no TERM", "auto", true, env(), None},
		{"NO_COLOR", "auto", true, env("TERM", "xterm", "NO_COLOR", "1"), None},
		{"NO_COLOR beats CLICOLOR_FORCE", "auto", true, env("TERM", "xterm", "NO_COLOR", "1", "CLICOLOR_FORCE", "1"), None},
		{"CLICOLOR_FORCE in a pipe", "auto", false, env("TERM", "xterm-256color", "CLICOLOR_FORCE", "1"), ANSI256},
		{"CLICOLOR_FORCE=0 is none", "auto", false, env("TERM", "xterm", "CLICOLOR_FORCE", "0"), None},
		{"CLICOLOR=0", "auto", true, env("TERM", "xterm", "CLICOLOR", "0"), None},
		{"always in a pipe", "always", false, env(), ANSI},
		{"always beats NO_COLOR", "always", true, env("TERM", "xterm-256color", "NO_COLOR", "1"), ANSI256},
		{"never", "never", true, env("TERM", "xterm", "CLICOLOR_FORCE", "1"), None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decide(tt.mode, tt.terminal, tt.env)
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
	if _, err := Decide("sometimes", true, env()); err == nil || !strings.Contains(err.Error(), `"sometimes"`) {
		t.Errorf("an unknown mode: got %v", err)
	}
}

func TestBackground(t *testing.T) {
	for value, want := range map[string][2]bool{"": {true, false}, "15;0": {true, true}, "0;15": {false, true}, "12;default;7": {false, true}, "7;8": {true, true}, "x": {true, false}, "1;99": {true, false}} {
		dark, known := Background(env("COLORFGBG", value))
		if dark != want[0] || known != want[1] {
			t.Errorf("COLORFGBG=%q: got dark %v, known %v, want %v", value, dark, known, want)
		}
	}
}

func TestUTF8(t *testing.T) {
	for _, tt := range []struct {
		env  func(string) string
		want bool
	}{
		{env(), true},
		{env("LANG", "de_DE.UTF-8"), true},
		{env("LANG", "C.utf8"), true},
		{env("LANG", "C"), false},
		{env("LC_ALL", "C", "LANG", "de_DE.UTF-8"), false},
		{env("LC_CTYPE", "en_GB.UTF-8", "LANG", "C"), true},
	} {
		if got := UTF8(tt.env); got != tt.want {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

// styles calls f for every style of a theme.
func styles(th *Theme, f func(name string, s Style)) {
	v := reflect.ValueOf(*th)
	for i := range v.NumField() {
		if s, ok := v.Field(i).Interface().(Style); ok {
			f(v.Type().Field(i).Name, s)
		}
	}
}

func TestPlainHasNoEscapes(t *testing.T) {
	styles(Plain(), func(name string, s Style) {
		if got := s.Render("x"); got != "x" {
			t.Errorf("%s renders %q", name, got)
		}
	})
}

func TestStylesSurroundText(t *testing.T) {
	for _, profile := range []Profile{ANSI, ANSI256, TrueColor} {
		styles(New(profile, true), func(name string, s Style) {
			got := s.Render("x")
			if !strings.HasPrefix(got, "\x1b[") || !strings.HasSuffix(got, "x\x1b[0m") {
				t.Errorf("%s in %v renders %q", name, profile.Name(), got)
			}
			if again := string(s.End(append(s.Start(nil), 'x'))); again != got || string(s.Append(nil, "x")) != got {
				t.Errorf("%s: Start and End make %q of what Render makes %q", name, again, got)
			}
			if empty := s.Render("") + string(s.Append(nil, "")); empty != "" {
				t.Errorf("%s renders nothing as %q", name, empty)
			}
		})
	}
}

func TestASCII(t *testing.T) {
	th := New(ANSI, true).ASCII()
	v := reflect.ValueOf(th.Marks)
	for i := range v.NumField() {
		if text := fmt.Sprint(v.Field(i)); len(text) != utf8.RuneCountInString(text) {
			t.Errorf("%s is %q", v.Type().Field(i).Name, text)
		}
	}
	if th.Warn.Render("x") == "x" {
		t.Error("the colours are gone")
	}
}

// TestContrast holds every tone to what is readable: 4.5 to 1 against the backgrounds that people have.
func TestContrast(t *testing.T) {
	tones := map[string]lipgloss.CompleteAdaptiveColor{
		"green": green, "blue": blue, "red": red, "purple": purple, "amber": amber, "orange": orange, "teal": teal, "grey": grey,
	}
	for name, c := range tones {
		for _, background := range []string{"#000000", "#1e1e1e", "#282c34", "#002b36"} {
			for _, text := range []string{c.Dark.TrueColor, xterm(c.Dark.ANSI256)} {
				if got := contrast(text, background); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.1f", name, text, background, got)
				}
			}
		}
		for _, background := range []string{"#ffffff", "#fdf6e3", "#f5f5f5"} {
			for _, text := range []string{c.Light.TrueColor, xterm(c.Light.ANSI256)} {
				if got := contrast(text, background); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.1f", name, text, background, got)
				}
			}
		}
	}
}

// contrast is the ratio of WCAG 2.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(color string) float64 {
	var r, g, b int
	fmt.Sscanf(color, "#%02x%02x%02x", &r, &g, &b)
	linear := func(n int) float64 {
		v := float64(n) / 255
		if v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// xterm is the colour of an index of the 256.
func xterm(index string) string {
	var n int
	fmt.Sscan(index, &n)
	if n >= 232 {
		v := 8 + 10*(n-232)
		return fmt.Sprintf("#%02x%02x%02x", v, v, v)
	}
	level := func(n int) int {
		if n == 0 {
			return 0
		}
		return 55 + 40*n
	}
	n -= 16
	return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
}
