package endpoint

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Proxy is a proxy that the environment names. It prints itself without its name and password.
type Proxy struct {
	URL      *url.URL
	Variable string // the environment variable that names it
}

// ProxyFor is the proxy that the environment names for an http or https address; nil where the
// address is asked directly. The error is an *Error: the variable holds no proxy's address.
func ProxyFor(target *url.URL) (*Proxy, error) { return proxyFor(http.ProxyFromEnvironment, target) }

func proxyFor(ask func(*http.Request) (*url.URL, error), target *url.URL) (*Proxy, error) {
	variable := proxyVariable(target.Scheme)
	address, err := ask(&http.Request{URL: target})
	switch {
	case err != nil:
		return nil, about(variable, faulty("not the address of a proxy").hinted(proxyHint)) // the text may hold its password
	case address == nil:
		return nil, nil
	case !slices.Contains(proxySchemes, address.Scheme):
		return nil, about(variable, faulty("no such kind of proxy").hinted(proxyHint))
	}
	return &Proxy{URL: address, Variable: variable}, nil
}

const proxyHint = "like http://proxy.example:3128; https, socks5 and socks5h are known, too"

var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// proxyVariable is the variable that net/http takes the proxy of a scheme from.
func proxyVariable(scheme string) string {
	names := []string{"HTTP_PROXY", "http_proxy"}
	if scheme == "https" {
		names = []string{"HTTPS_PROXY", "https_proxy"}
	}
	for _, name := range names {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return names[0]
}

// Tunnels tells whether the proxy speaks HTTP, and so connects to servers by CONNECT.
func (p *Proxy) Tunnels() bool { return p.URL.Scheme == "http" || p.URL.Scheme == "https" }

// Address is host and port to dial.
func (p *Proxy) Address() string {
	port := p.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[p.URL.Scheme]
	}
	if port == "" {
		port = "1080"
	}
	return net.JoinHostPort(p.URL.Hostname(), port)
}

// String is how errors name the proxy.
func (p Proxy) String() string {
	return "the proxy at " + p.URL.Scheme + "://" + p.URL.Host + " (" + p.Variable + ")"
}

// ProxyError tells that a proxy is at fault: it never asked the server.
type ProxyError struct {
	Proxy  *Proxy
	Reason string
	Err    error // what caused it, for errors.Is and errors.As; not printed
}

func (e *ProxyError) Error() string { return e.Proxy.String() + ": " + e.Reason }

func (e *ProxyError) Unwrap() error { return e.Err }

// Fault tells in an error what the proxy did wrong.
func (p *Proxy) Fault(err error) *ProxyError {
	if known, ok := errors.AsType[*ProxyError](err); ok {
		return known
	}
	return &ProxyError{Proxy: p, Reason: strings.ReplaceAll(Why(err), "the server", "the proxy"), Err: err}
}

// Refused is the error of a proxy's own answer, which is no consent; nil for the status of consent.
// The proxy's words are not repeated.
func (p *Proxy) Refused(status int) error {
	var reason string
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		reason = "it asks for a name and password (407)"
		if p.URL.User != nil {
			reason = "it does not take the name and password (407)"
		}
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		reason = "it cannot reach the server (" + strconv.Itoa(status) + ")"
	default:
		reason = "it does not connect to the server (" + strconv.Itoa(status) + ")"
	}
	return &ProxyError{Proxy: p, Reason: reason}
}

// Suspected is the error of an answer that may be the proxy's own, or the server's behind it.
func (p *Proxy) Suspected(status int) *ProxyError {
	return &ProxyError{Proxy: p, Reason: "it, or the server behind it, answered " + strconv.Itoa(status)}
}

// Forwarder is the proxy that the environment names for an address where it hands requests on one
// by one, and so may answer them itself; nil where there is none, or it only connects.
func Forwarder(target *url.URL) *Proxy {
	proxy, err := ProxyFor(target)
	if err != nil || proxy == nil || target.Scheme != "http" || !proxy.Tunnels() {
		return nil
	}
	return proxy
}

// ProxyFault is what an error of a request tells of the proxy between here and its address; nil
// where no proxy is at fault.
func ProxyFault(target *url.URL, err error) *ProxyError {
	if known, ok := errors.AsType[*ProxyError](err); ok {
		return known
	}
	operation, ok := errors.AsType[*net.OpError](err)
	if !ok || operation.Op != "proxyconnect" && operation.Op != "socks connect" {
		return nil
	}
	proxy, unusable := ProxyFor(target)
	if unusable != nil || proxy == nil {
		return nil
	}
	fault := proxy.Fault(operation.Err)
	if operation.Op == "socks connect" && fault.Reason == noAnswer {
		fault.Reason = operation.Err.Error() // words of the library's: none come over the wire
	}
	return fault
}

// proxied asks the environment for the proxy of a request. What it says wrong, it says without the
// address.
func proxied(request *http.Request) (*url.URL, error) {
	proxy, err := ProxyFor(request.URL)
	if err != nil || proxy == nil {
		return nil, err
	}
	return proxy.URL, nil
}

// tunnelled has the answer to a CONNECT told as what it is.
func tunnelled(_ context.Context, _ *url.URL, request *http.Request, answer *http.Response) error {
	proxy, err := ProxyFor(&url.URL{Scheme: "https", Host: request.Host})
	if err != nil || proxy == nil {
		return err
	}
	return proxy.Refused(answer.StatusCode)
}
