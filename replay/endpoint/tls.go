package endpoint

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
)

// tlsConfig trusts the certificates of caFile and no others, where one is given; TLS 1.2 is the
// least.
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
	pem = plainPEM(pem)
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, faulty("holds no certificate").hinted("certificates in PEM, as \"-----BEGIN CERTIFICATE-----\" begins them")
	}
	return config, nil
}

// plainPEM is the text of a file of certificates without what an editor put around it: a byte order
// mark, which would hide the first certificate, or two bytes for each letter.
func plainPEM(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		return everySecond(text[2:])
	case bytes.HasPrefix(text, []byte("\xfe\xff")) && len(text) > 2:
		return everySecond(text[3:])
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
}

// everySecond is every second byte, from the first: the letters of a PEM text in UTF-16.
func everySecond(text []byte) []byte {
	letters := make([]byte, 0, (len(text)+1)/2)
	for i := 0; i < len(text); i += 2 {
		letters = append(letters, text[i])
	}
	return letters
}
