package convert

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// The types of a Socket.IO packet, its first byte.
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetAck          = '3'
	packetConnectError = '4'
	packetBinaryEvent  = '5'
	packetBinaryAck    = '6'
)

// packet is a Socket.IO packet.
type packet struct {
	kind        byte
	namespace   string
	attachments int
	data        []byte // what follows the type, the namespace, and an acknowledgement's number
}

// defaultNamespace is that of the plan's events.
const defaultNamespace = "/"

// parsePacket takes a Socket.IO packet apart. It is not ok where the text is none.
func parsePacket(text []byte) (p packet, ok bool) {
	p = packet{namespace: defaultNamespace}
	if len(text) == 0 || text[0] < packetConnect || text[0] > packetBinaryAck {
		return p, false
	}
	p.kind, p.data = text[0], text[1:]
	if p.kind == packetBinaryEvent || p.kind == packetBinaryAck {
		count, rest, found := bytes.Cut(p.data, []byte("-"))
		n, err := strconv.Atoi(string(count))
		if !found || err != nil {
			return p, false
		}
		p.attachments, p.data = n, rest
	}
	if bytes.HasPrefix(p.data, []byte("/")) {
		namespace, rest, _ := bytes.Cut(p.data, []byte(","))
		name, _, _ := bytes.Cut(namespace, []byte("?"))
		p.namespace, p.data = string(name), rest
	}
	if p.kind != packetConnectError {
		p.data = bytes.TrimLeft(p.data, digits)
	}
	if len(p.data) > 0 && p.data[0] != '[' && p.data[0] != '{' && p.data[0] != '"' {
		return p, false
	}
	return p, true
}

const digits = "0123456789"

// event splits an event's data, `["name",…]`, into the name and the array of the other elements,
// with every byte of them.
func (p packet) event() (name string, args []byte, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(p.data), lenient...)
	if dec.PeekKind() != '[' {
		return "", nil, false
	}
	if _, err := dec.ReadToken(); err != nil || dec.PeekKind() != '"' {
		return "", nil, false
	}
	first, err := dec.ReadToken()
	if err != nil {
		return "", nil, false
	}
	name = first.String()
	rest := bytes.TrimLeft(p.data[dec.InputOffset():], " \t\r\n")
	switch {
	case bytes.HasPrefix(rest, []byte(",")):
		return name, append([]byte("["), rest[1:]...), true
	case bytes.HasPrefix(rest, []byte("]")):
		return name, append([]byte("["), rest...), true
	}
	return "", nil, false
}

// withoutOffset takes off the offset that connection state recovery puts behind an event's
// arguments, as its last one: it is the protocol's, and no argument. The official clients take any
// text there for one.
func withoutOffset(args []byte) []byte {
	dec := jsontext.NewDecoder(bytes.NewReader(args), lenient...)
	if _, err := dec.ReadToken(); err != nil {
		return args
	}
	before, last := dec.InputOffset(), jsontext.Kind(0)
	for dec.PeekKind() != ']' {
		before, last = dec.InputOffset(), dec.PeekKind()
		if dec.SkipValue() != nil {
			return args
		}
	}
	if last != '"' {
		return args
	}
	return append(bytes.Clone(args[:before]), ']')
}

// member returns a string member of the packet's data, which is an object; empty where there is
// none.
func (p packet) member(name string) string {
	var found string
	_ = eachMember(p.data, func(key string, value jsontext.Value) {
		if key == name && value.Kind() == '"' {
			found = unquote(value)
		}
	})
	return found
}

// names tells whether the packet's data is an object with that member.
func (p packet) names(name string) bool {
	found := false
	_ = eachMember(p.data, func(key string, _ jsontext.Value) { found = found || key == name })
	return found
}

// eachMember calls f with each member of an object, which must be valid JSON as far as f is to see
// it.
func eachMember(object []byte, f func(name string, value jsontext.Value)) error {
	dec := jsontext.NewDecoder(bytes.NewReader(object), lenient...)
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		return errNoObject
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		f(key, value)
	}
	_, err := dec.ReadToken()
	return err
}

func unquote(value jsontext.Value) string {
	s, _ := jsontext.AppendUnquote(nil, value) // an error means that broken UTF-8 was replaced
	return string(s)
}
