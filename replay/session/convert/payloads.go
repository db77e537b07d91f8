package convert

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// payloadStep is what t advances by from payload to payload where nothing tells when they came.
const payloadStep = 100 * time.Millisecond

// deltaEvent is the event that payloads are of.
const deltaEvent = contract.Event

// payloads reads payloads, deltas and frames, one or a list of them a line.
type payloads struct {
	stream
	follower follower
	wire     wire
	firstly  dumpLine // the line that the session starts with
	taken    int      // moments without a time of their own, since the last that had one
	base     time.Duration
}

func openPayloads(r io.Reader, o Options) (session.Source, error) {
	lines, err := session.NewLines(r)
	if err != nil {
		return nil, err
	}
	o.Format = Payloads
	s := &payloads{}
	s.stream = stream{what: "file of payloads", lines: lines}
	s.left = tally{}
	s.wire.left = s.left
	s.convert = func(text []byte) error {
		l := readDumpLine(text)
		moments, err := s.read(&l)
		if err != nil {
			return err
		}
		for i := range moments {
			m, l := &moments[i], l
			if !m.at.IsZero() {
				l.stamp, l.at = fullStamp, m.at
			}
			if s.header.Started.IsZero() {
				s.firstly = l
				s.header = header(o, l.started(o.Now()), "", text)
			}
			s.follower.take(m, s.when(&l))
		}
		return nil
	}
	s.follower.emit = s.put
	if err := s.first(); err != nil {
		return nil, err
	}
	return s, nil
}

// when tells when the next moment of a line was, on the session's clock.
func (s *payloads) when(l *dumpLine) time.Duration {
	if at, ok := l.since(&s.firstly); ok {
		s.base, s.taken = at, 0
		return at
	}
	s.taken++
	return s.base + time.Duration(s.taken-1)*payloadStep
}

var errNoPayload = errors.New("neither a payload nor a delta nor a frame")

// read reads what a line holds.
func (s *payloads) read(l *dumpLine) ([]moment, error) {
	switch {
	case l.comment:
		s.left[line("what a tool said")]++
		return nil, nil
	case l.closed:
		return []moment{{what: closed, text: reasonUnseen}}, nil
	case len(l.text) == 0:
		return nil, nil
	case l.sent:
		return one(s.wire.sent(l.text))
	case isFrame(l.text):
		return s.frame(l.text)
	}
	value := jsontext.Value(l.text)
	if !value.IsValid(lenient...) {
		return nil, errors.New("broken JSON")
	}
	return s.value(value)
}

func one(m moment, ok bool) ([]moment, error) {
	if !ok {
		return nil, nil
	}
	return []moment{m}, nil
}

// frame reads a frame. What else a frame is of no use for, its wire counts.
func (s *payloads) frame(text []byte) ([]moment, error) {
	m, ok, _ := s.wire.either(text)
	m.transport = "websocket"
	return one(m, ok)
}

// value reads the argument {"deltas":[…]}, the arguments [{"deltas":[…]}], the event ["name",{…}],
// one delta alone, a message of a HAR file, or a list of one sort of these.
func (s *payloads) value(value jsontext.Value) ([]moment, error) {
	switch value.Kind() {
	case '[':
		return s.list(value)
	case '{':
		return s.object(value)
	}
	return nil, errors.New("neither an object nor a list")
}

func (s *payloads) object(value jsontext.Value) ([]moment, error) {
	switch sortOf(value) {
	case ofPayload:
		return deltasCame(enclose(`[`, value, `]`)), nil
	case ofDelta:
		return deltasCame(enclose(`[{"deltas":[`, value, `]}]`)), nil
	case ofMessage:
		return s.message(value)
	}
	return nil, errNoPayload
}

// deltasCame is the event that carries deltas.
func deltasCame(args []byte) []moment {
	return []moment{{what: came, event: deltaEvent, args: args}}
}

// message reads a WebSocket message as HAR files have them.
func (s *payloads) message(value jsontext.Value) ([]moment, error) {
	m := parseMessage(value)
	var what moment
	var ok bool
	switch {
	case m.odd:
		s.left[leftOdd]++
	case m.sent:
		what, ok = s.wire.sent(m.text)
	case m.binary:
		what, ok = s.wire.binary(m.text)
	case !isFrame(m.text):
		s.left[leftForeign]++
	default:
		what, ok, _ = s.wire.either(m.text)
	}
	what.transport, what.at = "websocket", m.at
	return one(what, ok)
}

// list reads a list: an event, an event's arguments, or several of what a line may hold.
func (s *payloads) list(value jsontext.Value) ([]moment, error) {
	if name, args, ok := (packet{data: value}).event(); ok && !isFrame([]byte(name)) {
		return []moment{{what: came, event: name, args: args}}, nil
	}
	if isArguments(value) {
		return deltasCame(bytes.Clone(value)), nil
	}
	var all []moment
	found := false
	err := eachElement(value, func(element jsontext.Value) error {
		found = true
		moments, err := s.element(element)
		all = append(all, moments...)
		return err
	})
	if err == nil && !found {
		err = errNoPayload
	}
	return all, err
}

// isArguments tells whether a list is the arguments of one event: a payload, and then something
// else.
func isArguments(list jsontext.Value) bool {
	n, is := 0, false
	_ = eachElement(list, func(element jsontext.Value) error {
		n++
		isPayload := sortOf(element) == ofPayload
		is = n == 2 && !isPayload
		if n == 1 && isPayload {
			return nil
		}
		return errEnough
	})
	return is
}

// element reads an element of a list.
func (s *payloads) element(value jsontext.Value) ([]moment, error) {
	switch value.Kind() {
	case '"':
		if text := []byte(unquote(value)); isFrame(text) {
			return s.frame(text)
		}
		return nil, errNoPayload
	case '[':
		if isNested(value) {
			return nil, errNoPayload
		}
	}
	return s.value(value)
}

// isNested tells whether a list's first element is a list: lists of lists of lists are nobody's.
func isNested(list jsontext.Value) (is bool) {
	_ = eachElement(list, func(element jsontext.Value) error {
		is = element.Kind() == '['
		return errEnough
	})
	return is
}

var errEnough = errors.New("enough")

// eachElement calls f with each element of a list, until it fails. The element is valid until f
// returns.
func eachElement(list jsontext.Value, f func(jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(list), lenient...)
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(value); err != nil {
			return err
		}
	}
	return nil
}

func enclose(before string, text []byte, after string) []byte {
	return append(append([]byte(before), text...), after...)
}

// sortOfObject is what an object in a list or on a line is.
type sortOfObject int

const (
	ofNothing sortOfObject = iota
	ofPayload              // {"deltas":[…]}
	ofDelta
	ofMessage // of a WebSocket
)

// sortOf tells what an object is by the names of its members.
func sortOf(value jsontext.Value) sortOfObject {
	var names struct{ deltas, itemType, entityID, data, kind, opcode bool }
	_ = eachMember(value, func(name string, value jsontext.Value) {
		switch name {
		case "deltas":
			names.deltas = true
		case "itemType":
			names.itemType = true
		case "entityId":
			names.entityID = true
		case "data":
			names.data = true
		case "type":
			names.kind = value.Kind() == '"'
		case "opcode":
			names.opcode = true
		}
	})
	switch {
	case names.deltas:
		return ofPayload
	case names.itemType, names.entityID:
		return ofDelta
	case names.data && (names.opcode || names.kind):
		return ofMessage
	}
	return ofNothing
}
