package convert

import (
	"bytes"
	"errors"
	"io"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// unfolder writes the values of a JSON text one a line: those of a list, or those that were printed
// over many lines.
type unfolder struct {
	dec   *jsontext.Decoder
	limit *budget
	lists bool // their elements are the values
	deep  bool // in a list
	out   []byte
	err   error
}

func unfold(r io.Reader, how fold) (io.Reader, error) {
	text, err := session.Decompress(r)
	if err != nil {
		return nil, err
	}
	limit := &budget{r: text}
	limit.renew()
	return &unfolder{dec: jsontext.NewDecoder(limit, lenient...), limit: limit, lists: how == listed}, nil
}

// Read implements io.Reader.
func (u *unfolder) Read(p []byte) (int, error) {
	for len(u.out) == 0 && u.err == nil {
		u.err = u.next()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	if n == 0 && len(p) > 0 {
		return 0, u.err
	}
	return n, nil
}

// next puts the next value out.
func (u *unfolder) next() error {
	u.limit.renew()
	switch kind := u.dec.PeekKind(); {
	case kind == '[' && u.lists && !u.deep:
		u.deep = true
		_, err := u.dec.ReadToken()
		return u.stop(err)
	case kind == ']' && u.deep:
		u.deep = false
		_, err := u.dec.ReadToken()
		return u.stop(err)
	}
	value, err := u.dec.ReadValue()
	if err != nil {
		return u.stop(err)
	}
	u.out = append(joinLines(value), '\n')
	return nil
}

// stop ends the text where its JSON ends. What is left unread stands as a line that cannot be read,
// or that is cut off.
func (u *unfolder) stop(err error) error {
	const most = 1 << 10
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) && !u.deep, errors.Is(err, errTooLarge):
	case endsEarly(err):
		u.out = append([]byte("{"), joinLines(u.dec.UnreadBuffer())...)
		return io.EOF
	default:
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			rest := u.dec.UnreadBuffer()
			u.out = append(append([]byte("{"), joinLines(rest[:min(len(rest), most)])...), '\n')
			return io.EOF
		}
	}
	if errors.Is(err, errTooLarge) {
		return &session.FormatError{What: "recording", Reason: err.Error()}
	}
	return err
}

// joinLines writes a text in one line. Line breaks stand between the tokens of JSON alone.
func joinLines(text []byte) []byte {
	one := bytes.ReplaceAll(text, []byte("\n"), []byte(" "))
	return bytes.ReplaceAll(one, []byte("\r"), []byte(" "))
}
