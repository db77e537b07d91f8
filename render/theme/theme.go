// Package theme names deltatap's colours and marks by what they mean. It is built once, for one
// terminal, and pinned by goldens; it must not know what a delta, a session or a command is, nor
// look at the process's environment or streams by itself: the colour profile, the background and
// the environment are passed in.
package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Profile says how many colours a terminal shows.
type Profile = termenv.Profile

// The profiles, from no escape sequences at all to 24 bits a colour.
const (
	None      = termenv.Ascii
	ANSI      = termenv.ANSI
	ANSI256   = termenv.ANSI256
	TrueColor = termenv.TrueColor
)

// Style is a rendered pair of escape sequences. Putting text between them is all that it costs to
// use one, which is what lets a fast stream be coloured; the zero value changes nothing.
type Style struct{ on, off string }

// Render returns text in the style. It looks into nothing: text must hold no control characters.
func (s Style) Render(text string) string {
	if text == "" {
		return ""
	}
	return s.on + text + s.off
}

// Start appends the sequence that switches the style on.
func (s Style) Start(dst []byte) []byte { return append(dst, s.on...) }

// End appends the sequence that ends the style.
func (s Style) End(dst []byte) []byte { return append(dst, s.off...) }

// Append appends text in the style.
func (s Style) Append(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(dst, s.on...)
	dst = append(dst, text...)
	return append(dst, s.off...)
}

// Theme is the styles and marks of one terminal. A Theme is never changed once made.
type Theme struct {
	Created, Updated, Deleted Style // the actions of a delta
	Refresh                   Style // everything changed, or has to be read again
	Stale                     Style // older than what is held already
	Online, Offline           Style // connection periods
	Warn, Error               Style // findings and failures
	Good                      Style // nothing wrong
	Time, Version, Source     Style // the columns of a stream
	Title                     Style // the name that a person gave to an item
	Old, New                  Style // a value before and after
	Changed                   Style // what is new about an item
	Emphasis, Muted           Style

	Marks Marks
}

// Plain is the theme of a file or a pipe: no escape sequences, the same marks.
func Plain() *Theme { return New(None, true) }

// New builds the theme for a terminal of the given profile and background.
func New(profile Profile, dark bool) *Theme {
	r := lipgloss.NewRenderer(io.Discard, termenv.WithUnsafe())
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(dark)
	paint := func(c lipgloss.TerminalColor) lipgloss.Style { return r.NewStyle().Foreground(c) }
	t := &Theme{
		Created:  pair(paint(green)),
		Updated:  pair(paint(blue)),
		Deleted:  pair(paint(red)),
		Refresh:  pair(paint(purple)),
		Stale:    pair(paint(amber)),
		Online:   pair(paint(green)),
		Offline:  pair(paint(orange)),
		Warn:     pair(paint(amber)),
		Error:    pair(paint(red)),
		Good:     pair(paint(green)),
		Time:     pair(paint(grey)),
		Version:  pair(paint(teal)),
		Source:   pair(paint(grey)),
		Title:    pair(r.NewStyle().Bold(true)),
		Old:      pair(paint(grey)),
		New:      pair(r.NewStyle().Bold(true)),
		Changed:  pair(paint(blue).Bold(true)),
		Emphasis: pair(r.NewStyle().Bold(true)),
		Muted:    pair(paint(grey)),
		Marks:    unicodeMarks,
	}
	return t
}

// ASCII returns the same colours with marks that every terminal and font can show.
func (t *Theme) ASCII() *Theme {
	plain := *t
	plain.Marks = asciiMarks
	return &plain
}

// pair renders a style once and keeps what surrounds the text.
func pair(s lipgloss.Style) Style {
	const text = "x"
	on, off, _ := strings.Cut(s.Render(text), text)
	return Style{on: on, off: off}
}
