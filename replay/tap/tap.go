// Package tap stands between an app and its server: a reverse proxy for one server that changes nothing on the way, and
// that tells what each app got and asked for. It must not know what a plan means, nor how what it tells is shown.
//
// Bodies, WebSocket messages and their order pass as they came. What must differ, because the app asks another address
// than the server's, is rewritten in address.go, and nothing else is.
package tap

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// Config says what a Tap stands before.
type Config struct {
	Server *endpoint.Endpoint // its token is not used: the app has its own
	// Unanswered is told of each request that the server did not answer; may be nil. It must not block.
	Unanswered func(why string)
}

// Tap is a reverse proxy for one server. It is an http.Handler.
type Tap struct {
	config    Config
	server    *url.URL
	transport *http.Transport
	proxy     *httputil.ReverseProxy

	mu     sync.Mutex
	links  map[*link]struct{}
	closed bool
}

// How long the server may take to say whether it wants a body that the app announced with "Expect: 100-continue".
const expectTime = 5 * time.Second

// mostIdle is how many connections to the server are kept open for the next requests.
const mostIdle = 64

// New makes a Tap. Close ends it.
func New(config Config) *Tap {
	t := &Tap{config: config, server: config.Server.URL, links: map[*link]struct{}{}}
	t.transport = endpoint.NewTransport(config.Server.TLS)
	t.transport.MaxIdleConnsPerHost = mostIdle
	t.transport.ExpectContinueTimeout = expectTime
	t.proxy = &httputil.ReverseProxy{
		Rewrite:        t.rewrite,
		ModifyResponse: t.answer,
		ErrorHandler:   t.unanswered,
		Transport:      t.transport,
		FlushInterval:  -1, // what the server streams, the app gets as it comes
		ErrorLog:       log.New(io.Discard, "", 0),
	}
	return t
}

// ServeHTTP passes a request on to the server, whatever host it names.
func (t *Tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect || r.URL.Host != "" {
		http.Error(w, "deltatap tap stands before one server, and is no proxy for others", http.StatusMisdirectedRequest)
		return
	}
	// An answer gets no header that the server did not send. What is nil is neither sent nor made up.
	w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
	t.proxy.ServeHTTP(w, r)
}

// Close cuts the WebSockets that are open, and lets go of the server.
func (t *Tap) Close() {
	t.mu.Lock()
	t.closed = true
	links := t.links
	t.links = nil
	t.mu.Unlock()
	for l := range links {
		_ = l.Close()
	}
	t.transport.CloseIdleConnections()
}

// answer makes an answer of the server's fit for the app.
func (t *Tap) answer(answer *http.Response) error {
	asked := askedBy(answer.Request)
	t.readdress(answer.Header, asked)
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return t.join(answer)
	}
	return nil
}

// unanswered ends a request as it would have ended without a tap: no answer, and a connection that is closed.
func (t *Tap) unanswered(_ http.ResponseWriter, r *http.Request, err error) {
	if t.config.Unanswered != nil && r.Context().Err() == nil {
		t.config.Unanswered(endpoint.Why(err))
	}
	panic(http.ErrAbortHandler)
}

// errClosed refuses what begins while the tap ends.
var errClosed = errors.New("the tap ends")

// join takes a connection that became something else than HTTP under the tap's care.
func (t *Tap) join(answer *http.Response) error {
	server, ok := answer.Body.(io.ReadWriteCloser)
	if !ok {
		return errors.New("the server's connection cannot be written to")
	}
	l := &link{tap: t, server: server}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errClosed
	}
	t.links[l] = struct{}{}
	answer.Body = l
	return nil
}

// link is a WebSocket through the tap: what the proxy reads from it goes to the app, what it writes goes to the server.
type link struct {
	tap    *Tap
	server io.ReadWriteCloser
	once   sync.Once
}

func (l *link) Read(p []byte) (int, error) { return l.server.Read(p) }

func (l *link) Write(p []byte) (int, error) { return l.server.Write(p) }

func (l *link) Close() (err error) {
	l.once.Do(func() {
		l.tap.mu.Lock()
		delete(l.tap.links, l)
		l.tap.mu.Unlock()
		err = l.server.Close()
	})
	return err
}
