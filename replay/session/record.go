package session

import (
	"time"
)

// Format is the session format number that this package writes, and the highest that it reads.
const Format = 1

// Kind says what a record tells of.
type Kind string

// The kinds of format 1. A record of any other kind is passed on as it is.
const (
	KindConnect      Kind = "connect"
	KindEvent        Kind = "event"
	KindPlan         Kind = "plan"
	KindVersion      Kind = "version"
	KindDisconnect   Kind = "disconnect"
	KindConnectError Kind = "connect_error"
	KindMark         Kind = "mark"
	KindEnd          Kind = "end"
	KindSeal         Kind = "seal"

	KindRequest Kind = "request" // a change that the client itself asked the server for
)

// ReasonRotated is the reason of the end record that closes every part but the last of a rotated
// recording.
const ReasonRotated = "rotated"

// TookUnknown is the Took of an answer whose duration nobody measured: a converted recording has
// such answers.
const TookUnknown time.Duration = -1

// Record is one line of a session after its header. Only the fields that its kind has are
// meaningful.
type Record struct {
	N    int64         // record number, from 1, over all parts of a recording
	T    time.Duration // since Header.Started, on a monotonic clock; microseconds on disk
	Kind Kind

	SID       string // connect
	Transport string // connect: "websocket" or "polling"
	Attempt   int    // connect, connect_error: 1 is the first since the last connection

	Event string // event: its name
	Args  []byte // event: the JSON array of its arguments, as it came over the wire

	Method string // request
	Path   string // request: without what a query says

	Status int           // plan, version, request: the HTTP status; 0 where there was no answer
	Took   time.Duration // plan, version, request: how long the answer took, milliseconds on disk; TookUnknown
	Body   []byte        // plan, version: the answer's body, as it came over the wire; nil where there was none
	Error  string        // plan, version: why there was no answer

	Reason  string // disconnect, end
	Message string // connect_error
	Data    []byte // connect_error: what the server said beside the message, a JSON value; nil where it said nothing
	Text    string // mark

	Records int64 // end: how many records the recording holds, this one included; seal: how many stand before it in the file
	Lost    int64 // end: how many were received and could not be written

	SHA256 string // seal: of all bytes before its line, in hexadecimal
	End    string // seal: of the line of the end record that follows; empty where none does

	// Raw is the whole line as it was read, without its newline; nil for a record made here. It and
	// the other byte slices of a record that was read are valid until the reader's next call.
	Raw []byte
}

// AppendJSON appends the record as one line without its newline. A record that was read is appended
// as it was read.
//
// Args and Body are appended verbatim where a line can hold them. Line breaks between JSON tokens
// become spaces. Bytes that are not JSON are kept as a JSON string under argsText or bodyText, and
// bytes that are not even UTF-8 as base64 under argsBase64 or bodyBase64; a Reader turns each back
// into the bytes that came.
func (r *Record) AppendJSON(dst []byte) []byte {
	if r.Raw != nil {
		return append(dst, r.Raw...)
	}
	dst = append(dst, `{"n":`...)
	dst = appendInt(dst, r.N)
	dst = append(dst, `,"t":`...)
	dst = appendSeconds(dst, r.T, micros)
	dst = append(dst, `,"kind":`...)
	dst = appendString(dst, string(r.Kind))
	dst = r.appendFields(dst)
	return append(dst, '}')
}

func (r *Record) appendFields(dst []byte) []byte {
	switch r.Kind {
	case KindEvent:
		dst = appendMember(dst, "event", r.Event)
		return appendWire(dst, "args", r.Args)
	case KindPlan, KindVersion:
		return r.appendAnswer(dst)
	case KindRequest:
		dst = appendMember(dst, "method", r.Method)
		dst = appendMember(dst, "path", r.Path)
		return r.appendAnswer(dst)
	case KindConnect:
		dst = appendMember(dst, "sid", r.SID)
		dst = appendMember(dst, "transport", r.Transport)
		return appendCount(dst, "attempt", int64(r.Attempt))
	case KindConnectError:
		dst = appendMember(dst, "message", r.Message)
		dst = appendCount(dst, "attempt", int64(r.Attempt))
		if r.Data != nil {
			dst = appendWire(dst, "data", r.Data)
		}
		return dst
	case KindDisconnect:
		return appendMember(dst, "reason", r.Reason)
	case KindMark:
		return appendMember(dst, "text", r.Text)
	case KindSeal:
		dst = appendMember(dst, "sha256", r.SHA256)
		dst = appendCount(dst, "records", r.Records)
		if r.End != "" {
			dst = appendMember(dst, "end", r.End)
		}
	case KindEnd:
		dst = appendMember(dst, "reason", r.Reason)
		dst = appendCount(dst, "records", r.Records)
		return appendCount(dst, "lost", r.Lost)
	}
	return dst
}

func (r *Record) appendAnswer(dst []byte) []byte {
	dst = appendCount(dst, "status", int64(r.Status))
	if r.Took >= 0 {
		dst = append(dst, `,"took":`...)
		dst = appendSeconds(dst, r.Took, millis)
	}
	if r.Error != "" {
		dst = appendMember(dst, "error", r.Error)
	}
	if r.Body != nil {
		dst = appendWire(dst, "body", r.Body)
	}
	return dst
}
