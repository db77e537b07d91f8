package convert

import (
	"bufio"
	"bytes"
	"io"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// openRecords reads the records of a session that do not stand one a line, and are one a line in r.
// Where they have no header, one is made up.
func openRecords(r io.Reader, o Options) (session.Source, error) {
	in := bufio.NewReaderSize(r, DetectBytes)
	if _, err := in.Peek(1); err != nil {
		return session.NewReader(in)
	}
	first, _ := in.Peek(in.Buffered())
	if isHeader(first) {
		return session.NewReader(in)
	}
	o.Format = Records
	h := header(o, o.Now(), "", first)
	src, err := session.NewReader(io.MultiReader(bytes.NewReader(append(h.AppendJSON(nil), '\n')), in))
	if err != nil {
		return nil, err
	}
	return headless{src}, nil
}

// isHeader tells whether a line is a session's header.
func isHeader(line []byte) bool {
	found := false
	_ = eachMember(line, func(name string, _ jsontext.Value) { found = found || name == "deltatap" })
	return found
}

// headless is a source of records without their session's header.
type headless struct{ session.Source }

// Notes implements Noted.
func (headless) Notes() []string {
	return []string{"the records are without their session's header: when it started, and on which server, is not told"}
}
