package endpoint

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"testing"
)

// testCA is a file with the certificate of httptest's servers.
func testCA(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
}

func TestTLSConfig(t *testing.T) {
	config, err := tlsConfig("", false)
	if err != nil {
		t.Fatal(err)
	}
	if config.MinVersion != tls.VersionTLS12 || config.InsecureSkipVerify || config.RootCAs != nil {
		t.Errorf("got %+v, want the system's certificates, verified, and TLS 1.2 at the least", config)
	}
	if config, err = tlsConfig(testCA(t), true); err != nil {
		t.Fatal(err)
	}
	if config.MinVersion != tls.VersionTLS12 || !config.InsecureSkipVerify || config.RootCAs == nil {
		t.Errorf("got %+v, want the file's certificates, unverified", config)
	}
}
