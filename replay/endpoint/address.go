package endpoint

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxAddress bounds the length of a server's URL in bytes.
const maxAddress = 4096

const addressHint = "a URL with its scheme, like https://care.example.com"

// ParseServer reads a server's URL: http or https (ws and wss mean the same), a host, a port where
// it is not the scheme's own, and a path that stands in front of every path. Userinfo, query and
// fragment are refused, since secrets live there; no error repeats the text.
func ParseServer(text string) (*url.URL, error) {
	if len(text) > maxAddress {
		return nil, faulty("longer than %d bytes", maxAddress)
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, faulty("not a URL").hinted(addressHint)
	}
	scheme, known := schemes[u.Scheme]
	switch {
	case !known && (u.Scheme == "" || u.Opaque != "" || u.Host == ""):
		return nil, faulty("not a URL with a scheme").hinted(addressHint)
	case !known:
		return nil, faulty("the scheme is neither http nor https").hinted(addressHint)
	case u.User != nil:
		return nil, faulty("a name or password in the URL").hinted("leave it out; the token comes from --token-file, DELTATAP_TOKEN or a context")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return nil, faulty("a query or fragment in the URL").hinted("scheme, host, port and path alone")
	case u.Hostname() == "" || u.Opaque != "":
		return nil, faulty("no host in the URL").hinted(addressHint)
	}
	if !isHost(u) {
		return nil, faulty("not the name or address of a host").hinted("letters beyond ASCII are written as xn--…")
	}
	if err := checkPort(u); err != nil {
		return nil, err
	}
	return tidy(u, scheme), nil
}

// isHost tells whether an address names a host: by its name, by an IPv4 address, or by an IPv6
// address in brackets, with or without a zone.
func isHost(u *url.URL) bool {
	host, bracketed := u.Hostname(), strings.HasPrefix(u.Host, "[")
	if !bracketed {
		return hostName().MatchString(host)
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Is6() && (ip.Zone() == "" || hostName().MatchString(ip.Zone()))
}

var hostName = compileLater(`^[A-Za-z0-9._-]+$`)

// schemes maps what may be written to what is spoken.
var schemes = map[string]string{"http": "http", "https": "https", "ws": "http", "wss": "https"}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

func checkPort(u *url.URL) error {
	port := u.Port()
	if port == "" && !strings.HasSuffix(u.Host, ":") {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return faulty("no such port").hinted("1 to 65535")
	}
	return nil
}

// tidy writes equal addresses equally: lower-case host, no default port, no slash at the end.
func tidy(u *url.URL, scheme string) *url.URL {
	host := strings.ToLower(u.Hostname())
	if port := strings.TrimLeft(u.Port(), "0"); port != "" && port != defaultPorts[scheme] {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	out := &url.URL{Scheme: scheme, Host: host}
	if path := strings.TrimRight(u.EscapedPath(), "/"); path != "" {
		out.Path, out.RawPath = strings.TrimRight(u.Path, "/"), path
		if out.EscapedPath() != path || out.Path == path {
			out.RawPath = ""
		}
	}
	return out
}

// sameOrigin tells whether two tidied addresses have the scheme, host and port in common: the
// border that a token never crosses.
func sameOrigin(a, b *url.URL) bool {
	return a != nil && b != nil && a.Scheme == b.Scheme && a.Host == b.Host
}

// loopback tells whether an address is this machine's own.
func loopback(u *url.URL) bool {
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// parseSocketPath reads the path of Socket.IO: absolute on the host, whatever the path of the
// server's URL.
func parseSocketPath(path string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		return "", faulty("does not begin with a slash").hinted("like /socket.io")
	}
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '%' || c == '"' || c == '\\' {
			return "", faulty("not a plain path").hinted("like /socket.io")
		}
	}
	if path = strings.TrimRight(path, "/"); path == "" {
		return "", faulty("no path").hinted("like /socket.io")
	}
	return path, nil
}
