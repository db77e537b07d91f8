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

// Detect tells the format by the first bytes, without waiting for more of them than it takes. What
// is unlike any format is a session, so that it is refused as one.
func Detect(in *bufio.Reader) (string, error) {
	format, _, err := Recognize(in)
	return format, err
}

// Recognize tells the format as Detect does, and whether the text looks like any.
func Recognize(in *bufio.Reader) (format string, known bool, err error) {
	l, err := lookInto(in)
	return l.format, l.known, err
}

// look is what the beginning of a text tells.
type look struct {
	format string
	known  bool // it is like one of the formats
	sure   bool // more of the text changes nothing
	fold   fold
}

// fold is how values stand in a text where they do not stand one a line.
type fold int

const (
	oneALine fold = iota
	spread        // over many lines, or several a line
	listed        // in a list
)

// lookInto looks at what is there, and waits for more as long as that is not enough.
func lookInto(in *bufio.Reader) (look, error) {
	for {
		ahead, err := in.Peek(in.Buffered() + 1)
		if len(ahead) > 0 {
			ahead, _ = in.Peek(in.Buffered())
		}
		l := lookAt(ahead)
		if l.sure || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
	}
}

// unlike is the look of a text that is like no format.
func unlike(sure bool) look { return look{format: Session, sure: sure} }

func lookAt(beginning []byte) look {
	text, err := session.Decompress(bytes.NewReader(beginning))
	if err != nil {
		return unlike(len(beginning) > len("\xff\xfe"))
	}
	plain, err := io.ReadAll(io.LimitReader(text, DetectBytes))
	if err != nil && !endsEarly(err) {
		return unlike(true)
	}
	plain = bytes.TrimLeft(plain, " \t\r\n")
	switch {
	case len(plain) == 0:
		return unlike(false)
	case plain[0] == '{':
		return lookAtObject(plain)
	case plain[0] == '[' && isJSON(plain):
		return lookAtList(plain)
	}
	return lookAtLines(plain)
}

func lookAtObject(text []byte) look {
	l := lookAtMembers(jsontext.NewDecoder(bytes.NewReader(text), lenient...))
	if l.known && l.format != HAR && !standsAlone(text) {
		l.fold = spread
		if l.format == Session {
			l.format = Records
		}
	}
	return l
}

// standsAlone tells whether the first line of a text is one value, as far as it is there.
func standsAlone(text []byte) bool {
	line, _, whole := bytes.Cut(text, []byte("\n"))
	dec := jsontext.NewDecoder(bytes.NewReader(line), lenient...)
	if err := dec.SkipValue(); err != nil {
		return !whole
	}
	_, err := dec.ReadToken()
	return errors.Is(err, io.EOF)
}

// lookAtMembers looks at the names of an object's members.
func lookAtMembers(dec *jsontext.Decoder) look {
	var data, kind bool
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != '}' {
		var token jsontext.Token
		if token, err = dec.ReadToken(); err != nil {
			break
		}
		name := token.String()
		if l, ok := lookAtMember(name, dec.PeekKind()); ok {
			return l
		}
		data, kind = data || name == "data", kind || name == "kind"
		err = dec.SkipValue()
	}
	if data && kind {
		return look{format: Capture, known: true, sure: err == nil}
	}
	return unlike(err == nil || !endsEarly(err))
}

// lookAtMember tells the format by a member that only one has. It is not ok where there may be
// others.
func lookAtMember(name string, value jsontext.Kind) (l look, ok bool) {
	if value == 0 {
		return look{format: HAR, known: true}, name == "log"
	}
	l = look{known: true, sure: true}
	switch name {
	case "deltatap", "n", "t":
		l.format, ok = Session, value == '0'
	case "at":
		l.format, ok = Capture, value == '"'
	case "log":
		l.format, ok = HAR, value == '{' || value == '['
	case "startedDateTime", "request", "response", "_webSocketMessages", "protocolVersion", "actualPort":
		l.format, ok = HAR, true
	case "deltas", "itemType", "entityId", "opcode":
		l.format, ok = Payloads, true
	case "appointments", "bills", "planVersion", "recipient", "dateRange", "plan_cache_v1":
		return unlike(true), true // a plan is no recording
	}
	return l, ok
}

func lookAtList(text []byte) look {
	dec := jsontext.NewDecoder(bytes.NewReader(text), lenient...)
	_, _ = dec.ReadToken()
	l := lookAtElement(dec, 1)
	switch {
	case !l.known || l.format == HAR:
	case l.format == Session:
		l.format, l.fold = Records, listed
	case l.format == Capture, !ends(text) && l.fold == listed:
		l.fold = listed
	case !standsAlone(text):
		l.fold = spread
	default:
		l.fold = oneALine
	}
	return l
}

// ends tells whether the first value of a text is there to its end, so that all of it can be taken
// at once.
func ends(text []byte) bool {
	return jsontext.NewDecoder(bytes.NewReader(text), lenient...).SkipValue() == nil
}

// lookAtElement looks at the first element of a list. It says listed where the list holds several
// things of a sort.
func lookAtElement(dec *jsontext.Decoder, depth int) look {
	switch dec.PeekKind() {
	case '{':
		l := lookAtMembers(dec)
		l.fold = listed
		return l
	case '"':
		token, err := dec.ReadToken()
		if err != nil {
			return unlike(!endsEarly(err))
		}
		return lookAtText(token.String())
	case '[':
		if depth > 1 {
			return unlike(true)
		}
		_, _ = dec.ReadToken()
		l := lookAtElement(dec, depth+1)
		if l.format != Payloads {
			return unlike(l.sure)
		}
		l.fold = listed
		return l
	case 0:
		return unlike(false)
	}
	return unlike(true)
}

// lookAtText looks at a string that is the first element of a list: an event's name, or a frame.
func lookAtText(text string) look {
	switch {
	case isFrame([]byte(text)):
		return look{format: Payloads, known: true, sure: true, fold: listed}
	case text == deltaEvent, text == "plan:update", text == "connection:ack":
		return look{format: Payloads, known: true, sure: true, fold: spread}
	}
	return unlike(true)
}

// mostLines bounds how many lines are looked at for a frame.
const mostLines = 50

// lookAtLines looks for frames in what a tool printed.
func lookAtLines(text []byte) look {
	for range mostLines {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		l := readDumpLine(line)
		if !l.comment && !l.closed && len(l.text) > 1 && (isFrame(l.text) || isPayload(l.text)) {
			return look{format: Payloads, known: true, sure: true}
		}
		if !whole {
			return unlike(false)
		}
		text = rest
	}
	return unlike(true)
}

// isPayload tells whether a text begins like a payload.
func isPayload(text []byte) bool {
	switch text[0] {
	case '{':
		return lookAtObject(text).format == Payloads
	case '[':
		return isJSON(text) && lookAtList(text).format == Payloads
	}
	return false
}

func endsEarly(err error) bool {
	var damaged *session.DamageError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &damaged) && damaged.Cut
}
