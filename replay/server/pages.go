package server

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
)

// pages decides which web pages may use the server from a browser, and under which names it is
// asked.
//
// A page of another site could make a browser ask a server on the user's own machine: with the
// user's cookie, or, where the site's name is made to lead to this machine (DNS rebinding), as if
// the server were the site's own. So the name that a request is for must be one that nobody else
// can give out, and the page that it is from must be one of this machine's, the server's own, or
// one that was let in. What no browser sends has no Origin, and is not held up.
type pages struct {
	origins map[string]bool // that are let in; AnyOrigin: all, without their cookies
	hosts   map[string]bool
	logf    func(format string, args ...any)

	mu   sync.Mutex
	told map[string]bool // what was refused and told of
}

// AnyOrigin lets pages of every origin in. Their cookies are not looked at.
const AnyOrigin = "*"

// mostTold is how many different refusals are told of: a stranger makes up as many names as he
// likes.
const mostTold = 20

func newPages(origins, hosts []string, logf func(format string, args ...any)) *pages {
	p := &pages{origins: map[string]bool{}, hosts: map[string]bool{}, logf: logf, told: map[string]bool{}}
	for _, origin := range origins {
		p.origins[origin] = true
	}
	for _, host := range hosts {
		p.hosts[strings.ToLower(host)] = true
	}
	return p
}

// ErrOrigin says that a text is no origin.
var ErrOrigin = errors.New("not an origin, which is like https://app.example.com or http://192.168.1.7:3000")

// ParseOrigin is an origin as browsers spell it. AnyOrigin is one, and so is "null", that of files
// and of sandboxed frames.
func ParseOrigin(text string) (string, error) {
	if text == AnyOrigin || text == "null" {
		return text, nil
	}
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(text, "/")))
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", ErrOrigin
	}
	return u.Scheme + "://" + withoutDefaultPort(u.Scheme, u.Host), nil
}

func withoutDefaultPort(scheme, host string) string {
	return strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
}

// guard serves what may be asked, and tells browsers so.
func (p *pages) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin, fromPage := pageOf(r)
		switch {
		case !p.answersTo(r.Host):
			p.refuse(w, "a request for the host "+shortName(r.Host)+": --host lets it in", "Host not allowed")
			return
		case fromPage && !p.letsIn(origin, r.Host):
			p.refuse(w, "a request of a page of "+shortName(origin)+": --cors lets it in", "Origin not allowed")
			return
		case fromPage:
			p.permit(w.Header(), r, origin)
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			permitMethods(w.Header(), r.Header)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pageOf is the origin of the page that a request is from; false where it is from none, or from no
// browser.
func pageOf(r *http.Request) (string, bool) {
	if _, ok := r.Header["Origin"]; !ok {
		return "", false
	}
	return r.Header.Get("Origin"), true
}

// answersTo says whether a request may be for this host: an address, a name of this machine for
// itself, or a name that was told. A browser that was misled sends another name.
func (p *pages) answersTo(host string) bool {
	name := hostName(host)
	return name == "" || isAddress(name) || isOwnName(name) || p.hosts[name]
}

// letsIn says whether pages of an origin may use the server that a request for host reached.
func (p *pages) letsIn(origin, host string) bool {
	spelled, err := ParseOrigin(origin)
	return err == nil && spelled != AnyOrigin && (p.origins[AnyOrigin] || p.knows(spelled, host))
}

// knows says whether an origin is this machine's, the server's own, or was let in by its name.
func (p *pages) knows(origin, host string) bool {
	scheme, at, _ := strings.Cut(origin, "://")
	name := hostName(at)
	return p.origins[origin] || isOwnName(name) || isLoopback(name) ||
		at != "" && at == withoutDefaultPort(scheme, strings.ToLower(host))
}

// permit tells a browser that the page may read the answer. A page that is let in only because all
// are comes without cookies.
func (p *pages) permit(header http.Header, r *http.Request, origin string) {
	if spelled, err := ParseOrigin(origin); err != nil || !p.knows(spelled, r.Host) {
		header.Set("Access-Control-Allow-Origin", AnyOrigin)
		r.Header.Del("Cookie")
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
}

// permitMethods answers what a browser asks before it sends a request.
func permitMethods(header, asked http.Header) {
	header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	if names := asked.Get("Access-Control-Request-Headers"); names != "" {
		header.Set("Access-Control-Allow-Headers", names)
	}
	if asked.Get("Access-Control-Request-Private-Network") == "true" {
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
	header.Set("Access-Control-Max-Age", "600")
}

// refuse answers a request that nothing is done for, and tells of each kind once.
func (p *pages) refuse(w http.ResponseWriter, what, message string) {
	w.Header().Set("Connection", "close")
	write(w, (&problem{http.StatusForbidden, message}).answer())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told[what] || len(p.told) >= mostTold {
		return
	}
	p.told[what] = true
	p.logf("refused %s", what)
}

// shortName is a name that a stranger gave, cut short and quoted where it is odd.
func shortName(name string) string {
	const most = 100
	if len(name) > most {
		name = name[:most] + "…"
	}
	odd := func(r rune) bool { return r <= ' ' || r > '~' && r != '…' }
	return strings.Map(func(r rune) rune {
		if odd(r) {
			return '?'
		}
		return r
	}, name)
}

// hostName is the name or address of a host, without the port and without brackets, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func isAddress(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil
}

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// isOwnName says whether a name means this machine itself on every machine (RFC 6761, section 6.3).
func isOwnName(name string) bool { return name == "localhost" || strings.HasSuffix(name, ".localhost") }
