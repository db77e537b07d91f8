package commands

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/carebase/deltatap/replay/session"
)

// recording is the arguments that hold one recording: its parts in order, or one input of any kind.
type recording struct{ names []string }

// recordings puts the parts of one recording together. What is no session file stands for itself.
func recordings(names []string) ([]recording, error) {
	if len(names) == 1 {
		return []recording{{names}}, nil
	}
	for _, name := range names {
		if name == "-" || strings.HasPrefix(name, fixtureScheme) {
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
		all[i] = recording{group.Paths}
	}
	return all, nil
}

// apart takes each name for a recording of its own.
func apart(names []string) []recording {
	all := make([]recording, len(names))
	for i, name := range names {
		all[i] = recording{[]string{name}}
	}
	return all
}

// open opens the recording as one source.
func (r recording) open(app *App, format string) (*input, session.Source, error) {
	if len(r.names) == 1 {
		return openSource(app, r.names[0], format)
	}
	parts, err := session.OpenAll(r.names)
	if err != nil {
		return nil, nil, usage("", "%v", err)
	}
	return &input{name: strings.Join(r.names, ", "), ReadCloser: io.NopCloser(strings.NewReader(""))}, parts, nil
}
