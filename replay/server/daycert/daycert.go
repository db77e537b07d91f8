// Package daycert makes a certificate for a server of one day's work: it signs itself, and nobody
// trusts it who was not told to. It must not know who serves with it, and writes no file.
package daycert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// life is how long a certificate holds.
const life = 24 * time.Hour

// slack is by how much a client's clock may be behind.
const slack = time.Hour

// New makes a certificate for names and addresses, from now on. authority is what a client has to
// trust, as PEM; it tells no secret.
func New(now time.Time, hosts []string) (certificate tls.Certificate, authority []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := describe(now, hosts)
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority, nil
}

// describe is the certificate without what is random in it. It is an authority's as well: phones
// let people trust no other.
func describe(now time.Time, hosts []string) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "deltatap, " + now.UTC().Format(time.DateOnly)},
		NotBefore: now.Add(-slack), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, host)
		}
	}
	return c
}
