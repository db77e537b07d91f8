package commands

import (
	"fmt"
	"strings"
	"sync"

	"github.com/carebase/deltatap/render"
)

// statusLine is one line on standard error that stays at the bottom of a terminal, under whatever else is said, or a line now
// and then where there is no terminal. It is safe for concurrent use.
type statusLine struct {
	app *App

	mu   sync.Mutex
	line string // on the screen now
}

// Write says something above the line.
func (s *statusLine) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	n, err := s.app.Err.Write(p)
	s.draw()
	return n, err
}

// put changes the line. The lock is held.
func (s *statusLine) put(text string) {
	width := s.app.ErrWidth()
	if width == 0 {
		_, _ = fmt.Fprintln(s.app.Err, text)
		return
	}
	s.wipe()
	s.line = render.Fit(text, width-1)
	s.draw()
}

// remove takes the line away.
func (s *statusLine) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	s.line = ""
}

func (s *statusLine) wipe() {
	if s.line != "" {
		_, _ = fmt.Fprint(s.app.Err, "\r"+strings.Repeat(" ", render.Width(s.line))+"\r")
	}
}

func (s *statusLine) draw() {
	if s.line != "" {
		_, _ = fmt.Fprint(s.app.Err, s.line)
	}
}
