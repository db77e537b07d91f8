package socket

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// connector makes attempts to connect to one endpoint, and lives through what comes of them.
type connector struct {
	endpoint *endpoint.Endpoint
	most     int // bytes of a message
	queue    *queue
	outbox   *outbox
	now      func() time.Time
}

// attempt connects once, and stays until the connection is over. It returns with everything closed.
func (c *connector) attempt(ctx context.Context, n int) outcome {
	limit := c.endpoint.Timeout
	if limit <= 0 {
		limit = DefaultTimeout
	}
	token, err := c.token(ctx, limit)
	if err != nil {
		return outcome{failure: &failure{message: oneLine(err.Error()), err: err, local: true}}
	}
	deadline, cancel := context.WithTimeoutCause(ctx, limit, &timeoutError{after: limit})
	defer cancel()
	l, transport, err := dialEndpoint(deadline, c.endpoint, c.most)
	if err != nil {
		return outcome{failure: c.failed(transport, token, err)}
	}
	p := newConnection(c.now)
	way := newWay(l.greeting(), p.over)
	in := &intake{queue: c.queue, now: c.now, transport: transport, attempt: n, refuse: p.refuse, asked: c.outbox.asked.Load}
	in.consent = func() bool {
		accepted := p.consent()
		if accepted {
			c.outbox.open(way, c.secrets(token))
		}
		return accepted
	}
	lib := newLibrary(l, in, way.packets, token, p.end)
	p.wait(ctx, deadline)
	c.outbox.shut()
	lib.close()
	return c.result(p, transport, token)
}

func (c *connector) token(ctx context.Context, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return c.endpoint.Bearer(ctx)
}

// result says how a connection went that is closed by now.
func (c *connector) result(p *connection, transport, token string) outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		return outcome{period: &period{lasted: p.at.Sub(p.since), ended: p.at, reason: periodReason(p.err)}}
	}
	return outcome{failure: c.failed(transport, token, p.err)}
}

// failed makes a failure of an error, with a text that holds no secret.
func (c *connector) failed(transport, token string, err error) *failure {
	secrets := c.secrets(token)
	if unusable, ok := errors.AsType[*endpoint.Error](err); ok {
		return &failure{message: oneLine(unusable.Error(), secrets...), err: unusable, local: true}
	}
	f := &failure{transport: transport, message: oneLine(explain(err), secrets...), auth: isAuth(err), err: err}
	f.anonymous = token == "" && c.endpoint.Header.Get("Cookie") == ""
	if refusal, ok := errors.AsType[*refusal](err); ok {
		f.auth = true
		if refusal.data != nil {
			f.data = []byte(redact(string(refusal.data), secrets))
		}
	} else if !f.auth {
		f.message += through(c.endpoint.URL, err)
	}
	return f
}

// through names the proxy that was taken, for failures that may be its doing; "" where there is
// none, and where the failure names it.
func through(server *url.URL, err error) string {
	_, named := errors.AsType[*endpoint.ProxyError](err)
	proxy, unusable := endpoint.ProxyFor(server)
	if named || unusable != nil || proxy == nil {
		return ""
	}
	return ", through " + proxy.String()
}

// secrets are the token and the words of the headers.
func (c *connector) secrets(token string) []string {
	secrets := []string{token}
	for _, values := range c.endpoint.Header {
		secrets = append(secrets, strings.Fields(strings.Join(values, " "))...)
	}
	return secrets
}

// periodReason is why a connection period ended, in the words of the official clients.
func periodReason(err error) string {
	switch {
	case errors.Is(err, errServerDisconnect):
		return ReasonServerDisconnect
	case errors.Is(err, errSilent):
		return ReasonPingTimeout
	case errors.Is(err, errServerClose):
		return ReasonTransportClose
	case errors.Is(err, errPacket), errors.Is(err, errPacketKind):
		return ReasonParseError
	case errors.Is(err, context.Canceled):
		return ReasonClientDisconnect
	}
	return ReasonTransportError
}

// connection is what is known of a link that is open: whether the server has accepted this client,
// and why it ended.
type connection struct {
	now      func() time.Time
	accepted chan struct{}
	over     chan struct{}

	mu    sync.Mutex
	since time.Time // of the server's consent
	at    time.Time // of the end
	err   error     // why it ended; nil before
}

func newConnection(now func() time.Time) *connection {
	return &connection{now: now, accepted: make(chan struct{}), over: make(chan struct{})}
}

// wait waits until the connection is over, or the deadline passes without the server's consent, or
// the context ends.
func (p *connection) wait(ctx, deadline context.Context) {
	select {
	case <-p.accepted:
	case <-p.over:
	case <-deadline.Done():
		p.expire(context.Cause(deadline))
	}
	select {
	case <-p.over:
	case <-ctx.Done():
		p.end(context.Canceled)
	}
}

// consent notes the server's consent; false where the attempt is over already.
func (p *connection) consent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil || !p.since.IsZero() {
		return false
	}
	p.since = p.now()
	close(p.accepted)
	return true
}

func (p *connection) refuse(r *refusal) { p.end(r) }

// end notes why the connection ended. The first reason counts.
func (p *connection) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finish(err)
}

// expire ends a connection that the server has not accepted.
func (p *connection) expire(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		p.finish(err)
	}
}

func (p *connection) finish(err error) {
	if p.err == nil {
		p.at, p.err = p.now(), err
		close(p.over)
	}
}
