package socket

import (
	"strconv"
	"time"
)

// Kind says what a Signal tells.
type Kind uint8

// The kinds of signals.
const (
	// Connected opens a connection period: the server has accepted the namespace.
	Connected Kind = iota + 1
	// Event is one event of the server.
	Event
	// Disconnected closes a connection period.
	Disconnected
	// Refused is an attempt to connect that led to no connection.
	Refused
	// Noted is a note of Client.Inject.
	Noted
	// Acked is the server's answer to an event of Client.Emit.
	Acked
	// Unread is a message that was too long to be read. It is lost; the connection goes on.
	Unread
)

// String names the kind as session records do: "connect", "event", "disconnect", "connect_error".
func (k Kind) String() string {
	switch k {
	case Connected:
		return "connect"
	case Event:
		return "event"
	case Disconnected:
		return "disconnect"
	case Refused:
		return "connect_error"
	case Noted:
		return "note"
	case Acked:
		return "ack"
	case Unread:
		return "unread"
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// Why a connection period ended, in the words of the official clients.
const (
	// ReasonTransportClose is a connection that the other side, or something in between, closed.
	ReasonTransportClose = "transport close"
	// ReasonTransportError is a connection that broke.
	ReasonTransportError = "transport error"
	// ReasonPingTimeout is a connection over which the server's pings stopped coming.
	ReasonPingTimeout = "ping timeout"
	// ReasonServerDisconnect is a server that sent this client away. The client connects again all
	// the same.
	ReasonServerDisconnect = "io server disconnect"
	// ReasonClientDisconnect is the end of Run's context, or of its handler.
	ReasonClientDisconnect = "io client disconnect"
	// ReasonParseError is a packet that is none.
	ReasonParseError = "parse error"
)

// Signal is something that happened to the connection, or came over it.
type Signal struct {
	// At is when it happened, its monotonic reading kept. Events that arrived in one read of the
	// network share it.
	At   time.Time
	Kind Kind

	// SID is the server's name for the connection. Connected.
	SID string
	// Transport is "websocket" or "polling": what the connection runs over, or the last that was
	// tried. Connected and Refused.
	Transport string
	// Attempt counts the attempts since the last connection, or since the start, from 1. Connected
	// and Refused.
	Attempt int

	// Event is the event's name, decoded. Event.
	Event string
	// Args is the JSON array of the event's remaining arguments, as they came over the wire
	// (`[{"deltas":[…]}]`, `[]`). Only its brackets have been looked at: whether it is JSON is for
	// the receiver to find out. It is the receiver's own, yet neighbours share one block of memory:
	// a receiver that keeps few of many should copy them. A binary event keeps its placeholders,
	// and its attachments are left out. Event; and Acked, what the server answered.
	Args []byte

	// ID is which event of Client.Emit was answered. Acked.
	ID uint64

	// Reason is one of the Reason constants. Disconnected.
	Reason string

	// Message is the server's own words, or why there was no connection: one line, no token in it.
	// Refused.
	Message string
	// Data is what the server said beside the message, a JSON value as it came, without the token;
	// nil where it said nothing. Refused.
	Data []byte
	// Auth is true where a server said no, by a CONNECT_ERROR or by HTTP status 401 or 403, as
	// against one that could not be reached. Refused.
	Auth bool

	// Packets and Bytes are how many packets were too long together, and how long. Unread.
	Packets int
	Bytes   int64

	// Note is what Client.Inject was given. Noted.
	Note any
}

// RefusedError says that the server does not want this client: at first contact, or three times in
// a row later.
type RefusedError struct {
	// Message is the server's: "Unauthorized".
	Message string
	// Data is what it said beside that, a JSON value without the token; nil where it said nothing.
	Data []byte
	// Anonymous tells that neither a token nor a cookie was sent.
	Anonymous bool
	// Status is that of an HTTP answer in place of a connection; 0 where the server refused over
	// one.
	Status int
}

func (e *RefusedError) Error() string {
	text := "refused by the server: " + e.Message
	if data := string(e.Data); data != "" && data != "null" && data != "{}" {
		text += ", " + oneLine(data)
	}
	return text
}

// UnreachableError says that no connection came about: refused dial, unknown host, bad certificate,
// no answer in time.
type UnreachableError struct {
	// Err says why in one line, without a token; errors.As finds the network's own error in it.
	Err error
}

func (e *UnreachableError) Error() string { return "cannot connect: " + e.Err.Error() }

func (e *UnreachableError) Unwrap() error { return e.Err }
