package cluster

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/sink"
)

const (
	// Emitter is who the official emitters say they are; nodes do not take them for a node.
	Emitter = "emitter"
	// Namespace is the one that Carebase's clients connect to.
	Namespace = "/"
	// DefaultPrefix begins the names of the channels, unless the cluster was told another.
	DefaultPrefix = "socket.io"
)

// EventPacket is the type of a Socket.IO packet that holds an event (Socket.IO protocol 5).
const EventPacket = 2

// ConfigError is a target that cannot be meant: the URL is none, or a name cannot be one. It quotes
// no URL.
type ConfigError struct{ Text string }

func (e *ConfigError) Error() string { return e.Text }

// reserved are the names of events that the official emitters refuse to emit, and that official
// clients take for an error in the protocol (socket.io-parser: RESERVED_EVENTS).
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

const reasonReserved = "the name is reserved in Socket.IO"

// ErrArguments says that an event's arguments are none.
var ErrArguments = errors.New("its arguments are not a JSON array in UTF-8")

// unfit is an event that no cluster can be told, and why.
func unfit(name, reason string) []sink.Unfit {
	return []sink.Unfit{{Delta: -1, What: "event " + name, Reason: reason}}
}

// lenient takes what JSON.parse takes: names that occur twice, halves of surrogate pairs.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// AppendJSON appends a packet to the members of a room, and whom it is for, as two members:
// {"packet":…,"opts":…}. The bytes of args are kept. The error is ErrArguments.
func AppendJSON(dst []byte, room, name string, args []byte) ([]byte, error) {
	v := jsontext.Value(args)
	if v.Kind() != '[' || !utf8.Valid(args) || !v.IsValid(lenient...) {
		return dst, ErrArguments
	}
	dst = append(dst, `{"packet":{"type":2,"data":[`...)
	dst = appendQuoted(dst, name)
	if inner := elements(args); len(inner) > 0 {
		dst = append(append(dst, ','), inner...)
	}
	dst = append(dst, `],"nsp":"`+Namespace+`"},"opts":{"rooms":[`...)
	dst = appendQuoted(dst, room)
	return append(dst, `],"flags":{},"except":[]}}`...), nil
}

func appendQuoted(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // what is not UTF-8 is U+FFFD, as everywhere in JavaScript
	return dst
}

// elements is what is between the brackets of an array; nil where there is nothing but space.
func elements(array []byte) []byte {
	const space = " \t\r\n"
	array = bytes.Trim(array, space)
	return bytes.Trim(array[1:len(array)-1], space)
}
