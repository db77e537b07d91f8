package doctor

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/carebase/deltatap/replay/endpoint"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// checkProxy tells which proxy the environment names for the server.
func (e *examination) checkProxy(context.Context) Line {
	proxy, err := endpoint.ProxyFor(e.cfg.Endpoint.URL)
	if err != nil {
		return failure(err)
	}
	e.proxy = proxy
	if proxy == nil {
		return ok("none").with(Way{})
	}
	address := proxy.URL.Scheme + "://" + proxy.URL.Host
	return ok("connections go through " + proxy.String()).with(Way{Proxy: address, Variable: proxy.Variable})
}

// door is the host and port that connections go to: the proxy's, where there is one.
func (e *examination) door() (host, port string) {
	if e.proxy != nil {
		host, port, _ = net.SplitHostPort(e.proxy.Address())
		return host, port
	}
	u := e.cfg.Endpoint.URL
	if port = u.Port(); port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Hostname(), port
}

// checkDNS looks up the server's name, or the proxy's, which looks up the server's itself.
func (e *examination) checkDNS(ctx context.Context) Line {
	host, port := e.door()
	if _, err := netip.ParseAddr(host); err == nil {
		e.dials = []string{net.JoinHostPort(host, port)}
		return ok(host + " is an address, no name").with(Address{[]string{host}})
	}
	ctx, cancel := e.within(ctx)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return fail(host+": "+endpoint.Why(err), "is the name spelt right, and does this machine's resolver know it? A VPN may have to be up").as(Unreachable)
	}
	var addresses []string
	for _, address := range found {
		text := address.Unmap().String()
		addresses = append(addresses, text)
		e.dials = append(e.dials, net.JoinHostPort(text, port))
	}
	return ok(host + " is " + listSome(addresses)).with(Address{addresses})
}

// listSome lists the first three words.
func listSome(words []string) string {
	const most = 3
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:most], ", ") + " and " + itoa(int64(len(words)-most)) + " more"
}

// mostDials bounds how many addresses of a name are tried.
const mostDials = 8

// checkTCP connects to every address of the name, all at once.
func (e *examination) checkTCP(ctx context.Context) Line {
	ctx, cancel := e.within(ctx)
	defer cancel()
	addresses := e.dials[:min(len(e.dials), mostDials)]
	why := make([]string, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { why[i] = dialOnce(ctx, address) })
	}
	all.Wait()
	return judgeDials(addresses, why, e.proxy)
}

// dialOnce connects and hangs up; it tells why there was no connection, or "".
func dialOnce(ctx context.Context, address string) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return endpoint.Why(err)
	}
	_ = conn.Close()
	return ""
}

// judgeDials makes a line of what came of each address. Clients go on to the next address by
// themselves: one that answers nothing costs them time.
func judgeDials(addresses, why []string, proxy *endpoint.Proxy) Line {
	var open, shut []string
	for i, address := range addresses {
		if why[i] == "" {
			open = append(open, address)
			continue
		}
		shut = append(shut, address+": "+why[i])
	}
	subject, next := "", "is the server up, does it listen on this port, and does a firewall let you through?"
	if proxy != nil {
		subject, next = proxy.String()+", ", proxy.Variable+" names the proxy; NO_PROXY lists hosts that are asked without it"
	}
	switch {
	case len(open) == 0:
		return fail(subject+listSome(shut), next).as(Unreachable)
	case len(shut) > 0 && !allLoopback(addresses):
		return warn(subject+"connects to "+listSome(open)+", but not to "+listSome(shut), "clients that try the other address first wait for it: mend it, or take it out of the name's records").with(Address{open})
	}
	return ok(subject + "connects to " + listSome(open)).with(Address{open})
}

// allLoopback tells whether all addresses are this machine's own: localhost has two, and servers
// listen on one.
func allLoopback(addresses []string) bool {
	for _, address := range addresses {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil || !parsed.Addr().IsLoopback() {
			return false
		}
	}
	return true
}
