package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// asked is a request with headers, and what becomes of it.
func asked(c *carebase, method, path, host string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.server.Handler().ServeHTTP(w, r)
	return w
}

// TestPagesThatMayUseTheServer reads the version as pages of origins do, with a cookie.
func TestPagesThatMayUseTheServer(t *testing.T) {
	const any, none = "*", ""
	for name, tc := range map[string]struct {
		let          []string
		host, origin string
		status       int
		allowed      string // Access-Control-Allow-Origin
	}{
		"this machine's":         {nil, "127.0.0.1:4080", "http://localhost:3000", 200, "http://localhost:3000"},
		"this machine's address": {nil, "127.0.0.1:4080", "https://127.0.0.9", 200, "https://127.0.0.9"},
		"this machine's, IPv6":   {nil, "[::1]:4080", "http://[::1]:8081", 200, "http://[::1]:8081"},
		"a wrapped app's":        {nil, "127.0.0.1:4080", "capacitor://localhost", 200, "capacitor://localhost"},
		"a name of this machine": {nil, "app.localhost:4080", "http://app.localhost:3000", 200, "http://app.localhost:3000"},
		"its own":                {nil, "192.168.1.7:4080", "http://192.168.1.7:4080", 200, "http://192.168.1.7:4080"},
		"its own, by default":    {nil, "192.168.1.7", "http://192.168.1.7", 200, "http://192.168.1.7"},
		"its neighbour's":        {nil, "192.168.1.7:4080", "http://192.168.1.7:4081", 403, none},
		"a stranger's":           {nil, "127.0.0.1:4080", "https://evil.example.com", 403, none},
		"a lookalike's":          {nil, "127.0.0.1:4080", "http://localhost.evil.example.com", 403, none},
		"another lookalike's":    {nil, "127.0.0.1:4080", "http://127.0.0.1.evil.example.com", 403, none},
		"with a login":           {nil, "127.0.0.1:4080", "http://localhost@evil.example.com", 403, none},
		"nobody's":               {nil, "127.0.0.1:4080", "null", 403, none},
		"nonsense":               {nil, "127.0.0.1:4080", "localhost", 403, none},
		"the empty":              {nil, "127.0.0.1:4080", "", 403, none},
		"a star's":               {nil, "127.0.0.1:4080", "*", 403, none},
		"let in":                 {[]string{"https://app.example.com"}, "127.0.0.1:4080", "https://app.example.com", 200, "https://app.example.com"},
		"let in by another port": {[]string{"https://app.example.com"}, "127.0.0.1:4080", "https://app.example.com:8443", 403, none},
		"let in by http":         {[]string{"https://app.example.com"}, "127.0.0.1:4080", "http://app.example.com", 403, none},
		"files let in":           {[]string{"null"}, "127.0.0.1:4080", "null", 200, "null"},
		"all let in":             {[]string{any}, "127.0.0.1:4080", "https://evil.example.com", 401, any}, // without the cookie
		"all, and this one":      {[]string{any, "https://app.example.com"}, "127.0.0.1:4080", "https://app.example.com", 200, "https://app.example.com"},
		"all, and this machine":  {[]string{any}, "127.0.0.1:4080", "http://localhost:3000", 200, "http://localhost:3000"},
	} {
		t.Run(name, func(t *testing.T) {
			c := startAlone(t, func(cfg *Config) { cfg.Origins = tc.let })
			w := asked(c, "GET", "/api/plan/version", tc.host, "Origin", tc.origin, "Cookie", SessionCookie+"="+ownerToken)
			if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != tc.status || got != tc.allowed {
				t.Errorf("%d for %q, want %d for %q", w.Code, got, tc.status, tc.allowed)
			}
			credentials := map[bool]string{true: "true"}[tc.allowed != none && tc.allowed != any]
			if got := w.Header().Get("Access-Control-Allow-Credentials"); got != credentials {
				t.Errorf("credentials %q, want %q", got, credentials)
			}
			if got := w.Header().Get("Vary"); got != "Origin" {
				t.Errorf("Vary %q", got)
			}
		})
	}
}

// TestACookieOfAForeignPageChangesNothing, nor does a bearer token, by any method and path.
func TestACookieOfAForeignPageChangesNothing(t *testing.T) {
	c := start(t)
	c.seedItems(1)
	before := c.do(ownerToken, "GET", "/api/plan", "")
	for _, request := range [][2]string{
		{"POST", "/api/bills/1/mark-paid"},
		{"PATCH", "/api/bills/1"},
		{"DELETE", "/api/bills/1"},
		{"POST", "/api/collaborators"},
		{"POST", "/_deltatap/deltas"},
		{"GET", "/api/plan"},
		{"GET", "/socket.io/?EIO=4&transport=polling"},
		{"OPTIONS", "/api/bills/1"},
	} {
		for _, secret := range [][2]string{{"Cookie", SessionCookie + "=" + ownerToken}, {"Authorization", "Bearer " + ownerToken}} {
			w := asked(c, request[0], request[1], "localhost", "Origin", "https://evil.example.com", secret[0], secret[1],
				"Access-Control-Request-Method", request[0])
			if w.Code != http.StatusForbidden || w.Body.String() != `{"error":"Origin not allowed"}` {
				t.Errorf("%s %s: %d %s", request[0], request[1], w.Code, w.Body)
			}
		}
	}
	if after := c.do(ownerToken, "GET", "/api/plan", ""); after != before {
		t.Errorf("the plan was %s\nand is %s", before, after)
	}
}

