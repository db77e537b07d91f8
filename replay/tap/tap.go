// Package tap stands between an app and its server: a reverse proxy for one server that changes
// nothing on the way, and that tells what each app got and asked for. It must not know what a plan
// means, nor how what it tells is shown.
//
// Bodies, WebSocket messages and their order pass as they came. What must differ, because the app
// asks another address than the server's, is rewritten in address.go, and nothing else is.
package tap

import (
	"context"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// Config says what a Tap stands before.
type Config struct {
	Server *endpoint.Endpoint // its token is not used: the app has its own
	// Unanswered is told of each request that the server did not answer; may be nil. It must not
	// block.
	Unanswered func(why string)

	Listener Listener         // nil: nobody listens
	Key      []byte           // under which the names of devices are made
	Now      func() time.Time // time.Now by default
}

// Tap is a reverse proxy for one server. It is an http.Handler.
type Tap struct {
	config    Config
	server    *url.URL
	transport *http.Transport
	proxy     *httputil.ReverseProxy

	mu     sync.Mutex
	links  map[*link]struct{}
	talks  map[string]*talk // by the names that Engine.IO gave them
	apps   map[string]*app  // by the names of their devices
	closed bool
}

// How long the server may take to say whether it wants a body that the app announced with "Expect:
// 100-continue".
const expectTime = 5 * time.Second

// mostIdle is how many connections to the server are kept open for the next requests.
const mostIdle = 64

// New makes a Tap. Close ends it.
func New(config Config) *Tap {
	if config.Now == nil {
		config.Now = time.Now
	}
	t := &Tap{config: config, server: config.Server.URL, links: map[*link]struct{}{}, talks: map[string]*talk{}, apps: map[string]*app{}}
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
	q, err := t.ask(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	// An answer gets no header that the server did not send. What is nil is neither sent nor made up.
	w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
	t.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), questionKey{}, q)))
}

// Close cuts the connections that are open, tells of their ends, and lets go of the server.
func (t *Tap) Close() {
	t.mu.Lock()
	t.closed = true
	links, talks := slices.Collect(maps.Keys(t.links)), slices.Collect(maps.Values(t.talks))
	t.mu.Unlock()
	for _, l := range links {
		_ = l.Close()
	}
	for _, c := range talks {
		c.closed()
	}
	t.transport.CloseIdleConnections()
}

// answer makes an answer of the server's fit for the app, and looks at what it says.
func (t *Tap) answer(answer *http.Response) error {
	q := questionOf(answer.Request)
	t.readdress(answer.Header, q.address)
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return t.join(answer, q)
	}
	return t.look(answer, q)
}

// unanswered ends a request as it would have ended without a tap: no answer, and a connection that
// is closed.
func (t *Tap) unanswered(_ http.ResponseWriter, r *http.Request, err error) {
	left := r.Context().Err() != nil
	if t.config.Unanswered != nil && !left {
		t.config.Unanswered(endpoint.Why(err))
	}
	questionOf(r).unanswered(err, left)
	panic(http.ErrAbortHandler)
}

// keepTalk remembers a connection by the name that Engine.IO gave it.
func (t *Tap) keepTalk(name string, c *talk) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.talks[name] = c
}

func (t *Tap) dropTalk(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.talks, name)
}

func (t *Tap) talk(name string) *talk {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.talks[name]
}
