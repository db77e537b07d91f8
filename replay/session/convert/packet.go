package convert

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// The types of a Socket.IO packet, its first byte.
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetConnectError = '4'
	packetHighest      = '6'
)

// packet is a Socket.IO packet of the default namespace.
type packet struct {
	kind byte
	data []byte // what follows the type, and an acknowledgement's number
}

// parsePacket takes a Socket.IO packet apart. False is said of other texts, and of other namespaces.
func parsePacket(text []byte) (packet, bool) {
	if len(text) == 0 || text[0] < packetConnect || text[0] > packetHighest {
		return packet{}, false
	}
	p := packet{kind: text[0], data: text[1:]}
	if bytes.HasPrefix(p.data, []byte("/")) {
		namespace, rest, _ := bytes.Cut(p.data, []byte(","))
		if name, _, _ := bytes.Cut(namespace, []byte("?")); string(name) != "/" {
			return packet{}, false
		}
		p.data = rest
	}
	p.data = bytes.TrimLeft(p.data, "0123456789")
	return p, true
}

// event splits an event's data, `["name",…]`, into the name and the array of the other elements, with every byte of them.
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

// member returns a string member of the packet's data, which is an object; empty where there is none.
func (p packet) member(name string) string {
	var found string
	_ = eachMember(p.data, func(key string, value jsontext.Value) {
		if key == name && value.Kind() == '"' {
			found = unquote(value)
		}
	})
	return found
}

// eachMember calls f with each member of an object, which must be valid JSON as far as f is to see it.
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
