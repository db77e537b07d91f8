package socket

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/carebase/deltatap/replay/endpoint"
)

func nothing(Signal) error { return nil }

// transports runs a test for each.
func transports(t *testing.T, test func(t *testing.T, transport endpoint.Transport)) {
	for _, transport := range []endpoint.Transport{endpoint.WebSocket, endpoint.Polling, endpoint.Auto} {
		t.Run(string(transport), func(t *testing.T) { test(t, transport) })
	}
}

// refusedOnce wants one Refused signal, and returns its message.
func refusedOnce(t *testing.T, seen []Signal, auth bool) string {
	t.Helper()
	if len(seen) != 1 || seen[0].Kind != Refused || seen[0].Attempt != 1 || seen[0].Auth != auth {
		t.Fatalf("seen %s, want one refusal, auth %v", lines(seen), auth)
	}
	return seen[0].Message
}

func TestRefusedDial(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		cfg := to(parse(t, "http://"+address))
		cfg.Endpoint.Transport = transport
		seen, err := watch(t, cfg, nothing)
		want := "connection refused by " + address
		if got := refusedOnce(t, seen, false); got != want {
			t.Errorf("message %q, want %q", got, want)
		}
		var gone *UnreachableError
		if !errors.As(err, &gone) || !errors.Is(err, syscall.ECONNREFUSED) || err.Error() != "cannot connect: "+want {
			t.Errorf("error %v, want UnreachableError around ECONNREFUSED", err)
		}
	})
}

func TestHTTPStatus(t *testing.T) {
	tests := []struct {
		code    int
		body    string
		message string
		auth    bool
	}{
		{401, ``, "HTTP 401 Unauthorized", true},
		{403, `{"code":4,"message":"Forbidden origin"}`, "HTTP 403 Forbidden: Forbidden origin", true},
		{400, `{"code":0,"message":"Transport unknown"}`, "HTTP 400 Bad Request: Transport unknown", false},
		{404, `<html>`, "HTTP 404 Not Found", false},
		{502, ``, "HTTP 502 Bad Gateway", false},
		{302, ``, "it redirects (302), which is not followed", false},
		{200, ``, "the server does not speak Engine.IO 4", false},
		{400, `{"message":"no SECRET\n\u001b[31m here"}`, "HTTP 400 Bad Request: no [redacted] [31m here", false},
	}
	for _, test := range tests {
		transports(t, func(t *testing.T, transport endpoint.Transport) {
			cfg := to(serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.code)
				_, _ = io.WriteString(w, test.body)
			}))
			cfg.Endpoint.Transport = transport
			cfg.Endpoint.Token, _ = endpoint.Static("SECRET")
			seen, err := watch(t, cfg, nothing)
			want := test.message
			switch {
			case test.code == 200 && transport == endpoint.WebSocket:
				want = "HTTP 200 OK"
			case test.code == 200 && transport == endpoint.Auto:
				want = "websocket: HTTP 200 OK; polling: " + want
			}
			if got := refusedOnce(t, seen, test.auth); got != want {
				t.Errorf("message %q, want %q", got, want)
			}
			var refused *RefusedError
			var gone *UnreachableError
			if errors.As(err, &refused) != test.auth || errors.As(err, &gone) == test.auth {
				t.Errorf("error %v for %d", err, test.code)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		cfg := to(parse(t, "http://"+l.Addr().String()))
		cfg.Endpoint.Transport, cfg.Endpoint.Timeout = transport, 100*time.Millisecond
		start := time.Now()
		seen, err := watch(t, cfg, nothing)
		if took := time.Since(start); took > patience/2 {
			t.Errorf("it took %v", took)
		}
		if got, want := refusedOnce(t, seen, false), "no answer in 100ms"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
		var gone *UnreachableError
		var timeout interface{ Timeout() bool }
		if !errors.As(err, &gone) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("error %v, want UnreachableError around a timeout", err)
		}
	})
}

