package socket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotConnected is why an event was not emitted: there is no connection, or none any more.
var ErrNotConnected = errors.New("not connected")

// NotEventError is an event that a Socket.IO server would not take for one: it would close the
// connection.
type NotEventError struct{ Reason string }

func (e *NotEventError) Error() string { return e.Reason }

// TooLargeError is an event that is larger than the server's limit: the server would close the
// connection.
type TooLargeError struct{ Size, Limit int } // bytes of the packet

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("its packet has %d bytes, and the server takes %d", e.Size, e.Limit)
}

// reserved are the names that Socket.IO keeps for itself.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// Emit sends one event, and asks for its acknowledgement, which reaches the handler of Run as an
// Acked signal of this id, if it comes: ids are the caller's, and should differ. args is the JSON
// array of the event's arguments, whose bytes are kept; only its brackets are looked at, and what
// stands between them must be JSON.
//
// Events leave in the order of the calls. Emit waits while too many are on their way out, and
// returns the cause of ctx when that ends first. nil says that the event will be written to the
// connection that there is now, unless that ends: the handler then sees Disconnected, and nothing
// is sent again over another. An error says that nothing of it leaves: ErrNotConnected,
// *NotEventError or *TooLargeError. Safe everywhere but in the handler, which it may wait for.
func (c *Client) Emit(ctx context.Context, id uint64, event string, args []byte) error {
	text, err := eventPacket(id, event, args)
	if err != nil {
		return err
	}
	c.outbox.asked.Store(true)
	w := c.outbox.way()
	if w == nil || w.ended() {
		return ErrNotConnected
	}
	if w.most > 0 && len(text) > w.most {
		return &TooLargeError{Size: len(text), Limit: w.most}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case w.packets <- text:
		return nil
	case <-w.over:
		return ErrNotConnected
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// OneLine makes a text of the server's fit for one line: no control characters, cut short, without
// the token and the headers that the latest connection was made with.
func (c *Client) OneLine(text string) string {
	c.outbox.mu.Lock()
	defer c.outbox.mu.Unlock()
	return oneLine(text, c.outbox.secrets...)
}

// eventPacket writes an event as Engine.IO sends it: `427["name",args…]`.
func eventPacket(id uint64, event string, args []byte) ([]byte, error) {
	if slices.Contains(reserved, event) {
		return nil, &NotEventError{"Socket.IO keeps that name for itself"}
	}
	args = bytes.Trim(args, jsonSpace)
	if len(args) < 2 || args[0] != '[' || args[len(args)-1] != ']' {
		return nil, &NotEventError{"its arguments are no JSON array"}
	}
	text := make([]byte, 0, len(args)+len(event)+32)
	text = append(text, engineMessage, packetEvent)
	text = append(strconv.AppendUint(text, id, 10), '[')
	text, err := jsontext.AppendQuote(text, event)
	if err != nil {
		return nil, &NotEventError{"its name is no UTF-8"}
	}
	if inner := args[1 : len(args)-1]; len(bytes.Trim(inner, jsonSpace)) > 0 {
		text = append(append(text, ','), inner...)
	}
	return append(text, ']'), nil
}

// outbox leads to the connection that there is, for who emits. The zero value has none.
type outbox struct {
	asked atomic.Bool // something was emitted

	mu      sync.Mutex
	current *way
	secrets []string // of the latest connection
}

// maxUnwritten bounds the events that wait to be written.
const maxUnwritten = 256

// way is the way out of one connection.
type way struct {
	packets chan []byte
	over    <-chan struct{} // closed when the connection is over
	most    int             // bytes of a packet that the server takes; 0: it does not say
}

func newWay(hello greeting, over <-chan struct{}) *way {
	return &way{
		packets: make(chan []byte, maxUnwritten),
		over:    over,
		most:    int(max(0, min(hello.MaxPayload, DefaultMessageBytes))),
	}
}

func (w *way) ended() bool {
	select {
	case <-w.over:
		return true
	default:
		return false
	}
}

// open is called when the server has accepted the connection.
func (o *outbox) open(w *way, secrets []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.current, o.secrets = w, secrets
}

func (o *outbox) shut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.current = nil
}

func (o *outbox) way() *way {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.current
}

// emit writes one event and those that wait behind it, as many as the server takes in one message.
// A link that cannot be written to is ended: what follows must not arrive without what went before.
func (t *transport) emit(text []byte) {
	limit := int(t.link.greeting().MaxPayload)
	message, size := []outgoing{{data: text}}, len(text)
	for range len(t.emits) {
		text = <-t.emits
		if size += 1 + len(text); limit > 0 && size > limit {
			t.deliver(message)
			message, size = nil, len(text)
		}
		message = append(message, outgoing{data: text})
	}
	t.deliver(message)
}

func (t *transport) deliver(message []outgoing) {
	if t.link.write(message) != nil {
		t.link.abort()
	}
}
