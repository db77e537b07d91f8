package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWhyOfErrors(t *testing.T) {
	for want, err := range map[string]error{
		"no such host":                                &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "S3cret", IsNotFound: true}},
		"the host's name cannot be looked up":         &net.DNSError{Err: "server misbehaving", Name: "S3cret"},
		"no answer in time":                           fmt.Errorf("x: %w", context.DeadlineExceeded),
		"connection refused":                          os.NewSyscallError("connect", syscall.ECONNREFUSED),
		"no route to the host":                        os.NewSyscallError("connect", syscall.EHOSTUNREACH),
		"network is unreachable":                      os.NewSyscallError("connect", syscall.ENETUNREACH),
		"connection closed by the server":             os.NewSyscallError("write", syscall.EPIPE),
		"too many open files":                         os.NewSyscallError("socket", syscall.EMFILE),
		"certificate has expired or is not yet valid": x509.CertificateInvalidError{Reason: x509.Expired},
		"certificate is not valid":                    x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign},
		"the server ended the TLS handshake: protocol version not supported": tls.AlertError(70),
		"no usable answer": errors.New("malicious S3cret"),
	} {
		if got := Why(err); got != want {
			t.Errorf("Why(%v) = %q, want %q", err, got, want)
		}
	}
}

// answers is a server that says the same to everyone, whatever they say.
func answers(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.ReadAtLeast(conn, make([]byte, 4096), 1)
			io.WriteString(conn, text)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

func TestWhyOfRequests(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	stuck := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	defer slow.Close()
	defer close(stuck)
	gone := httptest.NewServer(nil)
	gone.Close()
	trusting := &tls.Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	for _, c := range []struct {
		name, url, want string
		tls             *tls.Config
	}{
		{"refused", gone.URL, "connection refused", nil},
		{"unknown authority", secure.URL, "certificate signed by unknown authority", nil},
		{"another host", strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), "certificate is for another host", trusting},
		{"HTTP, not HTTPS", "https" + strings.TrimPrefix(plain.URL, "http"), "the server speaks HTTP, not HTTPS", nil},
		{"no TLS", "https://" + answers(t, "hello there, this is no TLS"), "the server does not speak TLS on that port", nil},
		{"no HTTP", "http://" + answers(t, "S3cret\r\n\r\n"), "the answer is not HTTP", nil},
		{"closed", "http://" + answers(t, ""), "the server closed the connection", nil},
		{"slow", slow.URL, "no answer in time", nil},
	} {
		transport := &http.Transport{TLSClientConfig: c.tls, DisableKeepAlives: true}
		client := &http.Client{Transport: transport, Timeout: 500 * time.Millisecond}
		if c.name != "slow" {
			client.Timeout = 30 * time.Second
		}
		_, err := client.Get(c.url + "/?token=S3cret")
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if got := Why(err); got != c.want {
			t.Errorf("%s: Why(%v) = %q, want %q", c.name, err, got, c.want)
		}
	}
}
