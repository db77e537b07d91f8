// Package redis is the sink into a running Socket.IO cluster through Redis: it publishes what
// @socket.io/redis-emitter 5 does, and every server with @socket.io/redis-adapter sends it to the
// clients of the room. The bytes are the official emitter's, with one exception: an integer beyond
// 2^64 is a double here, and something else there.
//
// It must not know when records are due. Redis keeps nothing: what nobody is subscribed to is gone,
// and the Reach of each record says how many servers were (Redis counts subscribers; a cluster's
// servers are among them, one each).
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/redisclient"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
)

// Config says where events go.
type Config struct {
	// URL is redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], the same with rediss:// for TLS, or
	// unix://[[USER]:PASSWORD@]PATH[?db=DATABASE].
	URL    string
	Users  sink.Users
	Prefix string // of the channels, "key" to the adapter; "" for "socket.io"
	Tell   sink.Tell
	// Timeout bounds connecting, and the wait for the answers to what was sent together; 0 for 10
	// seconds.
	Timeout time.Duration
	// TLS says which certificates a server of rediss:// is trusted for; nil: those of the system.
	TLS *tls.Config
}

// defaultTimeout bounds what nobody has set a bound for.
const defaultTimeout = 10 * time.Second

// Sink publishes events over one connection, so that they keep their order. A connection that
// breaks is not made again: what was under way would be sent twice, or not at all.
type Sink struct{ *cluster.Sink }

// CheckURL says whether Dial could make sense of a URL; its error is a *cluster.ConfigError.
func CheckURL(url string) error {
	_, err := options(url, defaultTimeout)
	return err
}

func options(url string, timeout time.Duration) (*redis.Options, error) {
	o, err := redisclient.Options(url, timeout)
	if err != nil {
		return nil, &cluster.ConfigError{Text: err.Error()}
	}
	return o, nil
}

// Dial connects to Redis. The error is a *cluster.ConfigError, a *sink.LostError, a *sink.RefusedError or the context's cause.
func Dial(ctx context.Context, cfg Config) (*Sink, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = cluster.DefaultPrefix
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	options, err := options(cfg.URL, cfg.Timeout)
	if err != nil {
		return nil, err
	}
	keepOne(options)
	redisclient.Trust(options, cfg.TLS)
	p := &publisher{
		client: redis.NewClient(options),
		target: target(options),
		prefix: cfg.Prefix + "#" + cluster.Namespace + "#",
	}
	p.conn = p.client.Conn()
	if err := p.greet(ctx); err != nil {
		_ = p.Close()
		return nil, err
	}
	return &Sink{cluster.New(p, cfg.Users, cfg.Tell, p.write)}, nil
}

// keepOne leaves the client one connection, which is used as it is or not at all.
func keepOne(o *redis.Options) {
	o.PoolSize = 10 // one is used; where there is no more than one, a pool goes on dialing after a failure
	o.MinIdleConns, o.ConnMaxIdleTime, o.ConnMaxLifetime = 0, -1, -1
}

// target is a server's address.
func target(o *redis.Options) string {
	scheme := "redis"
	switch {
	case o.Network == "unix":
		return "unix://" + o.Addr
	case o.TLSConfig != nil:
		scheme = "rediss"
	}
	if o.DB > 0 {
		return fmt.Sprintf("%s://%s/%d", scheme, o.Addr, o.DB)
	}
	return scheme + "://" + o.Addr
}

// publisher publishes messages, and takes Redis's answers.
type publisher struct {
	client  *redis.Client
	conn    *redis.Conn
	target  string
	prefix  string // of the channels
	encoder cluster.Encoder
}

// greet sees whether the server lets this in.
func (p *publisher) greet(ctx context.Context) error {
	err := p.conn.Ping(ctx).Err()
	switch {
	case err == nil, redis.HasErrorPrefix(err, "NOPERM"): // who may publish need not be allowed to ping
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	if answer, ok := errors.AsType[redis.Error](err); ok {
		return &sink.RefusedError{Target: p.target, Err: answer}
	}
	return p.lost(err)
}

// lost says that there is no connection any more. The client's errors hold addresses, and no
// passwords.
func (p *publisher) lost(err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		err = failed.Err // the address is in the target
	}
	return &sink.LostError{Target: p.target, Err: cluster.Explained(err)}
}

// write appends a message: [who, packet, options].
func (p *publisher) write(dst []byte, m *cluster.Message, room, event string, args []byte) ([]byte, error) {
	out := msgpack.AppendString(msgpack.AppendArray(dst, 3), cluster.Emitter)
	out, err := p.encoder.AppendPacket(out, event, args)
	if err != nil {
		return dst, err
	}
	m.Unfit = p.encoder.Lost()
	return cluster.AppendOptions(out, room), nil
}

// Publish sends a batch in one piece, and reads an answer for each.
func (p *publisher) Publish(batch []cluster.Message, answer func(int, error)) error {
	ctx := context.Background() // the answers have a deadline of their own
	pipe := p.conn.Pipeline()
	commands := make([]*redis.IntCmd, len(batch))
	for i := range batch {
		commands[i] = pipe.Publish(ctx, p.prefix+sink.Room(batch[i].User)+"#", batch[i].Body)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for _, c := range commands {
		reach, err := c.Result()
		if refusal, ok := errors.AsType[redis.Error](err); ok {
			answer(0, refusal)
		} else if err != nil {
			return p.lost(err)
		} else {
			answer(int(reach), nil)
		}
	}
	return nil
}

// Close closes the connection, whoever waits for it.
func (p *publisher) Close() error {
	err := p.client.Close()
	if errors.Is(err, redis.ErrClosed) {
		return nil
	}
	return err
}

var _ cluster.Publisher = (*publisher)(nil)
