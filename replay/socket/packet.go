package socket

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// The Socket.IO packet types, as the first byte of a packet's text.
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetAck          = '3'
	packetConnectError = '4'
	packetBinaryEvent  = '5'
	packetBinaryAck    = '6'
)

// maxAttachments bounds what a binary packet may announce.
const maxAttachments = 1 << 10

// errPacket is text that is no Socket.IO packet. Where the official clients find one, they close
// the connection.
var errPacket = errors.New("not a Socket.IO packet")

// packet is a Socket.IO packet taken apart, not decoded: its type, attachment count, namespace,
// acknowledgement id and payload.
type packet struct {
	kind        byte
	attachments int
	namespace   string
	id          []byte // its digits; empty where there is none; aliases the text
	payload     []byte // aliases the text
}

// parsePacket takes a packet's text apart: `2["a"]`, `2/admin,12["a"]`,
// `51-["a",{"_placeholder":true,"num":0}]`.
func parsePacket(text []byte) (packet, error) {
	p := packet{namespace: "/"}
	if len(text) == 0 || text[0] < packetConnect || text[0] > packetBinaryAck {
		return p, errPacket
	}
	p.kind = text[0]
	rest := text[1:]
	if p.kind == packetBinaryEvent || p.kind == packetBinaryAck {
		digits := leadingDigits(rest)
		n, err := strconv.Atoi(string(rest[:digits]))
		if err != nil || n > maxAttachments || digits == len(rest) || rest[digits] != '-' {
			return p, errPacket
		}
		p.attachments, rest = n, rest[digits+1:]
	}
	if len(rest) > 0 && rest[0] == '/' {
		name, after, _ := bytes.Cut(rest, []byte{','})
		p.namespace, rest = string(name), after
	}
	digits := leadingDigits(rest)
	p.id, p.payload = rest[:digits], rest[digits:]
	return p, nil
}

func leadingDigits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// splitEvent splits an event's payload, a JSON array, into the event's name as it is written there
// and the array of the remaining arguments. The arguments keep every byte: the comma before the
// first becomes the opening bracket, in place. An event without arguments has `[]`.
func splitEvent(payload []byte) (name, args []byte, err error) {
	payload = bytes.Trim(payload, jsonSpace)
	start := 1 + leadingSpace(payload, 1)
	if len(payload) < 3 || payload[0] != '[' || payload[len(payload)-1] != ']' || start >= len(payload) {
		return nil, nil, errPacket
	}
	end := start + tokenLen(payload[start:])
	next := end + leadingSpace(payload, end)
	if end == start || next >= len(payload) {
		return nil, nil, errPacket
	}
	name = payload[start:end]
	switch payload[next] {
	case ',':
		args = payload[next:]
		args[0] = '['
		return name, args, nil
	case ']':
		if next == len(payload)-1 {
			return name, []byte("[]"), nil
		}
	}
	return nil, nil, errPacket
}

const jsonSpace = " \t\r\n"

func leadingSpace(b []byte, from int) int {
	n := 0
	for from+n < len(b) && bytes.IndexByte([]byte(jsonSpace), b[from+n]) >= 0 {
		n++
	}
	return n
}

// tokenLen is the length of the JSON string or number that b begins with, 0 where it begins with
// neither.
func tokenLen(b []byte) int {
	if b[0] != '"' {
		n := 0
		for n < len(b) && (b[n] >= '0' && b[n] <= '9' || bytes.IndexByte([]byte("+-.eE"), b[n]) >= 0) {
			n++
		}
		return n
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// splitAck reads an acknowledgement: the id of what it answers, and the array of what was answered,
// every byte of it.
func splitAck(p packet) (id uint64, args []byte, err error) {
	args = bytes.Trim(p.payload, jsonSpace)
	if len(args) < 2 || args[0] != '[' || args[len(args)-1] != ']' {
		return 0, nil, errPacket
	}
	if id, err = strconv.ParseUint(string(p.id), 10, 64); err != nil {
		return 0, nil, errPacket
	}
	return id, args, nil
}

// eventName decodes an event's name: a JSON string, or a number, which stands for itself.
func eventName(token []byte) (string, error) {
	if token[0] == '"' && plain(token) {
		return string(token[1 : len(token)-1]), nil
	}
	if token[0] != '"' {
		var number json.Number
		if json.Unmarshal(token, &number) != nil {
			return "", errPacket
		}
		return string(token), nil
	}
	var name string
	if err := json.Unmarshal(token, &name); err != nil {
		return "", errPacket
	}
	return name, nil
}

// quotes reports whether token is name as a plain JSON string.
func quotes(token []byte, name string) bool {
	return len(token) == len(name)+2 && token[0] == '"' && string(token[1:len(token)-1]) == name && plain(token)
}

// plain reports whether a JSON string means what it says: no escapes, nothing that has to be
// escaped.
func plain(token []byte) bool {
	for _, c := range token {
		if c < ' ' || c == '\\' {
			return false
		}
	}
	return true
}

// consent is what a CONNECT packet says: `{"sid":"…"}`, with a `pid` where the server can recover a
// connection's state.
type consent struct {
	SID string `json:"sid"`
	PID string `json:"pid"`
}

// parseConsent reads the payload of a CONNECT packet. A server of Socket.IO 2 sends none.
func parseConsent(payload []byte) (consent, error) {
	var c consent
	if len(bytes.Trim(payload, jsonSpace)) == 0 {
		return c, ErrSocketIO2
	}
	if json.Unmarshal(payload, &c) != nil {
		return c, errPacket
	}
	if c.SID == "" {
		return c, ErrSocketIO2
	}
	return c, nil
}

// withoutOffset leaves out the offset that a server that recovers states puts behind an event's
// arguments, as its last one: it is the protocol's, and no part of what was said. The official
// clients take any text there for one.
func withoutOffset(args []byte) []byte {
	end := len(bytes.TrimRight(args[:len(args)-1], jsonSpace)) // behind the last argument; args are in brackets
	start := bytes.LastIndexByte(args[:max(0, end-1)], '"')
	if start < 1 || args[end-1] != '"' || bytes.IndexByte(args[start:end], '\\') >= 0 {
		return args
	}
	before := len(bytes.TrimRight(args[:start], jsonSpace)) - 1
	switch args[before] {
	case '[': // it was the only one
		before++
	case ',':
	default:
		return args
	}
	args[before] = ']'
	return args[:before+1]
}

// refusal is what a CONNECT_ERROR says.
type refusal struct {
	message string
	data    []byte // a JSON value that a server may add; nil where it did not
}

func (r *refusal) Error() string { return r.message }

// parseRefusal reads the payload of a CONNECT_ERROR packet: `{"message":"Unauthorized"}` with or
// without `data`, or, in older protocols, the message as a bare string. What it cannot read is the
// message as it is.
func parseRefusal(payload []byte) *refusal {
	var object struct {
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if json.Unmarshal(payload, &object) == nil && (object.Message != "" || object.Data != nil) {
		if object.Message == "" {
			object.Message = noReason
		}
		return &refusal{message: object.Message, data: object.Data}
	}
	var message string
	switch {
	case json.Unmarshal(payload, &message) == nil && message != "":
		return &refusal{message: message}
	case len(payload) == 0 || string(payload) == "{}":
		return &refusal{message: noReason}
	}
	return &refusal{message: string(payload)}
}

const noReason = "the server gave no reason"