// TestNamesThatTheServerIsAskedForBy: a name that somebody else can give out is none.
func TestNamesThatTheServerIsAskedForBy(t *testing.T) {
	c := startAlone(t, func(cfg *Config) { cfg.Hosts = []string{"Care.Example.Test"} })
	for host, status := range map[string]int{
		"localhost": 200, "LOCALHOST.:4080": 200, "a.localhost:1": 200, "127.0.0.1": 200, "[::1]:4080": 200, "10.0.0.7:4080": 200,
		"care.example.test:4080": 200, "evil.example.com": 403, "localhost.evil.example.com": 403, "127.0.0.1.evil.example.com": 403,
		"1.2.3": 403, "xlocalhost": 403,
	} {
		if w := asked(c, "GET", "/health", host); w.Code != status {
			t.Errorf("%s: %d %s, want %d", host, w.Code, w.Body, status)
		}
	}
}

func TestWhatABrowserAsksBeforehand(t *testing.T) {
	c := startAlone(t)
	w := asked(c, "OPTIONS", "/api/bills/1", "localhost:4080", "Origin", "http://localhost:3000", "Access-Control-Request-Method", "PATCH",
		"Access-Control-Request-Headers", "authorization,x-trace", "Access-Control-Request-Private-Network", "true")
	if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, want := range map[string]string{
		"Allow-Origin": "http://localhost:3000", "Allow-Credentials": "true", "Allow-Methods": "GET, POST, PATCH, DELETE",
		"Allow-Headers": "authorization,x-trace", "Allow-Private-Network": "true", "Max-Age": "600",
	} {
		if got := w.Header().Get("Access-Control-" + name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if w := asked(c, "OPTIONS", "/api/bills/1", "localhost:4080"); w.Code != http.StatusNotFound {
		t.Errorf("without a page: %d", w.Code)
	}
}

// TestSocketsOfPages: a page that may use REST may connect, by either transport, and no other.
func TestSocketsOfPages(t *testing.T) {
	c := startAlone(t, func(cfg *Config) { cfg.Origins = []string{"https://app.example.com"} })
	at := "ws" + strings.TrimPrefix(c.url, "http") + "/socket.io/?EIO=4&transport=websocket"
	for origin, status := range map[string]int{"https://app.example.com": 101, "http://localhost:3000": 101, "https://evil.example.com": 403} {
		conn, answer, err := websocket.DefaultDialer.Dial(at, http.Header{"Origin": {origin}})
		if answer == nil || answer.StatusCode != status {
			t.Errorf("%s: %v, %v", origin, answer, err)
		}
		if err == nil {
			_ = conn.Close()
		}
		r, _ := http.NewRequest("GET", c.url+"/socket.io/?EIO=4&transport=polling", nil)
		r.Header.Set("Origin", origin)
		polled, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = polled.Body.Close()
		allowed := map[bool]string{true: origin}[status == 101]
		if got := polled.Header.Get("Access-Control-Allow-Origin"); got != allowed || polled.StatusCode == 200 != (allowed != "") {
			t.Errorf("%s polls: %d, allowed %q", origin, polled.StatusCode, got)
		}
	}
}

// TestRefusalsAreToldOnce, each, and not without end.
func TestRefusalsAreToldOnce(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	c := startAlone(t, func(cfg *Config) {
		cfg.Logf = func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	})
	for range 3 {
		asked(c, "GET", "/health", "localhost", "Origin", "https://evil.example.com\x1b[2J")
	}
	for i := range 2 * mostTold {
		asked(c, "GET", "/health", fmt.Sprintf("host%d.example.com", i))
	}
	if len(lines) != mostTold || lines[0] != "refused a request of a page of https://evil.example.com?[2J: --cors lets it in" ||
		lines[1] != "refused a request for the host host0.example.com: --host lets it in" {
		t.Errorf("told %d: %q", len(lines), lines)
	}
}

func TestOrigins(t *testing.T) {
	for text, want := range map[string]string{
		"https://App.Example.com": "https://app.example.com", "http://a.test:80": "http://a.test", "https://a.test:443/": "https://a.test",
		"http://a.test:443": "http://a.test:443", "capacitor://localhost": "capacitor://localhost", "*": "*", "null": "null",
		"": "", "app.example.com": "", "https://": "", "https://a.test/path": "", "https://u@a.test": "", "https://a.test?x": "", "//a.test": "",
	} {
		got, err := ParseOrigin(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

// TestAClientOfEngineIO3 is told what is wrong, as an official server tells it.
func TestAClientOfEngineIO3(t *testing.T) {
	c := startAlone(t)
	const want = `{"code":5,"message":"Unsupported protocol version"}`
	for _, query := range []string{"EIO=3&transport=polling", "transport=polling", "EIO=3&transport=polling&b64=1"} {
		if w := asked(c, "GET", "/socket.io/?"+query, "localhost"); w.Code != 400 || w.Body.String() != want {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	if w := asked(c, "GET", "/socket.io/?EIO=4&transport=pigeon", "localhost"); w.Code != 400 || w.Body.String() != `{"code":0,"message":"Transport unknown"}` {
		t.Errorf("a transport that there is none of: %d %s", w.Code, w.Body)
	}
}
