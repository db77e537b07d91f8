// Package cluster joins stand-in servers, and official Socket.IO servers, into one cluster through
// Redis: what is emitted to a room at one reaches the clients of that room at all. It speaks the
// protocol of @socket.io/redis-adapter 8 (the one that is not sharded) and hears
// @socket.io/redis-emitter 5. It must not know plans, users or sockets.
//
// The adapter of the library's family (adapters/redis/v3 v3.0.2) is not used: it reads events into
// map[string]any, which loses the order of members ({"z":…,"a":…} arrives as {"a":…,"z":…}), packs
// what is JSON already as binary data, and asks a lost Redis without a pause (6,900 times a second
// here).
//
// # Order
//
// Redis gives every subscriber the messages of all publishers in one order. A server hands on what
// it emitted itself when it comes back from there, so that this one order is that of the clients of
// every server. Where it does not come back, because Redis is lost, it is handed on at once, to the
// clients of this server alone, and Publish says so.
//
// # What is not joined
//
// Only broadcasts are carried. Requests between servers (fetchSockets, socketsJoin,
// disconnectSockets, serverSideEmit, broadcasts with acknowledgement) are neither asked nor
// answered, and an official server does not wait for the answer: it counts the subscribers of the
// channel of requests. Redis keeps nothing: what is emitted while a server is not subscribed is not
// made up for.
package cluster

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/replay/redisclient"
)

// DefaultPrefix begins the names of the channels, unless the cluster was told another ("key" to the
// official adapter).
const DefaultPrefix = "socket.io"

const (
	// timeout bounds connecting, publishing, and waiting for what was published to come back.
	timeout = 2 * time.Second
	// idle is how long a subscription may be silent before it is asked whether it is alive, and again
	// before it is taken for lost.
	idle = 5 * time.Second
	// retryEvery is the pause between two attempts to subscribe to a Redis that was lost.
	retryEvery = 250 * time.Millisecond
)

// Options say how a server takes part in its cluster.
type Options struct {
	Prefix string // "": DefaultPrefix
	// TLS says which certificates a server of rediss:// is trusted for; nil: those of the system.
	TLS *tls.Config
	// Notify is told, in a line without a password, when Redis is lost, when it is back, and what
	// could not be read; nil discards.
	Notify func(line string)
}

// Counts are what a server's part in its cluster comes to.
type Counts struct {
	Published   uint64 // events that Redis took
	Unpublished uint64 // events that it did not take, or not for sure: other servers' clients may miss them
	Received    uint64 // events of other servers
	PassedOver  uint64 // messages that could not be read
	Losses      uint64 // times that Redis was lost
}

// Deliver hands an event to the clients in any of some rooms (none: to all clients) and in none of
// others. args are its arguments, as JSON with commas between.
type Deliver func(rooms, except []string, event string, args []byte)

// Cluster is a server's part in its cluster. Its methods may be called from several goroutines.
type Cluster struct {
	client  *redis.Client
	prefix  string // of the channels of broadcasts
	uid     string
	notify  func(line string)
	deliver Deliver
	ctx     context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu      sync.Mutex
	up      bool // subscribed
	lost    bool // it is said that Redis is lost
	serial  uint64
	waiting map[uint64]*emission // published here, and not back yet
	counts  Counts
	missed  uint64 // Unpublished when Redis was lost
}

// emission is one event on its way to Redis and back.
type emission struct {
	serial uint64
	room   string
	event  string
	args   []byte
	done   chan struct{} // closed once it is delivered here
}

