package daycert

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// client trusts an authority, and nothing else, at a moment.
func client(t *testing.T, authority []byte, at time.Time) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if authority != nil && !pool.AppendCertsFromPEM(authority) {
		t.Fatal("the authority is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Time: func() time.Time { return at }}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestAClientThatWasToldTrustsIt(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	certificate, authority, err := New(now, []string{"localhost", "127.0.0.1", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	_, another, err := New(now, []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	for name, tc := range map[string]struct {
		authority []byte
		at        time.Time
		trusted   bool
	}{
		"told":              {authority, now, true},
		"in the evening":    {authority, now.Add(14 * time.Hour), true},
		"a slow clock":      {authority, now.Add(-30 * time.Minute), true},
		"two days later":    {authority, now.Add(48 * time.Hour), false},
		"told of another's": {another, now, false},
		"not told":          {nil, now, false},
	} {
		answer, err := client(t, tc.authority, tc.at).Get(server.URL)
		if tc.trusted != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
}

func TestItIsForItsHostsAlone(t *testing.T) {
	certificate, _, err := New(time.Now(), []string{"care.example.test", "192.168.1.7"})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for host, ok := range map[string]bool{"care.example.test": true, "192.168.1.7": true, "127.0.0.1": false, "example.test": false} {
		if err := leaf.VerifyHostname(host); ok != (err == nil) {
			t.Errorf("%s: %v", host, err)
		}
	}
}
