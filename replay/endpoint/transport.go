package endpoint

import (
	"crypto/tls"
	"net/http"
	"time"
)

// MaxHeaders bounds the headers of an answer, in bytes.
const MaxHeaders = 1 << 20

// NewTransport makes the lower half of an HTTP client: through the proxy that the environment
// names, over HTTP/2 where the server speaks nothing else, with bounded headers, and with bodies
// left as they are for ReadBody.
func NewTransport(trust *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  proxied,
		OnProxyConnectResponse: tunnelled,
		TLSClientConfig:        trust.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		MaxResponseHeaderBytes: MaxHeaders,
		DisableCompression:     true,
		// Node closes idle connections after 5 s: a mutation sent at that moment would be lost, or
		// worse, unsure.
		IdleConnTimeout: 4 * time.Second,
	}
}
