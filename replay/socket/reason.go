package socket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/carebase/deltatap/replay/endpoint"
)

// statusError is an HTTP answer that was no consent.
type statusError struct {
	code  int
	says  string // what an Engine.IO server says about it; may be ""
	leads string // scheme and host that it redirects to; may be ""
}

// redirects tells whether the answer names another address.
func (e *statusError) redirects() bool {
	switch e.code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// Is makes a redirect one for errors.Is.
func (e *statusError) Is(target error) bool { return target == endpoint.ErrRedirect && e.redirects() }

func (e *statusError) Error() string {
	switch {
	case e.redirects() && e.leads == "":
		return fmt.Sprintf("it redirects (%d), which is not followed", e.code)
	case e.redirects():
		return "it redirects to " + e.leads + ", which is not followed"
	}
	text := "HTTP " + strconv.Itoa(e.code)
	if phrase := http.StatusText(e.code); phrase != "" {
		text += " " + phrase
	}
	if e.says != "" {
		text += ": " + e.says
	}
	return text
}

// readStatus makes an error of an answer. It reads no more of the body than an Engine.IO server's
// own words: `{"code":0,"message":"Transport unknown"}`. Of where it redirects to it takes scheme
// and host: the rest may hold secrets.
func readStatus(answer *http.Response) *statusError {
	var body struct {
		Message string `json:"message"`
	}
	_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<10)).Decode(&body)
	status := &statusError{code: answer.StatusCode, says: body.Message}
	if target, err := answer.Location(); err == nil && target.Hostname() != "" {
		status.leads = target.Scheme + "://" + target.Host
	}
	return status
}

// readForwarded makes an error of an answer that a proxy may have given that hands requests on: of
// one that is not in the words of an Engine.IO server. A nil proxy gives none.
func readForwarded(answer *http.Response, proxy *endpoint.Proxy) error {
	status := readStatus(answer)
	switch {
	case proxy == nil || status.says != "" || status.redirects():
		return status
	case status.code == http.StatusProxyAuthRequired:
		return proxy.Refused(status.code)
	case status.code == http.StatusForbidden || status.code >= http.StatusInternalServerError:
		return proxy.Suspected(status.code)
	}
	return status
}

// isAuth reports whether an error is the server's, or a proxy's, no to this client.
func isAuth(err error) bool {
	var status *statusError
	return errors.As(err, &status) && (status.code == http.StatusUnauthorized || status.code == http.StatusForbidden)
}

// timeoutError is an attempt that ran out of time.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return "no answer in " + e.after.String() }

// Timeout makes it a net.Error's kind of timeout.
func (e *timeoutError) Timeout() bool { return true }

// dialError prefers the reason why a context ended over what its end did to a connection.
func dialError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// explain says in one line why a connection did not come about.
func explain(err error) string {
	var (
		both    *bothRefused
		unknown *net.DNSError
		op      *net.OpError
		address *url.Error
		proxy   *endpoint.ProxyError
	)
	switch {
	case errors.As(err, &both):
		return both.Error()
	case errors.As(err, &proxy):
		return proxy.Error()
	case isHTTP2(err):
		return ErrHTTP2.Error()
	case isTLS(err):
		return explainTLS(err)
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return "unknown host " + unknown.Name
	case errors.As(err, &op) && op.Addr != nil && errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused by " + op.Addr.String()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errServerClose):
		return "the connection was closed before the server answered"
	case errors.As(err, &address):
		return explain(address.Err) // the address adds nothing but its query
	case strings.Contains(err.Error(), "response headers exceeded"):
		return errHeaders.Error()
	}
	return err.Error()
}

// isTLS reports whether it was TLS that failed.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.Is(err, http.ErrSchemeMismatch)
}

// isHTTP2 reports whether a server wants to speak HTTP/2 alone.
func isHTTP2(err error) bool {
	if err == nil || errors.Is(err, ErrHTTP2) {
		return err != nil
	}
	text := err.Error() // there is no type to ask for either
	return strings.Contains(text, "tls: no application protocol") || strings.Contains(text, `malformed HTTP response "\x00\x00`)
}

func explainTLS(err error) string {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "bad certificate: signed by an unknown authority"
	case errors.As(err, &hostname):
		return "bad certificate: it is not for " + hostname.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "bad certificate: expired or not yet valid"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS"
	}
	return err.Error()
}

const (
	// maxLine bounds a reason, in bytes.
	maxLine = 300
	// minSecret is how long a secret must be, in bytes, to be looked for: "1" is in every text.
	minSecret = 4
)

// oneLine makes text fit for one line of an error: no control characters, no secret, no more than a
// line.
func oneLine(text string, secrets ...string) string {
	text = redact(text, secrets)
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}

// redact takes secrets out of a text.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}
