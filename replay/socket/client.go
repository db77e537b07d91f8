// Package socket holds one supervised Socket.IO connection: it connects, connects again when the
// connection is lost, hands over what comes in, in order and as the very bytes that came over the
// wire, and emits, the same way.
//
// It is the only package that knows the Socket.IO client library, and designs around what was found
// in it. It must not know what the events mean, where they go, or how the program ends.
package socket

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/carebase/deltatap/replay/endpoint"
)

// Defaults of Config.
const (
	// DefaultQueueBytes bounds what waits for the handler.
	DefaultQueueBytes = 8 << 20
	// DefaultMessageBytes is how long a message may be, so that a server cannot fill the memory.
	DefaultMessageBytes = 128 << 20
	// DefaultTimeout bounds an attempt to connect where the endpoint names no timeout.
	DefaultTimeout = 10 * time.Second
	// DefaultStable is how long a connection must have held before waiting starts small again.
	DefaultStable = 10 * time.Second
)

// Config says what to connect to, and how patiently.
type Config struct {
	// Endpoint is the server. Its token is resolved anew at each attempt; its Timeout bounds each
	// attempt, from the dial to the server's consent.
	Endpoint *endpoint.Endpoint
	// Now stamps signals; time.Now where nil.
	Now func() time.Time
	// QueueBytes bounds the memory of signals that wait for the handler; when they fill it, reading
	// stops, and the network slows the server. DefaultQueueBytes where 0.
	QueueBytes int
	// MessageBytes bounds one message: one that is longer is read past, told (Unread) and counted.
	// DefaultMessageBytes where 0.
	MessageBytes int
	// Backoff makes the waiting times between attempts; exponential with jitter, from half a second
	// to half a minute, where nil. A backoff.Stop ends Run.
	Backoff func() backoff.BackOff
	// Stable is how long a connection must have held for the waiting times to start anew.
	// DefaultStable where 0.
	Stable time.Duration
}

// Client is one supervised connection.
type Client struct {
	cfg    Config
	queue  *queue
	outbox outbox
}

// New makes a client that has not connected yet.
func New(cfg Config) *Client {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.QueueBytes <= 0 {
		cfg.QueueBytes = DefaultQueueBytes
	}
	if cfg.MessageBytes <= 0 {
		cfg.MessageBytes = DefaultMessageBytes
	}
	if cfg.Backoff == nil {
		cfg.Backoff = defaultBackoff
	}
	if cfg.Stable <= 0 {
		cfg.Stable = DefaultStable
	}
	return &Client{cfg: cfg, queue: newQueue(cfg.QueueBytes)}
}

// Run connects and calls handle for each signal, in order, on the calling goroutine, until the
// context ends, handle errs, or it gives up. A slow handle slows reading; nothing is dropped while
// the connection lives. It may be called once.
//
// At first contact a server that refuses ends it with *RefusedError, one that cannot be reached
// with *UnreachableError, and a token that cannot be had with the token's own error; a Refused
// signal comes before each. Once it has been connected, it tries again for ever, with a fresh token
// each time, and only three refusals by the server in a row end it, with *RefusedError.
//
// When the context ends, the connection is closed, what had arrived by then is still handed over,
// the end of the connection period last, and Run returns the context's cause. When handle errs,
// what is still queued is counted (Lost) and not handed over, and Run returns handle's error. When
// Run returns, its connection is closed and its goroutines have ended.
func (c *Client) Run(ctx context.Context, handle func(Signal) error) error {
	connector := &connector{endpoint: c.cfg.Endpoint, most: c.cfg.MessageBytes, queue: c.queue, outbox: &c.outbox, now: c.cfg.Now}
	return c.run(ctx, connector.attempt, handle)
}

// run supervises attempts on a goroutine of its own, and hands over on the caller's.
func (c *Client) run(ctx context.Context, attempt func(context.Context, int) outcome, handle func(Signal) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &supervisor{
		attempt: attempt,
		report:  c.queue.post,
		now:     c.cfg.Now,
		backoff: c.cfg.Backoff(),
		stable:  c.cfg.Stable,
	}
	var verdict error
	done := make(chan struct{})
	go func() {
		defer close(done)
		verdict = s.run(ctx)
		c.queue.close()
	}()
	err := c.deliver(handle)
	cancel()
	<-done
	if err != nil {
		return err
	}
	return verdict
}

// deliver hands signals over until there are no more, or handle errs.
func (c *Client) deliver(handle func(Signal) error) error {
	var batch []Signal
	for {
		if batch = c.queue.take(batch); len(batch) == 0 {
			return nil
		}
		for i := range batch {
			c.queue.pending.Add(-1)
			if err := handle(batch[i]); err != nil {
				c.queue.abandon()
				c.queue.discard(batch[i+1:])
				return err
			}
		}
	}
}

// Inject queues a note behind everything that has arrived so far: it reaches handle as a Noted
// signal, in its place in the order of arrival. It never waits, and is safe everywhere.
func (c *Client) Inject(note any) {
	c.queue.post(Signal{At: c.cfg.Now(), Kind: Noted, Note: note})
}

// Pending counts the signals that wait for handle. Within handle, 0 is a good moment to flush. Safe
// everywhere.
func (c *Client) Pending() int { return int(c.queue.pending.Load()) }

// Lost counts the events that were received and never handed over, because handle had erred. It is
// final once Run has returned.
func (c *Client) Lost() int64 { return c.queue.dropped() }

// Unread counts the packets that were too long to be read. Safe everywhere.
func (c *Client) Unread() int64 { return c.queue.unread.Load() }
