package endpoint

import (
	"net/http"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	for text, want := range map[string][2]string{
		"X-Tenant: blue":      {"X-Tenant", "blue"},
		"x-tenant:blue":       {"X-Tenant", "blue"},
		"X-Tenant:":           {"X-Tenant", ""},
		"X-Tenant: a: b":      {"X-Tenant", "a: b"},
		"Cookie: session=1":   {"Cookie", "session=1"},
		"X-Tenant: \tblue  ":  {"X-Tenant", "blue"},
		"X-Name: café":        {"X-Name", "café"},
		"User-Agent: another": {"User-Agent", "another"},
	} {
		name, value, err := ParseHeader(text)
		if got := [2]string{name, value}; err != nil || got != want {
			t.Errorf("ParseHeader(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestParseHeaderRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "not a header",
		"no colon":                               "not a header",
		": value":                                "not a header's name",
		"X Tenant: blue":                         "not a header's name",
		"X-Tenant : blue":                        "not a header's name",
		"X-Tenänt: blue":                         "not a header's name",
		"X-A: b\r\nX-Injected: c":                "the value of X-A holds a control character",
		"X-A: b\x00":                             "the value of X-A holds a control character",
		"Authorization: Bearer abc":              "the token is not given as a header",
		"authorization: Basic abc":               "the token is not given as a header",
		"Host: evil.test":                        "Host cannot be set",
		"content-length: 3":                      "Content-Length cannot be set",
		"Sec-WebSocket-Key: x":                   "Sec-Websocket-Key cannot be set",
		"Transfer-Encoding: chunked":             "Transfer-Encoding cannot be set",
		"X-A: " + strings.Repeat("b", maxHeader): "X-A is longer than 16384 bytes",
	} {
		_, _, err := ParseHeader(text)
		wantError(t, err, want)
	}
}

// FuzzParseHeader holds that net/http takes every accepted header as it is.
func FuzzParseHeader(f *testing.F) {
	for _, seed := range []string{"X-A: b", "Cookie: a=b", "X-A: b\r\nX-B: c", "a:", "\x00: b", "X-A: \x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, value, err := ParseHeader(text)
		if err != nil {
			return
		}
		var out strings.Builder
		if err := (http.Header{name: {value}}).Write(&out); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), name+": "+value+"\r\n"; got != want && strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Fatalf("%q is written as %q, want %q", text, got, want)
		}
	})
}
