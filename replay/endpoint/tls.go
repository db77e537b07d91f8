package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// tlsConfig trusts the certificates of caFile and no others, where one is given; TLS 1.2 is the least.
func tlsConfig(caFile string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if caFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(expandHome(caFile))
	if err != nil {
		return nil, fileFault(err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, faulty("holds no certificate").hinted("certificates in PEM, as \"-----BEGIN CERTIFICATE-----\" begins them")
	}
	return config, nil
}
