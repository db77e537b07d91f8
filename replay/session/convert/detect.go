package convert

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// DetectBytes is how far Detect looks, in bytes: give it a reader with a buffer of that size.
const DetectBytes = 64 << 10

// lenient is how JSON from elsewhere is read: by its grammar alone.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Detect tells the format by the first bytes, without waiting for more of them than it takes. What is unlike any format is a
// session, so that it is refused as one.
func Detect(in *bufio.Reader) (string, error) {
	for {
		ahead, err := in.Peek(in.Buffered() + 1)
		if len(ahead) > 0 {
			ahead, _ = in.Peek(in.Buffered())
		}
		format, sure := guess(ahead)
		if sure || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return format, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// guess tells the format by a text's beginning, and whether more of the text could change that.
func guess(beginning []byte) (format string, sure bool) {
	text, err := session.Decompress(bytes.NewReader(beginning))
	if err != nil {
		return Session, len(beginning) > len("\xff\xfe")
	}
	dec := jsontext.NewDecoder(text, lenient...)
	switch dec.PeekKind() {
	case '[':
		return Payloads, true
	case '{':
		return guessByMembers(dec)
	}
	_, err = dec.ReadToken()
	if err == nil && dec.PeekKind() == '[' { // 42["plan:item-delta",…]
		return Payloads, true
	}
	return Session, !endsEarly(err)
}

// telling are the names of members that only one format has.
var telling = map[string]string{
	"deltatap": Session, "n": Session, "t": Session,
	"at": Capture, "data": Capture,
	"log":    HAR,
	"deltas": Payloads, "itemType": Payloads, "entityId": Payloads,
}

func guessByMembers(dec *jsontext.Decoder) (format string, sure bool) {
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != '}' {
		var name jsontext.Token
		if name, err = dec.ReadToken(); err != nil {
			break
		}
		if format, ok := telling[name.String()]; ok {
			return format, true
		}
		err = dec.SkipValue()
	}
	return Session, err == nil || !endsEarly(err)
}

func endsEarly(err error) bool {
	var damaged *session.DamageError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &damaged) && damaged.Cut
}
