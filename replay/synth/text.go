package synth

import (
	"io"

	"github.com/carebase/deltatap/replay/session"
)

// Text is the session that o describes, as the text of a session file. The error is an
// *OptionsError.
func Text(o Options) (io.ReadCloser, error) {
	s, err := Open(o)
	if err != nil {
		return nil, err
	}
	h := s.Header()
	return &text{session: s, line: append(h.AppendJSON(nil), '\n')}, nil
}

// text is a session that is written while it is read.
type text struct {
	session *Session
	line    []byte
	given   int // of line
}

func (t *text) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if t.given == len(t.line) {
			var rec session.Record
			if err := t.session.Next(&rec); err != nil {
				return n, eof(n, err)
			}
			t.line, t.given = append(rec.AppendJSON(t.line[:0]), '\n'), 0
		}
		m := copy(p[n:], t.line[t.given:])
		t.given += m
		n += m
	}
	return n, nil
}

// eof is err, where nothing was read before it.
func eof(n int, err error) error {
	if n > 0 {
		return nil
	}
	return err
}

func (t *text) Close() error { return nil }
