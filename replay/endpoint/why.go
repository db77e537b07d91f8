package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Why says in a few words why a connection or a request failed. The words are ours: they hold
// nothing of what was sent or answered, and no URL.
func Why(err error) string {
	for _, explain := range []func(error) string{whyTold, WhyTLS, whyTimeout, whyLookup, whySystem, whyProtocol} {
		if why := explain(err); why != "" {
			return why
		}
	}
	return noAnswer
}

// noAnswer is what is said where nothing is known.
const noAnswer = "no usable answer"

// whyTold is what this package's own errors say.
func whyTold(err error) string {
	if large, ok := errors.AsType[*TooLargeError](err); ok {
		return large.Error()
	}
	if coded, ok := errors.AsType[*EncodingError](err); ok {
		return coded.Error()
	}
	if proxy, ok := errors.AsType[*ProxyError](err); ok {
		return proxy.Error()
	}
	return ""
}

// WhyTLS says in a few words why no encrypted connection came about; "" where TLS was not the
// reason.
func WhyTLS(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "certificate signed by unknown authority"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "certificate is for another host"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "certificate has expired or is not yet valid"
		}
		return "certificate is not valid"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate cannot be verified"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS on that port"
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return "the server ended the TLS handshake: " + strings.TrimPrefix(alert.Error(), "tls: ")
	}
	return ""
}

func whyTimeout(err error) string {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	return ""
}

func whyLookup(err error) string {
	lookup, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return ""
	case lookup.IsNotFound:
		return "no such host"
	}
	return "the host's name cannot be looked up"
}

func whySystem(err error) string {
	for _, known := range []struct {
		err error
		why string
	}{
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.ECONNRESET, "connection reset by the server"},
		{syscall.EPIPE, "connection closed by the server"},
		{syscall.EHOSTUNREACH, "no route to the host"},
		{syscall.ENETUNREACH, "network is unreachable"},
		{syscall.EACCES, "permission denied"},
	} {
		if errors.Is(err, known.err) {
			return known.why
		}
	}
	// Other systems have other numbers for the same; the call's own text is a system's, never a
	// server's.
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		return call.Err.Error()
	}
	return ""
}

func whyProtocol(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "the server speaks HTTP, not HTTPS"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return "the server closed the connection"
	case strings.Contains(text, `malformed HTTP response "\x00\x00`):
		return "the server speaks HTTP/2 alone, without TLS"
	case strings.Contains(text, "response headers exceeded"):
		return "the answer's headers are longer than 1 MiB"
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "transport connection broken"):
		return "the answer is not HTTP"
	case strings.Contains(text, "proxyconnect"):
		return "the proxy refused"
	}
	return ""
}
