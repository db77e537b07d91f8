package endpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// bare writes a URL without what may be secret in it: userinfo, query and fragment.
func bare(u *url.URL) string {
	if u == nil {
		return ""
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

// Shown is what may be shown of an Endpoint or a Context.
type Shown struct {
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

// Shown is what may be shown of the endpoint.
func (e Endpoint) Shown() Shown {
	return Shown{
		Name: e.Name, Server: e.Server(), SocketPath: e.SocketPath, Transport: e.Transport,
		Headers: slices.Sorted(maps.Keys(e.Header)), Token: Describe(e.Token),
		Timeout: timeoutText(e.Timeout), Insecure: e.Insecure, Writable: e.Writable,
	}
}

// Shown is what may be shown of the context.
func (c Context) Shown() Shown {
	r := Shown{
		Name: c.Name, Server: "***", SocketPath: c.SocketPath, Transport: Transport(c.Transport),
		Headers: slices.Sorted(maps.Keys(c.Headers)), Token: shownReference(c.Token),
		Timeout: timeoutText(c.Timeout), Insecure: c.Insecure, Writable: c.Writable,
	}
	if u, err := ParseServer(c.Server); err == nil {
		r.Server = bare(u)
	}
	return r
}

// shownReference is what may be shown of a reference to a token, or of what stands in its place.
func shownReference(ref string) string {
	switch {
	case ref == "":
		return "none"
	case strings.HasPrefix(ref, schemeExec):
		return schemeExec + "…"
	case isReference(ref):
		return ref
	}
	return "***"
}

func timeoutText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return d.String()
}

// String is the redacted form on one line: "prod https://care.example.com (token env://CARE_TOKEN,
// websocket)".
func (r Shown) String() string {
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

// String is the endpoint on one line, redacted: "prod https://care.example.com (token
// env://CARE_TOKEN, websocket)".
func (e Endpoint) String() string { return e.Shown().String() }

// GoString is String: %#v shows no more than %v does.
func (e Endpoint) GoString() string { return e.String() }

// Format writes String for every verb, so that no verb or flag reaches the fields.
func (e Endpoint) Format(f fmt.State, _ rune) { io.WriteString(f, e.String()) }

// MarshalText is String.
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalJSON is an object of what may be shown.
func (e Endpoint) MarshalJSON() ([]byte, error) { return json.Marshal(e.Shown()) }

// LogValue is a group of what may be shown.
func (e Endpoint) LogValue() slog.Value { return e.Shown().logValue() }

// String is the context on one line, redacted as an Endpoint is.
func (c Context) String() string { return c.Shown().String() }

// GoString is String.
func (c Context) GoString() string { return c.String() }

// Format writes String for every verb.
func (c Context) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// MarshalText is String.
func (c Context) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalJSON is an object of what may be shown, with the members of an Endpoint's.
func (c Context) MarshalJSON() ([]byte, error) { return json.Marshal(c.Shown()) }

// LogValue is a group of what may be shown.
func (c Context) LogValue() slog.Value { return c.Shown().logValue() }

func (r Shown) logValue() slog.Value {
	return slog.GroupValue(
		slog.String("name", r.Name),
		slog.String("server", r.Server),
		slog.String("transport", string(r.Transport)),
		slog.String("token", r.Token),
		slog.Any("headers", r.Headers),
	)
}

// String is where the configuration was read, and the names in it.
func (c Config) String() string {
	return c.Path + " (contexts " + strings.Join(c.Names(), " ") + ")"
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// Format writes String for every verb.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// String is how many headers there are, and nothing else: flags may hold anything.
func (s Settings) String() string { return fmt.Sprintf("settings with %d headers", len(s.Headers)) }

// GoString is String.
func (s Settings) GoString() string { return s.String() }

// Format writes String for every verb.
func (s Settings) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }
