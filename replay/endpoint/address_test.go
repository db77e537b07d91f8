package endpoint

import (
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	for text, want := range map[string]string{
		"https://care.example.com":             "https://care.example.com",
		"https://care.example.com/":            "https://care.example.com",
		" https://care.example.com\n":          "https://care.example.com",
		"HTTPS://Care.Example.COM":             "https://care.example.com",
		"https://care.example.com:443":         "https://care.example.com",
		"https://care.example.com:0443":        "https://care.example.com",
		"http://care.example.com:80/":          "http://care.example.com",
		"http://care.example.com:443":          "http://care.example.com:443",
		"wss://care.example.com":               "https://care.example.com",
		"ws://127.0.0.1:4080":                  "http://127.0.0.1:4080",
		"http://[::1]:4080":                    "http://[::1]:4080",
		"http://[FE80::1%25eth0]:1":            "http://[fe80::1%25eth0]:1",
		"http://[::1]":                         "http://[::1]",
		"https://care.example.com/staging//":   "https://care.example.com/staging",
		"https://care.example.com/a%2Fb/c":     "https://care.example.com/a%2Fb/c",
		"https://care.example.com/caf%C3%A9/x": "https://care.example.com/caf%C3%A9/x",
	} {
		u, err := ParseServer(text)
		if err != nil {
			t.Errorf("ParseServer(%q): %v", text, err)
			continue
		}
		if got := u.String(); got != want {
			t.Errorf("ParseServer(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestParseServerRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                           "not a URL with a scheme",
		"care.example.com":                           "not a URL with a scheme",
		"care.example.com/x":                         "not a URL with a scheme",
		"localhost:4080":                             "not a URL with a scheme",
		"127.0.0.1:4080":                             "not a URL",
		"https:care.example.com":                     "no host in the URL",
		"https://":                                   "no host in the URL",
		"https://:443":                               "no host in the URL",
		"ftp://care.example.com":                     "the scheme is neither http nor https",
		"file:///etc/passwd":                         "not a URL with a scheme",
		"https://u:p@care.example.com":               "a name or password in the URL",
		"https://u@care.example.com":                 "a name or password in the URL",
		"https://care.example.com?t=x":               "a query or fragment in the URL",
		"https://care.example.com?":                  "a query or fragment in the URL",
		"https://care.example.com#t":                 "a query or fragment in the URL",
		"https://care.example.com#":                  "a query or fragment in the URL",
		"https://care.example.com:":                  "no such port",
		"https://care.example.com:0":                 "no such port",
		"https://care.example.com:65536":             "no such port",
		"https://care.example.com:http":              "not a URL",
		"https://münchen.example":                    "not the name or address of a host",
		"https://a,b":                                "not the name or address of a host",
		"http://[fe80::1%25\xff]":                    "not the name or address of a host",
		"https://care\x00example.com":                "not a URL",
		"https://" + strings.Repeat("a", maxAddress): "longer than 4096 bytes",
	} {
		_, err := ParseServer(text)
		wantError(t, err, want)
	}
}

func TestSameOrigin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example", "https://a.example", true},
		{"https://a.example", "https://A.example:443/", true},
		{"https://a.example/one", "https://a.example/two", true},
		{"wss://a.example", "https://a.example", true},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "https://a.example:8443", false},
		{"https://a.example", "https://b.example", false},
		{"https://a.example", "https://a.example.evil.test", false},
		{"http://127.0.0.1:1", "http://localhost:1", false},
	} {
		a, errA := ParseServer(c.a)
		b, errB := ParseServer(c.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameOrigin(a, b); got != c.want {
			t.Errorf("sameOrigin(%s, %s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	if sameOrigin(nil, nil) {
		t.Error("no address at all has an origin in common with none")
	}
}

func TestParseSocketPath(t *testing.T) {
	for path, want := range map[string]string{"/socket.io": "/socket.io", "/socket.io/": "/socket.io", "/a/b": "/a/b"} {
		if got, err := parseSocketPath(path); err != nil || got != want {
			t.Errorf("parseSocketPath(%q) = %q, %v, want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"socket.io", "/", "//", "/a b", "/a?b", "/a#b", "/a%2f", "/ä", "/a\n"} {
		if got, err := parseSocketPath(path); err == nil {
			t.Errorf("parseSocketPath(%q) = %q, want an error", path, got)
		}
	}
}

// FuzzParseServer holds what every accepted address must be: one that says nothing beyond scheme,
// host, port and path, and that is read again as itself.
func FuzzParseServer(f *testing.F) {
	for _, seed := range []string{
		"https://care.example.com", "http://[::1]:80/x", "https://u:p@h", "https://h/%2F?", "ws://h:1/a//", "https://h/%zz", "http://h:00080",
		"https://h/%2f%2F/", "https://h\\@evil", "https://[fe80::1%25eth0]/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseServer(text)
		if err != nil {
			return
		}
		if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q was read as %#v", text, u)
		}
		again, err := ParseServer(u.String())
		if err != nil {
			t.Fatalf("%q was read as %q, which is refused: %v", text, u, err)
		}
		if again.String() != u.String() {
			t.Fatalf("%q was read as %q, and that as %q", text, u, again)
		}
	})
}