// Open connects to Redis. The URL is redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], the same with rediss:// for TLS, or
// unix://[[USER]:PASSWORD@]PATH. Errors are *RefusedError, *UnreachableError, *UnusableError or the context's.
func Open(ctx context.Context, url string, o Options) (*Cluster, error) {
	options, err := redisclient.Options(url, timeout)
	if err != nil {
		return nil, &UnusableError{err.Error()}
	}
	redisclient.Trust(options, o.TLS)
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	c := &Cluster{
		client: redis.NewClient(options), prefix: o.Prefix + "#/#", uid: rand.Text()[:6], notify: o.Notify,
		waiting: map[uint64]*emission{},
	}
	if err := c.client.Ping(ctx).Err(); err != nil {
		_ = c.client.Close() // nothing was written
		return nil, told(ctx, err)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Start subscribes, and hands on what is emitted in the cluster until Close. It is called once,
// before Publish.
func (c *Cluster) Start(deliver func(rooms, except []string, event string, args []byte)) error {
	c.deliver = deliver
	subscribed := make(chan error, 1)
	c.work.Go(func() { c.follow(subscribed) })
	return <-subscribed
}

// follow keeps a subscription. The first time it tells how that went.
func (c *Cluster) follow(first chan<- error) {
	tell := func(err error) {
		select {
		case first <- err:
		default: // it has been told
		}
	}
	for c.ctx.Err() == nil {
		err := c.subscribe(func() { tell(nil) })
		tell(told(c.ctx, err))
		if c.ctx.Err() == nil {
			c.lose(err)
		}
		select {
		case <-time.After(retryEvery):
		case <-c.ctx.Done():
		}
	}
}

// subscribe hands on what comes in, until the subscription ends.
func (c *Cluster) subscribe(ready func()) error {
	sub := c.client.PSubscribe(c.ctx, glob(c.prefix)+"*")
	defer sub.Close()
	defer context.AfterFunc(c.ctx, func() { _ = sub.Close() })() // nothing else ends a read
	for asked := false; ; {
		received, err := sub.ReceiveTimeout(c.ctx, idle)
		if isTimeout(err) && !asked {
			asked, err = true, sub.Ping(c.ctx)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		asked = false
		switch received := received.(type) {
		case *redis.Subscription:
			c.find()
			ready()
		case *redis.Message:
			c.receive(received.Channel, []byte(received.Payload))
		}
	}
}

// glob is a pattern that matches a text.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}

func (c *Cluster) find() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up = true
	if c.lost {
		c.lost = false
		c.notify(fmt.Sprintf("redis is back; events not published while it was lost: %d", c.counts.Unpublished-c.missed))
	}
}

// lose says that Redis is lost, and hands on what does not come back from there any more.
func (c *Cluster) lose(err error) {
	c.mu.Lock()
	if !c.lost {
		c.lost, c.missed = true, c.counts.Unpublished
		c.counts.Losses++
		c.notify("redis is lost: " + reason(err) + "; until it is back, clients get what is emitted here, and not what other servers emit")
	}
	c.up = false
	stranded := inOrder(c.waiting)
	c.mu.Unlock()
	for _, e := range stranded {
		c.arrive(e.serial)
	}
}

// receive hands on one message.
func (c *Cluster) receive(channel string, text []byte) {
	m, err := unpack(text)
	if err != nil {
		c.passOver(channel, err)
		return
	}
	if m.uid == c.uid {
		c.arrive(m.serial)
		return
	}
	c.mu.Lock()
	c.counts.Received++
	c.mu.Unlock()
	c.deliver(m.rooms, m.except, m.event, m.args)
}

// passOver says what could not be read, ever more seldom.
func (c *Cluster) passOver(channel string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.PassedOver++
	if n := c.counts.PassedOver; n&(n-1) == 0 {
		c.notify(fmt.Sprintf("redis: message number %d that no client gets, at %s: %v", n, channel, err))
	}
}

// arrive delivers an event of this server's, once.
func (c *Cluster) arrive(serial uint64) {
	c.mu.Lock()
	e, ok := c.waiting[serial]
	delete(c.waiting, serial)
	c.mu.Unlock()
	if ok {
		c.deliver([]string{e.room}, nil, e.event, e.args)
		close(e.done)
	}
}

// Publish emits an event to a room of the whole cluster, and returns when it is delivered here.
// args are its arguments, as JSON with commas between. Events that are published one after the
// other are delivered in that order at every server. An error says that other servers may not have
// got it.
func (c *Cluster) Publish(room, event string, args []byte) error {
	e := c.begin(room, event, args)
	err := c.send(e)
	c.mu.Lock()
	if err == nil {
		c.counts.Published++
	} else {
		c.counts.Unpublished++
	}
	returns := err == nil && c.up
	c.mu.Unlock()
	if returns {
		select {
		case <-e.done:
			return nil
		case <-time.After(timeout):
		}
	}
	c.arrive(e.serial)
	<-e.done // where it came back in this moment
	return err
}

func (c *Cluster) begin(room, event string, args []byte) *emission {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	e := &emission{serial: c.serial, room: room, event: event, args: args, done: make(chan struct{})}
	c.waiting[e.serial] = e
	return e
}

func (c *Cluster) send(e *emission) error {
	text, err := pack(c.uid, e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	return told(ctx, c.client.Publish(ctx, c.prefix+e.room+"#", text).Err())
}

// Counts are the counts so far.
func (c *Cluster) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

// Close leaves the cluster. What is published meanwhile is delivered here.
func (c *Cluster) Close() error {
	c.cancel()
	c.work.Wait()
	c.mu.Lock()
	c.up = false
	c.mu.Unlock()
	if err := c.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return err
	}
	return nil
}
