package socket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/endpoint"
)

// behind is where a test dials a server by way of a proxy: the environment, which net/http reads
// once, has no say.
func behind(t *testing.T, proxy, server string) target {
	t.Helper()
	e := &endpoint.Endpoint{URL: parse(t, server)}
	where, err := newTarget(e)
	if err != nil {
		t.Fatal(err)
	}
	where.most = DefaultMessageBytes
	where.proxy = &endpoint.Proxy{URL: parse(t, proxy), Variable: "HTTP_PROXY"}
	return where
}

// dialBehind dials a WebSocket, and says what came of it.
func dialBehind(t *testing.T, where target) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l, err := dialWebsocket(ctx, where)
	if err == nil {
		l.abort()
	}
	return err
}

// greeter is a server that greets each WebSocket.
func greeter(t *testing.T) *url.URL {
	return serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.untilGone()
	})
}

// connects is a proxy of HTTP that connects to servers, to wherever it is asked.
func connects(login *string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*login = r.Header.Get("Proxy-Authorization")
		server, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, buffered, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		join(conn, buffered.Reader, server)
	}
}

// join hands bytes on until one side has no more.
func join(client net.Conn, from io.Reader, server net.Conn) {
	defer client.Close()
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, from)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

func TestProxyThatConnects(t *testing.T) {
	var login string
	plain := httptest.NewServer(connects(&login))
	defer plain.Close()
	secure := httptest.NewTLSServer(connects(&login))
	defer secure.Close()
	for _, proxy := range []string{plain.URL, secure.URL} {
		where := behind(t, strings.Replace(proxy, "://", "://anna:s3cret@", 1), greeter(t).String())
		where.tls = secure.Client().Transport.(*http.Transport).TLSClientConfig
		if err := dialBehind(t, where); err != nil {
			t.Errorf("%s: %v", proxy, err)
		}
		if login != "Basic YW5uYTpzM2NyZXQ=" {
			t.Errorf("%s: login %q", proxy, login)
		}
	}
}

// socksOf is a proxy of SOCKS5 that connects to servers, or answers with a code of its own.
func socksOf(t *testing.T, code byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go playSOCKS(conn, code)
		}
	}()
	return l.Addr().String()
}

func playSOCKS(conn net.Conn, code byte) {
	r := bufio.NewReader(conn)
	hello := make([]byte, 3) // version, one way to log in: none
	_, _ = io.ReadFull(r, hello)
	_, _ = conn.Write([]byte{5, 0})
	ask := make([]byte, 10) // connect to an IPv4 address
	_, _ = io.ReadFull(r, ask)
	_, _ = conn.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
	if code != 0 {
		_ = conn.Close()
		return
	}
	address := &net.TCPAddr{IP: net.IP(ask[4:8]), Port: int(ask[8])<<8 | int(ask[9])}
	server, err := net.DialTCP("tcp", nil, address)
	if err != nil {
		_ = conn.Close()
		return
	}
	join(conn, r, server)
}

func TestProxyOfSOCKS(t *testing.T) {
	proxy := socksOf(t, 0)
	for _, scheme := range []string{"socks5", "socks5h"} {
		if err := dialBehind(t, behind(t, scheme+"://"+proxy, greeter(t).String())); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// What a proxy did wrong is told as its doing: the server was never asked.
func TestProxyAtFault(t *testing.T) {
	answers := func(code int) string {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		t.Cleanup(proxy.Close)
		return proxy.URL
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range []struct{ proxy, want string }{
		{answers(407), "it asks for a name and password (407)"},
		{strings.Replace(answers(407), "//", "//anna:s3cret@", 1), "it does not take the name and password (407)"},
		{answers(403), "it does not connect to the server (403)"},
		{answers(502), "it cannot reach the server (502)"},
		{gone.URL, "connection refused"},
		{strings.Replace(gone.URL, "http", "https", 1), "connection refused"},
		{strings.Replace(gone.URL, "http", "socks5", 1), "connection refused"},
		{strings.Replace(answers(200), "http", "https", 1), "the proxy does not speak TLS on that port"},
		{"socks5h://" + socksOf(t, 4), "it failed to connect: host unreachable"},
		{"http://proxy.invalid", "no such host"},
	} {
		err := dialBehind(t, behind(t, test.proxy, "http://127.0.0.1:9"))
		fault, ok := errors.AsType[*endpoint.ProxyError](err)
		switch {
		case !ok:
			t.Errorf("%s: %v", test.proxy, err)
		case fault.Reason != test.want:
			t.Errorf("%s: %q, want %q", test.proxy, fault.Reason, test.want)
		case strings.Contains(explain(err), "s3cret") || !strings.Contains(explain(err), "HTTP_PROXY"):
			t.Errorf("%s: %s", test.proxy, explain(err))
		}
	}
}

func TestHeadersWithoutEnd(t *testing.T) {
	for _, transport := range []endpoint.Transport{endpoint.WebSocket, endpoint.Polling} {
		u := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			defer conn.Close()
			_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n")
			for line := "X-More: " + strings.Repeat("x", 1000) + "\r\n"; err == nil; {
				_, err = io.WriteString(conn, line)
			}
		})
		cfg := to(u)
		cfg.Endpoint.Transport, cfg.Endpoint.Timeout = transport, patience
		seen, err := watch(t, cfg, nothing)
		if got := refusedOnce(t, seen, false); got != errHeaders.Error() {
			t.Errorf("%s: %q, %v", transport, got, err)
		}
	}
}

// A server that greets without end is none, and does not fill the memory.
func TestGreetingWithoutEnd(t *testing.T) {
	u := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for text := []byte(strings.Repeat("0{", 1<<15)); err == nil; {
			_, err = w.Write(text)
		}
	})
	cfg := to(u)
	cfg.Endpoint.Transport, cfg.Endpoint.Timeout = endpoint.Polling, patience
	seen, _ := watch(t, cfg, nothing)
	if got := refusedOnce(t, seen, false); got != errNotEngine.Error() {
		t.Errorf("message %q", got)
	}
}

