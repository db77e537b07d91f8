package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the token that every test sends, and that nothing may repeat.
const secret = "S3cr-et.Token_1"

// client is a client of a server that answers with handler, with the token and some headers.
func client(t *testing.T, handler http.HandlerFunc, change ...func(*endpoint.Settings)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, change...)
}

func clientOf(t *testing.T, server string, change ...func(*endpoint.Settings)) *Client {
	t.Helper()
	settings := endpoint.Settings{Server: server, Timeout: 30 * time.Second, Headers: []string{"X-Tenant: blue"}}
	for _, c := range change {
		c(&settings)
	}
	e, err := endpoint.Resolve(endpoint.Sources{
		Flags: settings,
		Env: func(name string) string {
			return map[string]string{"DELTATAP_TOKEN": secret}[name]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := New(e)
	t.Cleanup(c.Close)
	return c
}

func within(d time.Duration) func(*endpoint.Settings) {
	return func(s *endpoint.Settings) { s.Timeout = d }
}
