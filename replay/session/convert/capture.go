package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// capture reads raw captures: the Socket.IO packets that a client got, as text, and the answers of
// REST.
type capture struct {
	stream
	follower follower
	wire     wire
	started  time.Time
}

// captureLine is a line of a raw capture.
type captureLine struct {
	at        time.Time
	kind      string
	data      string
	transport string
	reason    string
	message   string
	note      string
	failure   string
	status    int
	took      time.Duration
	body      []byte
}

func openCapture(r io.Reader, o Options) (session.Source, error) {
	lines, err := session.NewLines(r)
	if err != nil {
		return nil, err
	}
	o.Format = Capture
	c := &capture{}
	c.stream = stream{what: "raw capture", lines: lines}
	c.left = tally{}
	c.wire.left = c.left
	c.convert = func(line []byte) error {
		rec, err := parseCaptureLine(line)
		if err != nil {
			return err
		}
		if c.started.IsZero() {
			c.started = rec.at
			c.header = header(o, rec.at, "", line)
		}
		c.record(rec)
		return nil
	}
	c.follower.emit = c.put
	if err := c.first(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *capture) record(l captureLine) {
	t := l.at.Sub(c.started)
	switch l.kind {
	case "frame":
		c.wire.engine = false // a capture's frames are Socket.IO's, even where some still have Engine.IO's type
		m, ok, known := c.wire.either([]byte(l.data))
		m.transport = "websocket"
		switch {
		case ok:
			c.follower.take(&m, t)
		case !known:
			c.left[leftForeign]++
		}
	case "connect":
		if !c.follower.connected { // else the frame before it said so
			c.follower.connect(t, l.transport, "")
		}
	case "disconnect":
		c.follower.disconnect(t, l.reason)
	case "connect_error":
		c.follower.refuse(t, l.message)
	case "plan", "version":
		c.put(session.Record{T: t, Kind: session.Kind(l.kind), Status: l.status, Took: l.took, Body: l.body, Error: l.failure})
	case "mark":
		c.put(session.Record{T: t, Kind: session.KindMark, Text: l.note})
	default:
		c.left[line(l.kind)]++
	}
}

func parseCaptureLine(line []byte) (captureLine, error) {
	l := captureLine{took: session.TookUnknown, transport: "websocket"}
	var wrong error
	err := eachMember(line, func(name string, value jsontext.Value) {
		if err := l.set(name, value); err != nil && wrong == nil {
			wrong = err
		}
	})
	switch {
	case errors.Is(err, errNoObject):
		return l, err
	case err != nil:
		return l, errors.New("broken JSON")
	case wrong != nil:
		return l, wrong
	case l.kind == "":
		return l, errors.New(`"kind" is missing`)
	case l.at.IsZero():
		return l, errors.New(`"at" is missing`)
	}
	return l, nil
}

func (l *captureLine) set(name string, value jsontext.Value) error {
	if value.Kind() == 'n' {
		return nil
	}
	var err error
	switch name {
	case "at":
		l.at, err = time.Parse(time.RFC3339Nano, unquote(value))
	case "status":
		l.status, err = strconv.Atoi(string(value))
	case "took":
		var seconds float64
		seconds, err = strconv.ParseFloat(string(value), 64)
		l.took = time.Duration(seconds * float64(time.Second))
	case "body":
		l.body = bytes.Clone(value)
	default:
		if to := l.text(name); to != nil {
			*to = unquote(value)
		}
	}
	if err != nil {
		return fmt.Errorf("%q is not what a capture has there", name)
	}
	return nil
}

// text is the field of a member that is a string.
func (l *captureLine) text(name string) *string {
	switch name {
	case "kind":
		return &l.kind
	case "data":
		return &l.data
	case "transport":
		return &l.transport
	case "reason":
		return &l.reason
	case "message":
		return &l.message
	case "text":
		return &l.note
	case "error":
		return &l.failure
	}
	return nil
}
