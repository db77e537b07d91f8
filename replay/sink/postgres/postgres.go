package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
)

// Config says where events go.
type Config struct {
	// URL is postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE, or PostgreSQL's row of keywords and
	// values.
	URL    string
	Users  sink.Users
	Prefix string // of the channel, "channelPrefix" to the adapter; "" for "socket.io"
	Table  string // for what does not fit a notification, "tableName" to the adapter; "" for "socket_io_attachments"
	Tell   sink.Tell
	// Timeout bounds connecting, and the wait for the answers to what was sent together; 0 for 10
	// seconds.
	Timeout time.Duration
}

const (
	defaultTable   = "socket_io_attachments"
	defaultTimeout = 10 * time.Second
	// mostChannel is how long a channel's name may be, in bytes (PostgreSQL: NAMEDATALEN - 1).
	mostChannel = 63
)

// tableName is an identifier, or a schema's and one of its tables'.
var tableName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[\pL_][\pL\d_$]*|"[^"\x00]+")(?:\.(?:[\pL_][\pL\d_$]*|"[^"\x00]+"))?$`)
})

// Sink notifies over one connection, so that events keep their order. A connection that breaks is
// not made again: what was under way would be sent twice, or not at all.
type Sink struct{ *cluster.Sink }

// CheckURL says whether Dial could make sense of a URL; its error is a *cluster.ConfigError.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}

func parse(url string) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil { // it may quote the password
		return nil, &cluster.ConfigError{Text: "not the URL of a PostgreSQL database, which is postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE"}
	}
	return config, nil
}

// Dial connects to PostgreSQL. The error is a *cluster.ConfigError, a *sink.LostError, a
// *sink.RefusedError or the context's cause. A table that is missing is no error before a record
// needs it.
func Dial(ctx context.Context, cfg Config) (*Sink, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = cluster.DefaultPrefix
	}
	if cfg.Table == "" {
		cfg.Table = defaultTable
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	p := &publisher{
		channel: cfg.Prefix + "#" + cluster.Namespace,
		table:   cfg.Table,
		timeout: cfg.Timeout,
		insert:  fmt.Sprintf(insertAndNotify, cfg.Table),
	}
	switch {
	case len(p.channel) > mostChannel:
		return nil, &cluster.ConfigError{Text: fmt.Sprintf("the prefix is too long: the channel's name has %d bytes, and %d are allowed", len(p.channel), mostChannel)}
	case !tableName().MatchString(cfg.Table):
		return nil, &cluster.ConfigError{Text: fmt.Sprintf("%q is not the name of a table", cfg.Table)}
	}
	if err := p.connect(ctx, cfg.URL); err != nil {
		return nil, err
	}
	return &Sink{cluster.New(p, cfg.Users, cfg.Tell, p.write)}, nil
}

func (p *publisher) connect(ctx context.Context, url string) error {
	config, err := parse(url)
	if err != nil {
		return err
	}
	config.RuntimeParams["application_name"] = "deltatap"
	config.OnNotification = p.notified
	p.target = fmt.Sprintf("postgres://%s:%d/%s", config.Host, config.Port, config.Database)
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	if p.conn, err = pgconn.ConnectConfig(limited, config); err == nil {
		_, err = p.conn.Prepare(limited, notifyName, notify, nil)
	}
	if err != nil && p.conn != nil {
		_ = p.Close()
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return p.told(err)
}

// told turns an error of the connection's into what the sink's callers know; nil stays nil.
func (p *publisher) told(err error) error {
	if err == nil {
		return nil
	}
	const classLogin, noSuchDatabase, noPrivilege = "28", "3D000", "42501"
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		err = errors.New(oneLine(refusal.Message))
		if strings.HasPrefix(refusal.Code, classLogin) || refusal.Code == noSuchDatabase || refusal.Code == noPrivilege {
			return &sink.RefusedError{Target: p.target, Err: err}
		}
		return &sink.LostError{Target: p.target, Err: err}
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		err = failed.Unwrap() // without the user's name
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && endpoint.WhyTLS(err) == "" {
		err = failed.Err // once, however often it was tried
	}
	return &sink.LostError{Target: p.target, Err: plainError{cluster.Explained(err)}}
}

// plainError is an error whose text is one line.
type plainError struct{ error }

func (e plainError) Error() string { return oneLine(e.error.Error()) }

func (e plainError) Unwrap() error { return e.error }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// publisher notifies, and takes PostgreSQL's answers.
type publisher struct {
	conn    *pgconn.PgConn
	target  string
	channel string
	table   string
	insert  string
	timeout time.Duration
	encoder cluster.Encoder
	fence   fence

	using   sync.Mutex // held while conn is used
	mu      sync.Mutex
	end     context.CancelFunc // of what uses it; nil while nothing does
	closing bool
}

// use gives the connection to one function, which Close ends.
func (p *publisher) use(f func(ctx context.Context) error) error {
	p.using.Lock()
	defer p.using.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.mu.Lock()
	p.end = cancel
	closing := p.closing
	p.mu.Unlock()
	if closing {
		return sink.ErrNoAnswer
	}
	return f(ctx)
}

// Close lets go of the connection, whoever waits for it.
func (p *publisher) Close() error {
	p.mu.Lock()
	first := !p.closing
	p.closing = true
	if p.end != nil {
		p.end()
	}
	p.mu.Unlock()
	if !first {
		return nil
	}
	p.using.Lock()
	defer p.using.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx) // what it had to say, it has said
	return nil
}

var _ cluster.Publisher = (*publisher)(nil)
