package convert

import (
	"errors"
	"io"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// entries reads the entries of a HAR file one by one, and their messages one by one.
type entries struct {
	dec   *jsontext.Decoder
	limit *budget
	each  func(*harEntry)
	kept  int
	whole int64 // where the last whole entry ends
	found bool  // a place for entries was there
}

// eachEntry calls f with each entry: of log.entries, of a list of entries or of HAR files, or one
// after the other.
func eachEntry(r io.Reader, f func(*harEntry)) (*session.Truncation, error) {
	limit := &budget{r: r}
	limit.renew()
	s := &entries{dec: jsontext.NewDecoder(limit, lenient...), limit: limit, each: f}
	err := s.all()
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil && !s.found:
		err = errNotHAR
	case err == nil:
		return nil, nil
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMuch), errors.Is(err, errNotHAR):
	case endsEarly(err):
		err = errBreaksOff
	case errors.As(err, &syntax):
		err = errBrokenJSON
	default:
		return nil, err
	}
	if s.whole > 0 && (err == errBreaksOff || err == errBrokenJSON) {
		limit.drain()
		return &session.Truncation{Bytes: limit.read - s.whole, Reason: err.Error()}, nil
	}
	return nil, &session.FormatError{What: harName, Reason: err.Error()}
}

// all reads all values at the top.
func (s *entries) all() error {
	err := s.value()
	for err == nil {
		if s.dec.PeekKind() == 0 { // nothing more, or nothing that is JSON
			return nil
		}
		err = s.value()
	}
	return err
}

// value reads a value at the top, or an element of a list there.
func (s *entries) value() error {
	s.limit.renew()
	switch s.dec.PeekKind() {
	case '[':
		s.found = true
		return s.list(s.value)
	case '{':
		return s.object()
	case 0:
		_, err := s.dec.ReadToken()
		return err
	}
	s.each(&harEntry{odd: true})
	return s.dec.SkipValue()
}

// list reads a list by its elements.
func (s *entries) list(element func() error) error {
	_, err := s.dec.ReadToken()
	for err == nil && s.dec.PeekKind() != ']' {
		s.limit.renew()
		err = element()
	}
	if err == nil {
		_, err = s.dec.ReadToken()
	}
	return err
}

// members reads an object by its members.
func (s *entries) members(member func(name string) error) error {
	_, err := s.dec.ReadToken()
	for err == nil && s.dec.PeekKind() != '}' {
		s.limit.renew()
		var name jsontext.Token
		if name, err = s.dec.ReadToken(); err == nil {
			err = member(name.String())
		}
	}
	if err == nil {
		_, err = s.dec.ReadToken()
	}
	return err
}

// object reads a HAR file, or an entry.
func (s *entries) object() error {
	e := newEntry()
	isEntry, isFile := false, false
	err := s.members(func(name string) error {
		switch {
		case name == "log" && s.dec.PeekKind() == '{':
			isFile = true
			return s.log()
		case messageLists[name]:
			return s.messages(e)
		}
		value, err := s.dec.ReadValue()
		if err != nil {
			return err
		}
		isEntry = isEntry || name == "request" || name == "host"
		e.set(name, value)
		return nil
	})
	if err != nil || isFile || !isEntry && !s.found {
		return err
	}
	e.odd = e.odd || !isEntry
	e.complete()
	s.found, s.whole = true, s.dec.InputOffset()
	s.keep(e)
	if s.kept > maxKept {
		return errTooMuch
	}
	s.each(e)
	return nil
}

// keep counts what an entry keeps in memory, and lets go of what nobody will ask for.
func (s *entries) keep(e *harEntry) {
	if e.isWebSocket() && !e.isEngine() {
		e.webSocket = true
		for i := range e.messages {
			s.kept -= e.messages[i].size()
		}
		e.messages = nil
	}
	if e.concerns() {
		s.kept += len(e.body) + len(e.sent) + 512
	}
}

func (s *entries) log() error {
	return s.members(func(name string) error {
		if name == "entries" && s.dec.PeekKind() == '[' {
			s.found = true
			return s.list(s.value)
		}
		return s.dec.SkipValue()
	})
}

// messageLists are the members of an entry in which tools write a WebSocket's messages.
var messageLists = map[string]bool{"_webSocketMessages": true, "webSocketMessages": true, "_websocketMessages": true}

// messages reads a WebSocket's messages. What the client sent is not kept, but for what tells who
// it is and when it left.
func (s *entries) messages(e *harEntry) error {
	if s.dec.PeekKind() != '[' {
		return s.dec.SkipValue()
	}
	return s.list(func() error {
		value, err := s.dec.ReadValue()
		if err != nil {
			return err
		}
		m := parseMessage(value)
		if m.sent && len(m.text) > 1 && m.text[0] != engineMessage {
			m.text = m.text[:1]
		}
		e.messages = append(e.messages, m)
		if s.kept += m.size(); s.kept > maxKept {
			return errTooMuch
		}
		return nil
	})
}