// A server that takes no POST, so that CONNECT is under way for ever, does not keep the client from
// leaving.
func TestStuckWrite(t *testing.T) {
	cfg := to(serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Query().Get("sid") == "" {
			_, _ = io.WriteString(w, `0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // the server learns of the end of a request once it has read it
		<-r.Context().Done()
	}))
	cfg.Endpoint.Transport, cfg.Endpoint.Timeout = endpoint.Polling, 100*time.Millisecond
	start := time.Now()
	seen, _ := watch(t, cfg, nothing)
	if got, want := refusedOnce(t, seen, false), "no answer in 100ms"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if took := time.Since(start); took > writeWait {
		t.Errorf("it took %v", took)
	}
}

// A server that hangs up instead of answering is no server, over whatever transport.
func TestHangsUp(t *testing.T) {
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		cfg := to(serveHTTP(t, hangUp))
		cfg.Endpoint.Transport = transport
		seen, _ := watch(t, cfg, nothing)
		if got, want := refusedOnce(t, seen, false), "the connection was closed before the server answered"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	plain := serveHTTP(t, http.NotFound)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	port := parse(t, server.URL).Port()
	tests := []struct {
		url, message string
		tls          *tls.Config
	}{
		{server.URL, "bad certificate: signed by an unknown authority", nil},
		{"https://localhost:" + port, "bad certificate: it is not for localhost", &tls.Config{RootCAs: roots}},
		{server.URL, "HTTP 404 Not Found", &tls.Config{RootCAs: roots}},
		{"https://" + plain.Host, "the server does not speak TLS", nil},
	}
	for _, test := range tests {
		transports(t, func(t *testing.T, transport endpoint.Transport) {
			cfg := to(parse(t, test.url))
			cfg.Endpoint.Transport, cfg.Endpoint.TLS = transport, test.tls
			seen, err := watch(t, cfg, nothing)
			if got := refusedOnce(t, seen, false); got != test.message {
				t.Errorf("message %q, want %q (%v)", got, test.message, err)
			}
		})
	}
}

// Events come over TLS as well.
func TestOverTLS(t *testing.T) {
	upgrader := websocket.Upgrader{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		p := &peer{Conn: conn}
		p.greet(25000, 20000)
		p.accept()
		flood(p.NetConn(), 1000)
		p.untilGone()
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	cfg := to(parse(t, server.URL))
	cfg.Endpoint.TLS = &tls.Config{RootCAs: roots}
	seen, err := watch(t, cfg, until(1001))
	if err != errEnough {
		t.Fatalf("error %v", err)
	}
	for i, s := range seen[1:] {
		if want := "[" + delta(i%100 + 1)[len(`["plan:item-delta",`):]; string(s.Args) != want {
			t.Fatalf("event %d is %s, want %s", i, s.Args, want)
		}
	}
}

func TestExplain(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "care.invalid", IsNotFound: true}}, "unknown host care.invalid"},
		{&url.Error{Op: "Get", URL: "http://x/?sid=secret", Err: errors.New("boom")}, "boom"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, x509.CertificateInvalidError{Reason: x509.Expired}.Error()},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, "bad certificate: expired or not yet valid"},
	}
	for _, test := range tests {
		if got := explain(test.err); got != test.want {
			t.Errorf("explain(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}

func TestUpgradeRefused(t *testing.T) {
	tests := []struct {
		err  error
		want bool
	}{
		{&statusError{code: 403}, true},
		{io.ErrUnexpectedEOF, true},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true},
		{errNotEngine, true},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, false},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "care.invalid"}}, false},
		{tls.RecordHeaderError{}, false},
	}
	for _, test := range tests {
		if got := upgradeRefused(t.Context(), test.err); got != test.want {
			t.Errorf("upgradeRefused(%v) = %v", test.err, got)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\tb\r\nc\x1b[0m token Bearer", "token", "", "a", "Bearer"); got != "a b  c[0m [redacted] [redacted]" {
		t.Errorf("oneLine = %q", got)
	}
	if got := oneLine(strings.Repeat("é", 1000)); len(got) > maxLine+len("…") || !strings.HasSuffix(got, "é…") {
		t.Errorf("oneLine = %q", got)
	}
}

func TestTargetURL(t *testing.T) {
	e := &endpoint.Endpoint{URL: parse(t, "https://care.example.com:8443/base"), SocketPath: "/base/rt"}
	target, _ := newTarget(e)
	if got, want := target.url(transportWebsocket, "").String(), "wss://care.example.com:8443/base/rt/?EIO=4&transport=websocket"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got := target.url(transportPolling, "abc")
	if got.Scheme != "https" || got.Query().Get("sid") != "abc" || got.Query().Get("t") == "" {
		t.Errorf("%s", got)
	}
	e.SocketPath = ""
	if target, _ = newTarget(e); target.path != "/socket.io/" {
		t.Errorf("default path %q", target.path)
	}
}
