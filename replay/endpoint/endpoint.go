package endpoint

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"
)

// DefaultSocketPath is where Socket.IO listens unless told otherwise, below the path of the
// server's URL.
const DefaultSocketPath = "/socket.io"

// DefaultTimeout is how long an answer may take unless told otherwise.
const DefaultTimeout = 10 * time.Second

// Transport names how Socket.IO packets travel.
type Transport string

// The transports of Engine.IO. Auto takes what can be had.
const (
	Auto      Transport = "auto"
	WebSocket Transport = "websocket"
	Polling   Transport = "polling"
)

// ParseTransport returns the transport of that name; "" is Auto.
func ParseTransport(name string) (Transport, error) {
	switch t := Transport(name); t {
	case "":
		return Auto, nil
	case Auto, WebSocket, Polling:
		return t, nil
	}
	return "", faulty("no such transport").hinted("auto, websocket or polling")
}

// Endpoint is a server to connect to, and as whom. It prints itself redacted in every form. Pass it
// by pointer: fmt calls no methods on fields that are not exported, and follows no pointers in
// them. It is not changed after it was made, and may be used from several goroutines at once.
type Endpoint struct {
	Name       string        // of the context it came from; "" where it came from flags or the environment alone
	URL        *url.URL      // http or https, without userinfo, query or fragment; a path is a prefix of every path
	SocketPath string        // path of Socket.IO on that host, absolute, without a trailing slash
	Transport  Transport     // never ""
	Header     http.Header   // sent with every request and handshake; never nil
	TLS        *tls.Config   // nil: the defaults of crypto/tls
	Token      Token         // never nil; Anonymous sends none
	Timeout    time.Duration // how long one answer may take; DefaultTimeout unless positive
	Writable   bool          // the user marked the context as one that may be written to
	Insecure   bool          // certificates are not verified
	BodyLimit  int64         // how many bytes of an answer of REST are read; DefaultBodyLimit unless positive
}

// Bearer resolves the token; "" means that none is sent. Call it once for every connection or
// request.
func (e *Endpoint) Bearer(ctx context.Context) (string, error) {
	if e.Token == nil {
		return "", nil
	}
	return e.Token.Token(ctx)
}

// Patience is Timeout, or DefaultTimeout where none was set.
func (e *Endpoint) Patience() time.Duration {
	if e.Timeout > 0 {
		return e.Timeout
	}
	return DefaultTimeout
}

// MostBody is BodyLimit, or DefaultBodyLimit where none was set.
func (e *Endpoint) MostBody() int64 {
	if e.BodyLimit > 0 {
		return e.BodyLimit
	}
	return DefaultBodyLimit
}

// Server is the address in text: scheme, host, port and path, and nothing else.
func (e Endpoint) Server() string { return bare(e.URL) }

// Origin is scheme, host and port of the address: the server without the path in front of its own.
func (e Endpoint) Origin() string {
	if e.URL == nil {
		return ""
	}
	return e.URL.Scheme + "://" + e.URL.Host
}
