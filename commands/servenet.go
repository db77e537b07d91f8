package commands

import (
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/daycert"
)

// defaultPort is where serve listens.
const defaultPort = "4080"

// listenAddress is what --addr names: an address alone stands for its default port.
func (o *serveOptions) listenAddress() string {
	if _, err := netip.ParseAddr(o.addr); err == nil {
		return net.JoinHostPort(o.addr, defaultPort)
	}
	return o.addr
}

// letIn reads which pages may use the server.
func (o *serveOptions) letIn() error {
	for i, text := range o.cors {
		origin, err := server.ParseOrigin(text)
		if err != nil {
			return usage("", "--cors %q: %v", text, err)
		}
		o.cors[i] = origin
	}
	return nil
}

// names are the names that the server is asked for by: those that were told, the one of --addr, and
// where other machines reach it, this machine's.
func (o *serveOptions) names(addr net.Addr) []string { return hostNames(o.addr, o.hosts, addr) }

// hostNames are the names by which a server is asked for that was told to listen at given, and does
// at addr: those that were told, that of given, and this machine's.
func hostNames(given string, told []string, addr net.Addr) []string {
	names := slices.Clone(told)
	if host, _, err := net.SplitHostPort(given); err == nil && host != "" {
		names = append(names, host)
	}
	if isReachable(addr) {
		if name, err := os.Hostname(); err == nil && name != "" {
			name, _, _ = strings.Cut(name, ".")
			names = append(names, name, name+".local")
		}
	}
	return names
}

// secure puts a listener behind TLS, with a certificate that is made for the day. authority is what
// clients have to trust; nil where there is no TLS.
func (o *serveOptions) secure(app *App, listener net.Listener) (secured net.Listener, authority []byte, err error) {
	if !o.tls {
		return listener, nil, nil
	}
	certificate, authority, err := daycert.New(app.Now(), certifiedHosts(o.addr, o.hosts, listener.Addr()))
	if err != nil {
		return nil, nil, err
	}
	// HTTP/2 has no way to begin a WebSocket that clients know.
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	return tls.NewListener(listener, config), authority, nil
}

// certifiedHosts are the names and addresses that a certificate for the day is made for.
func certifiedHosts(given string, told []string, addr net.Addr) []string {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, hostNames(given, told, addr)...)
	hosts = append(hosts, reachableHosts(addr)...)
	if at, ok := addr.(*net.TCPAddr); ok && !at.IP.IsUnspecified() {
		hosts = append(hosts, at.IP.String())
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

func (o *serveOptions) scheme() string {
	if o.tls {
		return "https"
	}
	return "http"
}

// isReachable says whether other machines reach an address.
func isReachable(addr net.Addr) bool {
	at, ok := addr.(*net.TCPAddr)
	return ok && !at.IP.IsLoopback()
}

// reachableHosts are the addresses by which other machines reach what listens at addr, those of
// private networks first.
func reachableHosts(addr net.Addr) []string {
	at, ok := addr.(*net.TCPAddr)
	if !ok || at.IP.IsLoopback() {
		return nil
	}
	if !at.IP.IsUnspecified() {
		return []string{at.IP.String()}
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	return sortedHosts(all, at.IP.To4() != nil)
}

// sortedHosts are the addresses of this machine's that lead to it from another one: those of
// private networks first, and IPv4 before IPv6, which people type less well.
func sortedHosts(all []net.Addr, onlyIPv4 bool) []string {
	var found []netip.Addr
	for _, one := range all {
		prefix, err := netip.ParsePrefix(one.String())
		if err != nil {
			continue
		}
		addr := prefix.Addr().Unmap()
		if addr.IsGlobalUnicast() && (addr.Is4() || !onlyIPv4) {
			found = append(found, addr)
		}
	}
	rank := func(a netip.Addr) int {
		switch {
		case a.Is4() && a.IsPrivate():
			return 0
		case a.Is4():
			return 1
		case a.IsPrivate():
			return 2
		}
		return 3
	}
	slices.SortStableFunc(found, func(a, b netip.Addr) int { return rank(a) - rank(b) })
	hosts := make([]string, len(found))
	for i, addr := range found {
		hosts[i] = addr.String()
	}
	return hosts
}

// announceReachable says where phones find the server.
func announceReachable(app *App, addr net.Addr, scheme string) {
	at, ok := addr.(*net.TCPAddr)
	if !ok {
		return
	}
	var urls []string
	for _, host := range reachableHosts(addr) {
		urls = append(urls, urlOf(scheme, host, at.Port))
	}
	if len(urls) > 0 {
		app.note("from phones and other machines: %s", strings.Join(urls, " or "))
	}
}

// warnReachable warns where an address is not this machine's alone.
func warnReachable(app *App, addr net.Addr, scheme string) {
	how := ", over plain HTTP"
	if scheme == "https" {
		how = ""
	}
	if isReachable(addr) {
		app.note("warning: %s can be reached from other machines%s", addr, how)
	}
}
