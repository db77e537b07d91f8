package endpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// bare writes a URL without what may be secret in it: userinfo, query and fragment.
func bare(u *url.URL) string {
	if u == nil {
		return ""
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

// redacted is what may be shown of an Endpoint.
type redacted struct {
	Name       string    `json:"name,omitempty"`
	Server     string    `json:"server"`
	SocketPath string    `json:"socketPath,omitempty"`
	Transport  Transport `json:"transport,omitempty"`
	Headers    []string  `json:"headers,omitempty"` // names alone
	Token      string    `json:"token"`             // a reference that tells nothing, or "none"
	Timeout    string    `json:"timeout,omitempty"`
	Insecure   bool      `json:"insecure,omitempty"`
	Writable   bool      `json:"writable,omitempty"`
}

func (e Endpoint) redacted() redacted {
	names := make([]string, 0, len(e.Header))
	for name := range e.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	r := redacted{
		Name: e.Name, Server: e.Server(), SocketPath: e.SocketPath, Transport: e.Transport, Headers: names,
		Token: Describe(e.Token), Insecure: e.Insecure, Writable: e.Writable,
	}
	if e.Timeout > 0 {
		r.Timeout = e.Timeout.String()
	}
	return r
}

// String is the endpoint on one line, redacted: "prod https://care.example.com (token env://CARE_TOKEN, websocket)".
func (e Endpoint) String() string {
	r := e.redacted()
	details := []string{"token " + r.Token, string(r.Transport)}
	if len(r.Headers) > 0 {
		details = append(details, "headers "+strings.Join(r.Headers, " "))
	}
	if r.Insecure {
		details = append(details, "insecure")
	}
	details = slices.DeleteFunc(details, func(s string) bool { return s == "" })
	return strings.TrimLeft(r.Name+" "+r.Server, " ") + " (" + strings.Join(details, ", ") + ")"
}

// GoString is String: %#v shows no more than %v does.
func (e Endpoint) GoString() string { return e.String() }

// Format writes String for every verb, so that no verb or flag reaches the fields.
func (e Endpoint) Format(f fmt.State, _ rune) { io.WriteString(f, e.String()) }

// MarshalText is String.
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalJSON is an object of what may be shown.
func (e Endpoint) MarshalJSON() ([]byte, error) { return json.Marshal(e.redacted()) }

// LogValue is a group of what may be shown.
func (e Endpoint) LogValue() slog.Value {
	r := e.redacted()
	return slog.GroupValue(
		slog.String("name", r.Name),
		slog.String("server", r.Server),
		slog.String("transport", string(r.Transport)),
		slog.String("token", r.Token),
		slog.Any("headers", r.Headers),
	)
}
