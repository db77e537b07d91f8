package commands

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/carebase/deltatap/render"
)

// statusLine is one line on standard error that stays at the bottom of a terminal, under whatever
// else is said, or a line now and then where there is no terminal. It is safe for concurrent use,
// and nobody waits for a terminal that is stopped.
type statusLine struct {
	app *App

	mu     sync.Mutex
	line   string // that is to be on the screen
	bottom bottomLine
}

// lineKeeper is a standard error that keeps a line at its bottom by itself.
type lineKeeper interface {
	io.Writer
	keepLine(line string)
}

// Write says something above the line.
func (s *statusLine) Write(p []byte) (int, error) {
	if keeper, ok := s.app.Err.(lineKeeper); ok {
		return keeper.Write(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.app.Err.Write(s.bottom.compose(p, s.line))
	return len(p), err
}

// put changes the line.
func (s *statusLine) put(text string) {
	width := s.app.ErrWidth()
	if width == 0 {
		_, _ = fmt.Fprintln(s.app.Err, text)
		return
	}
	s.keep(render.Fit(text, width-1))
}

// remove takes the line away.
func (s *statusLine) remove() { s.keep("") }

func (s *statusLine) keep(line string) {
	if keeper, ok := s.app.Err.(lineKeeper); ok {
		keeper.keepLine(line)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = line
	_, _ = s.app.Err.Write(s.bottom.compose(nil, line))
}

// childErr is where a program that deltatap starts says things: the file itself where there is one,
// so that its children may outlive it.
func (app *App) childErr() io.Writer {
	if queue, ok := app.Err.(*errQueue); ok && queue.file != nil {
		return queue.file
	}
	return app.Err
}

// openStdErr is standard error as a file of its own: where nobody reads a pipe any more, writing to
// it is an error, and not the end of the program.
func openStdErr() *os.File {
	if file := dupFile(os.Stderr); file != nil {
		return file
	}
	return os.Stderr
}
