package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

const (
	nextTLS = "--ca-file PATH trusts an authority of your own; --insecure trusts anybody"
	// soon is when an expiry that comes is told.
	soon = 14 * 24 * time.Hour
)

// errSeen ends a handshake once the certificates are seen: nothing is asked of the server.
var errSeen = errors.New("the certificates have been seen")

// checkTLS has the server show its certificates, and verifies them here: why they are not good is
// told in detail.
func (e *examination) checkTLS(ctx context.Context) Line {
	u := e.cfg.Endpoint.URL
	if u.Scheme != "https" {
		if loopback(u.Hostname()) {
			return ok("not used: the server's address begins with http://")
		}
		return warn("not used: the token and the plan travel for everybody on the way to read", "https:// in --server, where the server has it")
	}
	ctx, cancel := e.within(ctx)
	defer cancel()
	seen, err := e.handshake(ctx)
	if seen == nil {
		return tlsFailure(u.Hostname(), e.cfg.Endpoint, err)
	}
	return e.judgeTLS(seen)
}

// handshake goes the way that requests go, up to the certificates.
func (e *examination) handshake(ctx context.Context) (seen *tls.ConnectionState, err error) {
	trust := e.cfg.Endpoint.TLS.Clone()
	if trust == nil {
		trust = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	verify := !trust.InsecureSkipVerify && e.proxy != nil && e.proxy.URL.Scheme == "https"
	trust.InsecureSkipVerify = true
	trust.VerifyConnection = func(state tls.ConnectionState) error {
		if verify { // the first is the proxy's
			verify = false
			_, err := e.verifyChain(&state, e.proxy.URL.Hostname())
			return err
		}
		seen = &state
		return errSeen
	}
	transport := endpoint.NewTransport(trust)
	defer transport.CloseIdleConnections()
	u := *e.cfg.Endpoint.URL
	u.Path, u.RawPath = "/", ""
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := transport.RoundTrip(request)
	if err == nil {
		_ = answer.Body.Close()
	}
	return seen, err
}

func tlsFailure(host string, target *endpoint.Endpoint, err error) Line {
	if fault := endpoint.ProxyFault(target.URL, err); fault != nil {
		return failure(fault)
	}
	line := failure(errors.New(host + ": " + endpoint.Why(err)))
	line.Next = nextStep(err)
	if endpoint.Why(err) == "the server does not speak TLS on that port" || errors.Is(err, http.ErrSchemeMismatch) {
		line.Next = "http:// in --server, or the port that speaks TLS"
	}
	return line
}

// verifyChain is how clients verify; the time is the injected clock's.
func (e *examination) verifyChain(state *tls.ConnectionState, host string) ([]*x509.Certificate, error) {
	options := x509.VerifyOptions{DNSName: host, CurrentTime: e.cfg.Now(), Intermediates: x509.NewCertPool()}
	if e.cfg.Endpoint.TLS != nil {
		options.Roots = e.cfg.Endpoint.TLS.RootCAs
	}
	for _, cert := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(cert)
	}
	chains, err := state.PeerCertificates[0].Verify(options)
	if err != nil {
		return state.PeerCertificates, err
	}
	return chains[0], nil
}

func (e *examination) judgeTLS(state *tls.ConnectionState) Line {
	host := e.cfg.Endpoint.URL.Hostname()
	chain, err := e.verifyChain(state, host)
	facts := Certificate{Version: tls.VersionName(state.Version), Verified: err == nil, Expires: firstExpiry(chain)}
	for _, cert := range chain {
		facts.Chain = append(facts.Chain, fit(subjectOf(cert)))
	}
	left := facts.Expires.Sub(e.cfg.Now())
	names := facts.Version + ", " + listSome(facts.Chain)
	switch {
	case err != nil && e.cfg.Endpoint.Insecure:
		return warn(names+": not verified (--insecure), and would not be taken: "+whyChain(state, err, e.cfg.Now()), nextChain(state, err)).with(facts)
	case err != nil:
		return fail(names+": "+whyChain(state, err, e.cfg.Now()), nextChain(state, err)).with(facts).as(Unreachable)
	case left < soon:
		return warn(names+": expires in "+span(left), "renew the certificate").with(facts)
	}
	return ok(names + ": good for " + span(left)).with(facts)
}

// firstExpiry is when the first certificate of a chain expires.
func firstExpiry(chain []*x509.Certificate) time.Time {
	first := chain[0].NotAfter
	for _, cert := range chain {
		if cert.NotAfter.Before(first) {
			first = cert.NotAfter
		}
	}
	return first.UTC()
}

// subjectOf is what a certificate is called.
func subjectOf(cert *x509.Certificate) string {
	switch {
	case cert.Subject.CommonName != "":
		return cert.Subject.CommonName
	case len(cert.DNSNames) > 0:
		return cert.DNSNames[0]
	case len(cert.IPAddresses) > 0:
		return cert.IPAddresses[0].String()
	}
	return cert.Subject.String()
}

// whyChain says why a chain is not good; of a time that is out, by how much.
func whyChain(state *tls.ConnectionState, err error, now time.Time) string {
	for _, cert := range state.PeerCertificates {
		switch {
		case now.After(cert.NotAfter):
			return "expired " + span(now.Sub(cert.NotAfter)) + " ago (" + cert.NotAfter.UTC().Format(time.RFC3339) + ")"
		case now.Before(cert.NotBefore):
			return "not valid before " + cert.NotBefore.UTC().Format(time.RFC3339) + ", in " + span(cert.NotBefore.Sub(now))
		}
	}
	return endpoint.Why(err)
}

func nextChain(state *tls.ConnectionState, err error) string {
	first := state.PeerCertificates[0]
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, foreign := errors.AsType[x509.HostnameError](err)
	invalid, _ := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case invalid.Cert != nil && invalid.Reason == x509.Expired:
		return "renew the certificate, and see that this machine's clock is right"
	case foreign:
		return "--server takes the name that the certificate is for"
	case unknown && len(state.PeerCertificates) == 1 && first.Subject.String() != first.Issuer.String():
		return "the server sends its certificate alone: it has to send the intermediate ones, too, or --ca-file PATH trusts their authority"
	}
	return nextTLS
}
