package tap

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// address is how an app reaches the tap: what stands in the place of the server's address.
type address struct {
	scheme, host string
	secure       bool // the app's connection to the tap is encrypted
}

func (a address) origin() string { return a.scheme + "://" + a.host }

// addressOf is the address by which the app asked.
func addressOf(r *http.Request) address {
	if r.TLS != nil {
		return address{scheme: "https", host: r.Host, secure: true}
	}
	return address{scheme: "http", host: r.Host}
}

// rewrite makes the request to the server of the app's.
func (t *Tap) rewrite(r *httputil.ProxyRequest) {
	out, q := r.Out, questionOf(r.In)
	out.URL.Scheme, out.URL.Host, out.Host = t.server.Scheme, t.server.Host, t.server.Host
	out.URL.Path = t.server.Path + r.In.URL.Path
	out.URL.RawPath = t.server.EscapedPath() + r.In.URL.EscapedPath()
	if q.socket != "-" {
		out.URL.Path, out.URL.RawPath = t.config.Server.SocketPath+q.socket, ""
	}
	out.URL.RawQuery = r.In.URL.RawQuery // also what net/url cannot read
	out.Trailer = r.In.Trailer           // the same map: it is filled when the body has come
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok { // the app's own
			out.Header[name] = values
		}
	}
	for _, name := range []string{"Origin", "Referer"} {
		t.toServer(out.Header, name, q.address)
	}
	// What the two would agree on, compression, would hide what they say.
	out.Header.Del("Sec-Websocket-Extensions")
	for name, values := range t.config.Server.Header {
		out.Header[name] = values
	}
}

// toServer names the server where the app named the tap.
func (t *Tap) toServer(header http.Header, name string, asked address) {
	value := header.Get(name)
	rest, ok := strings.CutPrefix(value, asked.origin())
	switch {
	case !ok:
	case rest == "":
		header.Set(name, t.origin())
	case rest[0] == '/':
		header.Set(name, t.origin()+t.server.EscapedPath()+rest)
	}
}

// origin is scheme, host and port of the server, as a browser writes them.
func (t *Tap) origin() string {
	scheme, host := t.server.Scheme, t.server.Host
	if bare := strings.TrimSuffix(host, ":"+defaultPorts[scheme]); bare != host {
		host = bare
	}
	return scheme + "://" + host
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// readdress names the tap where the server named itself.
func (t *Tap) readdress(header http.Header, asked address) {
	for _, name := range []string{"Location", "Content-Location"} {
		if value := header.Get(name); value != "" {
			header.Set(name, t.toApp(value, asked))
		}
	}
	if header.Get("Access-Control-Allow-Origin") == t.origin() {
		header.Set("Access-Control-Allow-Origin", asked.origin())
	}
	for i, cookie := range header["Set-Cookie"] {
		header["Set-Cookie"][i] = t.cookie(cookie, asked)
	}
}

// toApp is where an address leads the app: one of the server's own leads to the tap.
func (t *Tap) toApp(location string, asked address) string {
	target, err := url.Parse(location)
	if err != nil || target.Host == "" && target.Scheme != "" {
		return location
	}
	rest := location
	if target.Host != "" {
		if !t.isServer(target) {
			return location
		}
		_, rest, _ = strings.Cut(location, "//")
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			rest = rest[i:]
		} else {
			rest = ""
		}
	}
	rest = t.below(rest)
	if target.Host == "" {
		return rest
	}
	return asked.origin() + rest
}

// isServer says whether an absolute or scheme-relative address is the server's.
func (t *Tap) isServer(target *url.URL) bool {
	scheme := strings.ToLower(target.Scheme)
	if scheme == "" {
		scheme = t.server.Scheme
	}
	port := func(u *url.URL, scheme string) string {
		if p := u.Port(); p != "" {
			return p
		}
		return defaultPorts[scheme]
	}
	return strings.EqualFold(target.Hostname(), t.server.Hostname()) && port(target, scheme) == port(t.server, t.server.Scheme)
}

// below is a path of the server's as the app asks for it: without the path of the server's URL.
func (t *Tap) below(path string) string {
	prefix := t.server.EscapedPath()
	rest, ok := strings.CutPrefix(path, prefix)
	switch {
	case prefix == "" || !ok:
		return path
	case rest == "":
		return "/"
	case strings.IndexByte("/?#", rest[0]) < 0: // "/prefixed"
		return path
	}
	return rest
}

// cookie rewrites a cookie so far that an app keeps it and sends it to the tap: without the
// server's domain, and where the way to the tap is not encrypted, without what asks for that.
func (t *Tap) cookie(text string, asked address) string {
	parts := strings.Split(text, ";")
	kept := parts[:1]
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "domain":
			continue
		case "secure", "partitioned":
			if !asked.secure {
				continue
			}
		case "samesite":
			if !asked.secure && strings.EqualFold(strings.TrimSpace(value), "none") {
				continue // a browser takes it with Secure alone
			}
		case "path":
			part = name + "=" + t.below(strings.TrimSpace(value))
		}
		kept = append(kept, part)
	}
	return strings.Join(kept, ";")
}
