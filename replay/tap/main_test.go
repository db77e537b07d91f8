package tap

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/endpoint"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// before puts a tap before the server at an address, and returns the tap's own.
func before(t *testing.T, server string, config Config) string {
	t.Helper()
	_, address := open(t, server, config)
	return address
}

// open puts a tap before the server at an address.
func open(t *testing.T, server string, config Config) (tap *Tap, taps string) {
	t.Helper()
	address, err := endpoint.ParseServer(server)
	if err != nil {
		t.Fatal(err)
	}
	config.Server = &endpoint.Endpoint{URL: address, SocketPath: address.Path + endpoint.DefaultSocketPath, Header: http.Header{}}
	tap = New(config)
	web := httptest.NewServer(tap)
	t.Cleanup(func() {
		tap.Close()
		web.Close()
	})
	return tap, web.URL
}

// serve runs a server that answers by a function.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	web := httptest.NewServer(answer)
	t.Cleanup(web.Close)
	return web.URL
}

// client asks without following redirects, compressing, or keeping connections.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func hostOf(address string) string {
	u, _ := url.Parse(address)
	return u.Host
}
