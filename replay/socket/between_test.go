package socket

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/endpoint"
)

// What stands between client and server: wires that go dead, proxies that refuse.

// wires forwards TCP connections until they are cut: then nothing moves over them any more, in
// neither direction, and neither side is told. Later connections are forwarded again.
type wires struct {
	listener net.Listener
	mu       sync.Mutex
	cut      chan struct{}
	done     sync.WaitGroup
}

func newWires(t *testing.T, to *url.URL) *wires {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wires{listener: l, cut: make(chan struct{})}
	end := make(chan struct{})
	w.done.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to.Host)
			if err != nil {
				near.Close()
				continue
			}
			w.done.Go(func() { w.join(near, far, end) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		close(end)
		w.done.Wait()
	})
	return w
}

func (w *wires) url() *url.URL { return &url.URL{Scheme: "http", Host: w.listener.Addr().String()} }

func (w *wires) join(near, far net.Conn, end chan struct{}) {
	w.mu.Lock()
	cut := w.cut
	w.mu.Unlock()
	over := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		w.done.Go(func() {
			text := make([]byte, 32<<10)
			for {
				n, err := pair[0].Read(text)
				select {
				case <-cut:
					return // what was read is gone, and the connections stay open
				default:
				}
				if _, bad := pair[1].Write(text[:n]); err != nil || bad != nil {
					over <- struct{}{}
					return
				}
			}
		})
	}
	select {
	case <-cut:
		<-end
	case <-over:
	case <-end:
	}
	near.Close()
	far.Close()
}

// cutAll cuts the connections that there are.
func (w *wires) cutAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.cut)
	w.cut = make(chan struct{})
}

func TestInteropHalfOpen(t *testing.T) {
	server := nodetest.StartServer(t, "--ping-interval", "300", "--ping-timeout", "300")
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		wires := newWires(t, parse(t, server.URL))
		cfg := to(wires.url())
		cfg.Endpoint.Transport = transport
		if got := endings(t, cfg, wires.cutAll); got != ReasonPingTimeout {
			t.Errorf("the period ended with %q, want %q", got, ReasonPingTimeout)
		}
	})
}

// passOn is a proxy for one server, which keeps no connections.
func passOn(to *url.URL) *httputil.ReverseProxy {
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	return proxy
}

// reverseProxy stands before a server and refuses WebSockets its own way.
func reverseProxy(t *testing.T, to *url.URL, refuse http.HandlerFunc) *url.URL {
	proxy := passOn(to)
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			refuse(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// status answers with a code and nothing else.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// Where something between refuses WebSockets, auto polls, within the same attempt; websocket says
// why it cannot.
func TestInteropFallback(t *testing.T) {
	server := nodetest.StartServer(t, "--generate", "500")
	pollingOnly := nodetest.StartServer(t, "--generate", "500", "--transports", "polling")
	address := parse(t, server.URL)
	tests := []struct {
		name, message string
		url           *url.URL
	}{
		{"forbidden", "HTTP 403 Forbidden", reverseProxy(t, address, status(http.StatusForbidden))},
		{"bad gateway", "HTTP 502 Bad Gateway", reverseProxy(t, address, status(http.StatusBadGateway))},
		{"upgrade ignored", "HTTP 200 OK", reverseProxy(t, address, status(http.StatusOK))},
		{"hung up", "the connection was closed before the server answered", reverseProxy(t, address, hangUp)},
		{"server's choice", "HTTP 400 Bad Request: Transport unknown", parse(t, pollingOnly.URL)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := to(test.url)
			seen, _ := watch(t, cfg, nothing)
			if got := seen[0].Message; got != test.message {
				t.Errorf("websocket: message %q, want %q", got, test.message)
			}
			cfg.Endpoint.Transport = endpoint.Auto
			seen, err := watch(t, cfg, until(2))
			if err != errEnough || seen[0].Transport != "polling" || seen[0].Attempt != 1 {
				t.Errorf("auto: error %v, seen %s", err, lines(seen))
			}
		})
	}
}

// forwardProxy is an HTTP proxy that sends everything to one server, whatever host was asked for.
// It notes what it was asked.
func forwardProxy(t *testing.T, to *url.URL, asked func(string)) *url.URL {
	reverse := passOn(to)
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		asked(r.Method + " " + r.Host)
		if r.Method != http.MethodConnect {
			reverse.ServeHTTP(w, r)
			return
		}
		far, err := net.Dial("tcp", to.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer far.Close()
		near, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer near.Close()
		_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(far, buffered) }()
		_, _ = io.Copy(near, far)
	})
}

// Proxies of the environment are used, over each transport. Go reads that environment once, and
// goes around proxies for this machine: the client runs in a process of its own, and asks for a
// host that only the proxy knows.
func TestInteropProxyFromEnvironment(t *testing.T) {
	const host = "care.example.com:8080"
	if transport := os.Getenv("PROXIED_TRANSPORT"); transport != "" {
		cfg := to(parse(t, "http://"+host))
		cfg.Endpoint.Transport = endpoint.Transport(transport)
		if seen, err := watch(t, cfg, until(100)); err != errEnough {
			t.Fatalf("error %v, seen %s", err, lines(seen))
		}
		return
	}
	for transport, want := range map[string]string{"websocket": "CONNECT " + host, "polling": "GET " + host} {
		server := nodetest.StartServer(t, "--generate", "200")
		var mu sync.Mutex
		var asked []string
		proxy := forwardProxy(t, parse(t, server.URL), func(what string) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, what)
		})
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "PROXIED_TRANSPORT="+transport, "http_proxy="+proxy.String(), "no_proxy=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", transport, err, out)
		}
		mu.Lock()
		if len(asked) == 0 || asked[0] != want || strings.Contains(strings.Join(asked, " "), "127.0.0.1") {
			t.Errorf("%s: the proxy was asked %q", transport, asked)
		}
		mu.Unlock()
	}
}
