package socket

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"github.com/carebase/deltatap/replay/endpoint"
)

// route is the way of one WebSocket to its server: straight, or by a proxy. The WebSocket library
// knows proxies of SOCKS alone as well as net/http does; those of HTTP are asked here, so that
// their answers are told as theirs.
type route struct {
	target target
	tap    *tap // the connection to the server or to the proxy; nil before
	secure bool // TLS came about
	agreed bool // and the server agreed to speak HTTP/1.1
}

// socks is the proxy as the WebSocket library takes it; nil where it is dialled here, or there is
// none.
func (r *route) socks(*http.Request) (*url.URL, error) {
	proxy := r.target.proxy
	if proxy == nil || proxy.Tunnels() {
		return nil, nil
	}
	address := *proxy.URL
	address.Scheme = "socks5" // the library's name for both: the proxy looks the host's name up
	address.Host = proxy.Address()
	return &address, nil
}

// dial connects to an address, by way of the proxy where it connects to servers itself.
func (r *route) dial(ctx context.Context, network, address string) (net.Conn, error) {
	proxy := r.target.proxy
	if proxy == nil || !proxy.Tunnels() {
		return r.connect(ctx, network, address)
	}
	conn, err := r.connect(ctx, network, proxy.Address())
	if err != nil {
		return nil, proxy.Fault(err)
	}
	conn, err = r.tunnel(ctx, conn, proxy, address)
	if err != nil {
		_ = r.tap.Conn.Close()
		return nil, proxy.Fault(err)
	}
	return conn, nil
}

func (r *route) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	r.tap = &tap{Conn: conn, spare: endpoint.MaxHeaders}
	r.tap.unwatch = context.AfterFunc(ctx, func() { _ = conn.Close() })
	return r.tap, nil
}

// tunnel has the proxy connect to an address.
func (r *route) tunnel(ctx context.Context, conn net.Conn, proxy *endpoint.Proxy, address string) (net.Conn, error) {
	if proxy.URL.Scheme == "https" {
		trust := r.target.http1()
		trust.ServerName = proxy.URL.Hostname()
		secure := tls.Client(conn, trust)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	request := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: proxyHeader(proxy.URL),
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	// A server does not speak before it is spoken to: nothing of its own is in the reader.
	answer, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return nil, err
	}
	return conn, proxy.Refused(answer.StatusCode)
}

func proxyHeader(proxy *url.URL) http.Header {
	header := http.Header{}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		login := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
		header.Set("Proxy-Authorization", "Basic "+login)
	}
	return header
}

// blame tells the failure of a proxy of SOCKS as one: before the WebSocket's own handshake,
// everything is the proxy's.
func (r *route) blame(err error) error {
	proxy := r.target.proxy
	switch {
	case proxy == nil || proxy.Tunnels():
		return err
	case r.tap == nil:
		return proxy.Fault(err)
	}
	if reason, ok := socksReason(err, proxy); ok {
		return &endpoint.ProxyError{Proxy: proxy, Reason: reason, Err: err}
	}
	return err
}

// traced has the route learn what the server agrees to speak.
func (r *route) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{TLSHandshakeDone: func(state tls.ConnectionState, err error) {
		r.secure, r.agreed = err == nil, state.NegotiatedProtocol != ""
	}})
}

// http2Alone tells whether a server that let a WebSocket fail agrees to HTTP/2, having passed over
// HTTP/1.1.
func (r *route) http2Alone(ctx context.Context) bool {
	if !r.secure || r.agreed || r.target.proxy != nil {
		return false
	}
	trust := r.target.http1()
	trust.NextProtos = []string{"h2"}
	port := r.target.base.Port()
	if port == "" {
		port = "443"
	}
	conn, err := (&tls.Dialer{Config: trust}).DialContext(ctx, "tcp", net.JoinHostPort(r.target.base.Hostname(), port))
	if err != nil {
		return false
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().NegotiatedProtocol == "h2"
}

// http1 are the TLS settings of a connection that must not become one of HTTP/2.
func (t target) http1() *tls.Config {
	trust := t.tls.Clone()
	if trust == nil {
		trust = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	trust.NextProtos = []string{"http/1.1"}
	return trust
}

// socksReason is what the WebSocket library says that a proxy of SOCKS did.
func socksReason(err error, proxy *endpoint.Proxy) (string, bool) {
	text, ok := strings.CutPrefix(err.Error(), "proxy: ")
	return strings.ReplaceAll(text, "SOCKS5 proxy at "+proxy.Address(), "it"), ok
}
