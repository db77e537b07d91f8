// Package servertest asks servers over HTTP in tests. It must not know what they answer.
package servertest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Answer is what a server answered.
type Answer struct {
	Status int
	Header http.Header
	Text   string // the body
}

// Ask sends a request, as the bearer of a token ("": as nobody), through a client; nil for one that
// leaves no connection behind. An answer that cannot be read ends the test.
func Ask(t testing.TB, client *http.Client, token, method, url, body string) Answer {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if client == nil {
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %s: %s, cut off after %d bytes: %v", method, r.URL.Path, answer.Status, len(text), err)
	}
	return Answer{answer.StatusCode, answer.Header, string(text)}
}

// Do is Ask of what must succeed. It returns the body.
func Do(t testing.TB, client *http.Client, token, method, url, body string) string {
	t.Helper()
	a := Ask(t, client, token, method, url, body)
	if a.Status < 200 || a.Status >= 300 {
		t.Fatalf("%s %s: %d %s", method, url, a.Status, a.Text)
	}
	return a.Text
}
