package tap

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/endpoint"
)

// What the server sees of a request, with and without a tap, is the same.
func TestRequestsArriveAsTheyWereMade(t *testing.T) {
	var seen []string
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		text := fmt.Sprintf("%s %s %s %d %v", r.Method, r.RequestURI, r.Host, r.ContentLength, r.TransferEncoding)
		for _, name := range []string{"User-Agent", "Accept-Encoding", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Origin", "Referer", "Cookie", "Te", "X-Own"} {
			text += fmt.Sprintf(" %s=%q", name, r.Header[name])
		}
		seen = append(seen, fmt.Sprintf("%s %x %v %v", text, sha256.Sum256(body), err, r.Trailer))
	})
	taps := before(t, server, Config{})
	long := bytes.Repeat([]byte("deltas "), 600_000)
	for name, change := range map[string]func(r *http.Request){
		"get":      func(r *http.Request) { r.URL.RawQuery = "days=7&x=%zz;a=b&&" },
		"escaped":  func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2Fb%20c" },
		"slashes":  func(r *http.Request) { r.URL.Path = "//elsewhere.example/x//y/../z" },
		"no agent": func(r *http.Request) { r.Header.Set("User-Agent", "") },
		"headers": func(r *http.Request) {
			for _, name := range []string{"X-Forwarded-For", "Forwarded", "Accept-Encoding", "Cookie", "X-Own"} {
				r.Header[name] = []string{"for=one", "two"}
			}
		},
		"body": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "PATCH", io.NopCloser(bytes.NewReader(long)), int64(len(long))
		},
		"trailers": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(bytes.NewReader(long)), -1
			r.Trailer = http.Header{"X-Sum": {"17"}}
		},
		"expect": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "PUT", io.NopCloser(strings.NewReader("x")), 1
			r.Header.Set("Expect", "100-continue")
		},
		"foreign origin": func(r *http.Request) { r.Header.Set("Origin", "https://app.example.com") },
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			for _, address := range []string{server, taps} {
				r, _ := http.NewRequest("GET", address+"/api/plan", nil)
				change(r)
				answer, err := client(t).Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
			}
			if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the app gets of an answer, with and without a tap, is the same, headers too.
