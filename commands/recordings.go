package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/carebase/deltatap/replay/session"
)

// recording is the arguments that hold one recording: its parts in order, or one input of any kind.
type recording struct {
	names  []string
	prints bool // its records are printed as they are read
}

// recordings puts the parts of one recording together. What is no session file stands for itself.
func recordings(names []string) ([]recording, error) {
	if len(names) == 1 {
		return []recording{{names: names}}, nil
	}
	for _, name := range names {
		if name == "-" || builtIn(name) {
			return apart(names), nil
		}
	}
	groups, err := session.Group(names)
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, usage("", "%s: %s", path.Path, path.Err)
	}
	if err != nil {
		return nil, usage("several files are parts of recordings, or recordings of their own; convert others first: deltatap record --from", "%v", err)
	}
	all := make([]recording, len(groups))
	for i, group := range groups {
		all[i] = recording{names: group.Paths}
	}
	return all, nil
}

// oneRecording is the recording that the arguments are the parts of. Several are refused: what they
// are wanted for takes one.
func oneRecording(names []string) (recording, error) {
	all, err := recordings(names)
	if err != nil {
		return recording{}, err
	}
	if len(all) > 1 {
		return recording{}, usage("the parts of one recording go together, several recordings one at a time", "%s and %s: want one recording, not %d", all[0], all[1], len(all))
	}
	return all[0], nil
}

// warnOfHoles says what is in none of the parts of a recording.
func warnOfHoles(app *App, src session.Source) {
	if parts, ok := src.(*session.Parts); ok {
		for _, hole := range parts.Holes() {
			app.warn(hole.String())
		}
	}
}

// apart takes each name for a recording of its own.
func apart(names []string) []recording {
	all := make([]recording, len(names))
	for i, name := range names {
		all[i] = recording{names: []string{name}}
	}
	return all
}

// open opens the recording as one source.
func (r recording) open(app *App, format string) (*input, session.Source, error) {
	if len(r.names) == 1 {
		in, src, err := openSource(app, r.names[0], format)
		if err == nil {
			in.prints = r.prints
		}
		return in, src, err
	}
	parts, err := session.OpenAll(r.names)
	if err != nil {
		return nil, nil, usage("", "%v", err)
	}
	in := &input{name: r.String(), ReadCloser: io.NopCloser(strings.NewReader("")), prints: r.prints, far: parts.Offset}
	for _, name := range r.names {
		if info, err := os.Stat(name); err == nil {
			in.size += info.Size()
		}
	}
	return in, parts, nil
}

// String names the recording.
func (r recording) String() string {
	if len(r.names) == 1 {
		return r.names[0]
	}
	return fmt.Sprintf("%s and %d more", r.names[0], len(r.names)-1)
}
