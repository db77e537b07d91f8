package socket

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// target is where to dial, in the terms of Engine.IO.
type target struct {
	base   url.URL // scheme http or https, and host
	path   string  // with its trailing slash
	header http.Header
	tls    *tls.Config
	proxy  *endpoint.Proxy // nil: none is between here and there
	most   int             // bytes of a message
}

// newTarget says where an endpoint is dialled. The error is an *endpoint.Error: the environment
// names no usable proxy.
func newTarget(e *endpoint.Endpoint) (target, error) {
	path := e.SocketPath
	if path == "" {
		path = endpoint.DefaultSocketPath
	}
	t := target{
		base:   url.URL{Scheme: e.URL.Scheme, Host: e.URL.Host},
		path:   strings.TrimRight(path, "/") + "/",
		header: e.Header.Clone(),
		tls:    e.TLS,
	}
	if t.header == nil {
		t.header = http.Header{}
	}
	var err error
	t.proxy, err = endpoint.ProxyFor(&t.base)
	return t, err
}

// forwarder is the proxy where it hands requests on one by one, and so may answer them itself.
func (t target) forwarder() *endpoint.Proxy {
	if t.proxy == nil || t.base.Scheme != "http" || !t.proxy.Tunnels() {
		return nil
	}
	return t.proxy
}

// url is the address of a transport; sid is "" before the server's greeting.
func (t target) url(transport, sid string) *url.URL {
	u := t.base
	if transport == transportWebsocket {
		u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	}
	u.Path = t.path
	query := url.Values{"EIO": {"4"}, "transport": {transport}}
	if sid != "" {
		query.Set("sid", sid)
	}
	if transport == transportPolling {
		query.Set("t", strconv.FormatInt(time.Now().UnixNano(), 36)) // no cache between here and there has seen it
	}
	u.RawQuery = query.Encode()
	return &u
}

// dialEndpoint opens a link to an endpoint; see dial.
func dialEndpoint(ctx context.Context, e *endpoint.Endpoint, most int) (l link, transport string, err error) {
	t, err := newTarget(e)
	if err != nil {
		return nil, "", err
	}
	t.most = most
	return dial(ctx, t, e.Transport)
}

// dial opens a link over the transport that was asked for. Auto is a WebSocket; where one is
// refused, though something answered, it is polling. It returns the transport that was tried last,
// also with an error.
func dial(ctx context.Context, t target, wanted endpoint.Transport) (l link, transport string, err error) {
	if wanted == endpoint.Polling {
		l, err = dialPolling(ctx, t)
		return l, transportPolling, err
	}
	l, err = dialWebsocket(ctx, t)
	if err == nil || wanted == endpoint.WebSocket || !upgradeRefused(ctx, err) {
		return l, transportWebsocket, err
	}
	l, second := dialPolling(ctx, t)
	if second != nil {
		second = &bothRefused{websocket: err, polling: second}
	}
	return l, transportPolling, second
}

// upgradeRefused reports whether a WebSocket failed in a way that polling may not: something
// answered, and it was no WebSocket.
func upgradeRefused(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	var (
		operation *net.OpError
		unknown   *net.DNSError
	)
	switch {
	case isHTTP2(err):
		return true // polling speaks it
	case errors.As(err, &unknown), isTLS(err):
		return false
	case errors.As(err, &operation):
		return operation.Op != "dial"
	}
	return true
}

// bothRefused is a server that is reached over neither transport.
type bothRefused struct{ websocket, polling error }

func (e *bothRefused) Error() string {
	first, second := explain(e.websocket), explain(e.polling)
	if first == second {
		return first
	}
	return "websocket: " + first + "; polling: " + second
}

// Unwrap leads to the polling's failure: it decides what kind of failure this is.
func (e *bothRefused) Unwrap() error { return e.polling }