func TestAnswersArriveAsTheyWereGiven(t *testing.T) {
	long := bytes.Repeat([]byte{0, 1, 2, 3, 254, 255, '\n'}, 600_000)
	for name, answer := range map[string]http.HandlerFunc{
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"bare": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
			_, _ = w.Write([]byte("<html>"))
		},
		"long":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(long) },
		"no body": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
		"teapot":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"encoded": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(long)
		},
		"cross": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "https://app.example.com")
		},
		"trailers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = w.Write(long)
			w.Header().Set("X-Sum", "17")
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Date"] = []string{"Mon, 23 Nov 2026 00:00:00 GMT"}
				w.Header()["X-Twice"] = []string{"a", "b"}
				answer(w, r)
			})
			said := func(address string) string {
				answer, err := client(t).Get(address)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				body, err := io.ReadAll(answer.Body)
				return fmt.Sprintf("%d %v %d %v %x %v %v", answer.StatusCode, answer.Header, answer.ContentLength, answer.TransferEncoding, sha256.Sum256(body), err, answer.Trailer)
			}
			if diff := cmp.Diff(said(server), said(before(t, server, Config{}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each piece of an answer reaches the app before the next one is made.
func TestAnswersStream(t *testing.T) {
	next := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintln(w, i)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	answer, err := client(t).Get(before(t, server, Config{}))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	for i := range 3 {
		if line, err := lines.ReadString('\n'); line != fmt.Sprintln(i) {
			t.Fatalf("%q, %v", line, err)
		}
		next <- struct{}{}
	}
}

// The server sees its own address, and the app is led to the tap.
func TestAddressesAreTheTapsOrTheServers(t *testing.T) {
	var host, origin, referer string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		host, origin, referer = r.Host, r.Header.Get("Origin"), r.Header.Get("Referer")
		own := "http://" + r.Host
		w.Header().Set("Access-Control-Allow-Origin", own)
		w.Header().Set("Location", strings.ReplaceAll(r.URL.Query().Get("to"), "OWN", own))
		for _, cookie := range []string{
			"carebase.session=a=b; Domain=care.example.com; Path=/care; Secure; HttpOnly; SameSite=Lax",
			"x=; Path=/; samesite=none; Secure; Partitioned; Max-Age=3",
			"y=1; path=/cares;secure",
		} {
			w.Header().Add("Set-Cookie", cookie)
		}
		w.WriteHeader(http.StatusFound)
	})
	taps := before(t, server+"/care", Config{})
	for location, want := range map[string]string{
		"OWN/care/in?a=http://x#y":   taps + "/in?a=http://x#y",
		"OWN/care":                   taps + "/",
		"OWN/cares":                  taps + "/cares",
		"OWN":                        taps,
		"//" + hostOf(server) + "/a": taps + "/a",
		"/care/in":                   "/in",
		"in/../x":                    "in/../x",
		"https://elsewhere.example/": "https://elsewhere.example/",
		"http://127.0.0.1:1/care":    "http://127.0.0.1:1/care",
		"myapp://care/in":            "myapp://care/in",
		"mailto:a@b.example":         "mailto:a@b.example",
	} {
		r, _ := http.NewRequest("GET", taps+"/?to="+strings.NewReplacer("&", "%26", "#", "%23").Replace(location), nil)
		r.Header.Set("Origin", taps)
		r.Header.Set("Referer", taps+"/page?x")
		answer, err := client(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("%s leads to %s, want %s", location, got, want)
		}
		if host != hostOf(server) || origin != server || referer != server+"/care/page?x" {
			t.Fatalf("the server saw host %s, origin %s, referer %s", host, origin, referer)
		}
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != taps {
			t.Fatalf("allowed origin %s", got)
		}
		cookies := []string{"carebase.session=a=b; Path=/; HttpOnly; SameSite=Lax", "x=; Path=/; Max-Age=3", "y=1; path=/cares"}
		if diff := cmp.Diff(cookies, answer.Header["Set-Cookie"]); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Over HTTPS cookies stay as they are, but for the server's domain.
func TestCookiesOverTLS(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "x=1; SameSite=None; Secure; Partitioned; Domain=.example.com; Path=/")
	})
	address, _ := endpoint.ParseServer(server)
	tap := New(Config{Server: &endpoint.Endpoint{URL: address}})
	web := httptest.NewTLSServer(tap)
	defer web.Close()
	defer tap.Close()
	answer, err := web.Client().Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := answer.Header.Get("Set-Cookie"); got != "x=1; SameSite=None; Secure; Partitioned; Path=/" {
		t.Errorf("cookie %q", got)
	}
}

// A request for another server reaches neither that one nor the tap's own.
func TestIsNoOpenProxy(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") })
	taps := before(t, server, Config{})
	for _, line := range []string{"GET " + elsewhere + "/ HTTP/1.1", "CONNECT " + hostOf(elsewhere) + " HTTP/1.1"} {
		conn, err := net.Dial("tcp", hostOf(taps))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s\r\nHost: %s\r\n\r\n", line, hostOf(elsewhere))
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: %v, %v", line, answer, err)
		}
		_ = conn.Close()
	}
}

// Where the server is gone the app gets no answer, as without a tap, and why is told.
func TestServerIsGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	why := make(chan string, 1)
	taps := before(t, gone.URL, Config{Unanswered: func(text string) { why <- text }})
	if answer, err := client(t).Post(taps, "", strings.NewReader("x")); err == nil {
		t.Errorf("answered %d", answer.StatusCode)
	}
	if text := <-why; !strings.Contains(text, "refused") {
		t.Errorf("why: %q", text)
	}
}

// An answer that breaks off breaks off for the app, too.
func TestAnswersBreakOff(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	})
	answer, err := client(t).Get(before(t, server, Config{}))
	if err != nil {
		return
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("%q came as if it were whole; headers %v", body, maps.Collect(maps.All(answer.Header)))
	}
}
