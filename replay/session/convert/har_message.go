package convert

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// harMessage is a WebSocket message.
type harMessage struct {
	at     time.Time // zero where it is not told
	clock  float64   // of a clock that began at an unknown moment, in seconds; 0 where at tells, or nothing does
	sent   bool
	failed bool // it tells of an error
	closes bool // it is a close frame
	binary bool // text holds bytes
	odd    bool // it has no text
	text   []byte
}

// size is about how much memory the message takes.
func (m *harMessage) size() int { return len(m.text) + 128 }

// parseMessage reads a message as Chrome writes it,
// {"type":"receive","time":1764000001.05,"opcode":1,"data":"42[…]"}, and as other tools do.
func parseMessage(value jsontext.Value) harMessage {
	m := harMessage{odd: true}
	encoded := false
	if value.Kind() == '"' {
		m.take(value)
		return m
	}
	_ = eachMember(value, func(name string, value jsontext.Value) {
		switch name {
		case "type", "direction":
			m.direction(strings.ToLower(textOf(value)))
		case "fromClient", "from_client", "isFromClient", "isOutgoing":
			m.sent = value.Kind() == 't'
		case "time", "timestamp", "timeStamp", "createdAt", "date":
			m.when(value)
		case "opcode", "opCode":
			m.opcode(strings.ToLower(textOf(value)))
		case "encoding":
			encoded = encoded || textOf(value) == "base64"
		case "isBase64", "base64", "isBase64Encoded":
			encoded = encoded || value.Kind() == 't'
		case "data", "payload", "payloadData", "text", "message", "content":
			m.take(value)
		}
	})
	if encoded || m.binary {
		m.decode()
	}
	return m
}

// take takes the text. What is no text is not what HAR files have.
func (m *harMessage) take(value jsontext.Value) {
	if value.Kind() == '"' {
		m.text, m.odd = []byte(unquote(value)), false
	}
}

// decode takes base64 off the text, where it is that.
func (m *harMessage) decode() {
	if plain, err := base64.StdEncoding.DecodeString(string(m.text)); err == nil {
		m.text = plain
	}
}

func (m *harMessage) direction(word string) {
	switch word {
	case "send", "sent", "outgoing", "out", "request", "client", "client_to_server", "up":
		m.sent = true
	case "error":
		m.failed, m.odd = true, false
	case "close", "closed", "disconnect":
		m.closes, m.odd = true, false
	}
}

func (m *harMessage) opcode(word string) {
	switch word {
	case "2", "binary":
		m.binary = true
	case "8", "close":
		m.closes, m.odd = true, false
	}
}

// when takes the time.
func (m *harMessage) when(value jsontext.Value) {
	if at, ok := readMoment(value); ok {
		m.at, m.clock = at, 0
	} else if n, ok := readNumber(value); ok && n > 0 && n < oldest {
		m.clock = n
	}
}

// textOf is what a string says, or how another value is written.
func textOf(value jsontext.Value) string {
	if value.Kind() == '"' {
		return unquote(value)
	}
	return string(value)
}
