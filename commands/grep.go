package commands

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// textFinder finds texts in records, wherever a user may have seen them: in the line that tail
// prints, and in the JSON, with or without its spaces and escapes. A text without capitals is found
// in any case.
type textFinder struct {
	exact, folded [][]byte // with capitals and without

	page    *render.Tail // prints into printed
	printed bytes.Buffer
	line    []byte
	plain   []byte
}

// newTextFinder makes a finder of any of these texts; nil where there are none.
func newTextFinder(texts []string) (*textFinder, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	f := &textFinder{}
	for _, text := range texts {
		switch {
		case text == "":
			return nil, usage("leave it out, or give it a text", "--grep: empty")
		case text == strings.ToLower(text):
			f.folded = append(f.folded, []byte(text))
		default:
			f.exact = append(f.exact, []byte(text))
		}
	}
	f.page = render.NewTail(&f.printed, &f.printed, render.TailOptions{})
	return f, nil
}

// in tells whether a record holds one of the texts. The message is its deltas, where it has some.
func (f *textFinder) in(rec *session.Record, m *contract.Message) bool {
	f.line = rec.AppendJSON(f.line[:0])
	if f.found(f.line) {
		return true
	}
	// Read again, the value is written without spaces and with no escapes but those that JSON asks
	// for.
	var err error
	if f.plain, err = jsontext.AppendFormat(f.plain[:0], f.line, jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(false)); err == nil && f.found(f.plain) {
		return true
	}
	f.printed.Reset()
	if m != nil {
		_ = f.page.Message(rec, m)
	} else {
		_ = f.page.State(rec)
	}
	_ = f.page.Flush()
	return f.found(f.printed.Bytes())
}

func (f *textFinder) found(text []byte) bool {
	holds := func(wanted []byte) bool { return bytes.Contains(text, wanted) }
	if slices.ContainsFunc(f.exact, holds) {
		return true
	}
	if len(f.folded) == 0 {
		return false
	}
	text = bytes.ToLower(text)
	return slices.ContainsFunc(f.folded, holds)
}