// A server that speaks HTTP/2 alone is named where a WebSocket was wanted, and reached by polling
// where none was.
func TestHTTP2Alone(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && r.URL.Query().Get("sid") == "" {
			_, _ = io.WriteString(w, `0{"sid":"e"}`)
		}
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP2(true)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	server.TLS.NextProtos = []string{"h2"}
	where, err := newTarget(&endpoint.Endpoint{URL: parse(t, server.URL)})
	if err != nil {
		t.Fatal(err)
	}
	where.most, where.tls = DefaultMessageBytes, server.Client().Transport.(*http.Transport).TLSClientConfig
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, _, err := dial(ctx, where, endpoint.WebSocket); !errors.Is(err, ErrHTTP2) {
		t.Errorf("WebSocket: %v", err)
	}
	l, transport, err := dial(ctx, where, endpoint.Auto)
	if err != nil || transport != transportPolling {
		t.Fatalf("auto: %s, %v", transport, err)
	}
	l.abort()
}

// A message that is too long is told, counted and read past; what follows it arrives.
func TestTooLongMessage(t *testing.T) {
	const most = 1 << 20
	long := `42["plan:item-delta",{"deltas":[],"pad":"` + strings.Repeat("x", 2*most) + `"}]`
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		p.send(`42["first"]`, long, `42["last"]`)
		p.untilGone()
	})
	cfg := to(u)
	cfg.MessageBytes = most
	seen, client := watchUnread(t, cfg)
	if got, want := lines(seen), "connect s1 websocket 1\nevent first []\nunread 1\nevent last []\n"; got != want || seen[2].Bytes != int64(len(long)) {
		t.Errorf("seen %s (%d bytes), want %s", got, seen[2].Bytes, want)
	}
	if client.Unread() != 1 || client.Lost() != 0 {
		t.Errorf("unread %d, lost %d", client.Unread(), client.Lost())
	}
}

// Of a payload of polling that is too long the packets that are whole arrive, and the others are
// counted.
func TestTooLongPayload(t *testing.T) {
	const most = 1 << 20
	long := strings.Repeat("x", most)
	polls := 0
	u := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			_, _ = io.WriteString(w, "ok")
		case r.URL.Query().Get("sid") == "":
			_, _ = io.WriteString(w, `0{"sid":"e"}`)
		default:
			if polls++; polls == 1 {
				_, _ = io.WriteString(w, `40{"sid":"s1"}`+"\x1e"+`42["first"]`+"\x1e"+`42["`+long+`"]`+"\x1e"+`42["gone"]`)
				return
			}
			_, _ = io.WriteString(w, `42["last"]`)
		}
	})
	cfg := to(u)
	cfg.Endpoint.Transport, cfg.MessageBytes = endpoint.Polling, most
	seen, client := watchUnread(t, cfg)
	if got, want := lines(seen), "connect s1 polling 1\nevent first []\nunread 2\nevent last []\n"; got != want {
		t.Errorf("seen %s, want %s", got, want)
	}
	if client.Unread() != 2 {
		t.Errorf("unread %d", client.Unread())
	}
}

// watchUnread runs a client until the event "last".
func watchUnread(t *testing.T, cfg Config) (seen []Signal, client *Client) {
	t.Helper()
	client = New(cfg)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := client.Run(ctx, func(s Signal) error {
		if seen = append(seen, s); s.Event == "last" {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("ended with %v, seen %s", err, lines(seen))
	}
	return seen, client
}

// A redirect is named, and not followed: the token is for the server that was named.
func TestRedirectIsNamed(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		followed := false
		u := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
			followed = followed || r.URL.Path == "/other"
			http.Redirect(w, r, "https://care.example:8443/other?token=s3cret", http.StatusMovedPermanently)
		})
		cfg := to(u)
		cfg.Endpoint.Transport = transport
		seen, err := watch(t, cfg, nothing)
		const want = "it redirects to https://care.example:8443, which is not followed"
		if got := refusedOnce(t, seen, false); got != want || !errors.Is(err, endpoint.ErrRedirect) || followed {
			t.Errorf("message %q, error %v, followed %v", got, err, followed)
		}
	})
}

// What a server says beside the reason of its refusal is kept as it came, but for the token, and
// shown.
func TestRefusalKeepsItsData(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.connect()
		p.send(`44{"message":"Plan locked","data":{ "code": "E1","retryAfter":3e1, "you":"` + p.token + `"}}`)
		p.untilGone()
	})
	cfg := to(u)
	cfg.Endpoint.Token, _ = endpoint.Static("hunter2hunter2")
	seen, err := watch(t, cfg, nothing)
	const want = `{ "code": "E1","retryAfter":3e1, "you":"[redacted]"}`
	if got := refusedOnce(t, seen, true); got != "Plan locked" || string(seen[0].Data) != want {
		t.Errorf("message %q, data %s", got, seen[0].Data)
	}
	if err == nil || err.Error() != "refused by the server: Plan locked, "+want {
		t.Errorf("error %v", err)
	}
}
