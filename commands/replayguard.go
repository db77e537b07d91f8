package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/carebase/deltatap/render"
)

// guard lets a replay into a target that is not deltatap's own only where the user says so: by a
// context that is marked writable, by --yes, or by answering.
func (p *replayPlan) guard(app *App) error {
	t := p.target
	if t.free || t.writable || p.yes {
		return nil
	}
	what := fmt.Sprintf("%s to %s", p.amount(), t.name)
	if app.asks() && p.reread() {
		fmt.Fprint(app.Err, render.Clean("send "+what+"? [y/N] "))
		switch strings.ToLower(strings.TrimSpace(readAnswer(app.In))) {
		case "y", "yes":
			return nil
		}
	}
	return usage(`--yes sends it; so does a context of that server with "writable: true"; --dry-run tells more`, "not sent: %s", what)
}

// amount says how much would be sent.
func (p *replayPlan) amount() string {
	if p.seen == nil {
		return "an unknown number of records"
	}
	text := fmt.Sprintf("%s (%s)", render.Plural(p.seen.records(), "record"), render.Plural(p.seen.report.Deltas, "delta"))
	switch {
	case p.loop == 0:
		text += ", over and over,"
	case p.loop > 1:
		text += fmt.Sprintf(", %d times,", p.loop)
	}
	return text
}

// asks says whether there is somebody to ask.
func (app *App) asks() bool { return app.InTerminal && app.ErrWidth() > 0 }

// readAnswer reads a line and nothing behind it: that is for others to read.
func readAnswer(in io.Reader) string {
	var line []byte
	for one := make([]byte, 1); len(line) < 1024; {
		n, err := in.Read(one)
		if n > 0 && one[0] == '\n' || err != nil {
			break
		}
		line = append(line, one[:n]...)
	}
	return string(line)
}
