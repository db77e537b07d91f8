package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/google/go-cmp/cmp"
)

// asked is what a server saw of a request.
type asked struct {
	Line, Body                                              string
	Authorization, Tenant, ContentType, UserAgent, Encoding string
}

func seen(r *http.Request) asked {
	body, _ := io.ReadAll(r.Body)
	return asked{
		Line: r.Method + " " + r.RequestURI, Body: string(body), Authorization: r.Header.Get("Authorization"), Tenant: r.Header.Get("X-Tenant"),
		ContentType: r.Header.Get("Content-Type"), UserAgent: r.Header.Get("User-Agent"), Encoding: r.Header.Get("Accept-Encoding"),
	}
}

func TestRequests(t *testing.T) {
	var got asked
	c := client(t, func(w http.ResponseWriter, r *http.Request) { got = seen(r) }, func(s *endpoint.Settings) { s.Server += "/care%2Fbase/" })
	ctx := t.Context()
	base := asked{Authorization: "Bearer " + secret, Tenant: "blue", UserAgent: "deltatap", Encoding: "gzip"}
	for _, step := range []struct {
		line, body string
		ask        func() (Answer, error)
	}{
		{"GET /care%2Fbase/api/plan", "", func() (Answer, error) { return c.Plan(ctx, 0) }},
		{"GET /care%2Fbase/api/plan?days=30", "", func() (Answer, error) { return c.Plan(ctx, 30) }},
		{"GET /care%2Fbase/api/plan/version", "", func() (Answer, error) { return c.Version(ctx) }},
		{"GET /care%2Fbase/health", "", func() (Answer, error) { return c.Health(ctx) }},
		{"PATCH /care%2Fbase/api/bills/7", `{"status":"paid"}`, func() (Answer, error) { return c.Do(ctx, "PATCH", "/api/bills/7", []byte(`{"status":"paid"}`)) }},
		{"POST /care%2Fbase/api/bills/7/mark-paid", "", func() (Answer, error) { return c.Do(ctx, "POST", "/api/bills/7/mark-paid", nil) }},
		{"GET /care%2Fbase/a%20b?x=%2F&y=1", "", func() (Answer, error) { return c.Do(ctx, "GET", "/a%20b?x=%2F&y=1", nil) }},
	} {
		answer, err := step.ask()
		if err != nil || answer.Status != http.StatusOK {
			t.Errorf("%s: got %d, %v", step.line, answer.Status, err)
		}
		want := base
		want.Line, want.Body = step.line, step.body
		if step.body != "" {
			want.ContentType = "application/json"
		}
		if strings.HasSuffix(step.line, "/health") {
			want.Authorization = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// Every status but a refusal is an answer, and its body is the bytes that came.
func TestAnswers(t *testing.T) {
	for _, want := range []struct {
		status int
		body   string
	}{
		{200, "{\"planVersion\": 7,  \"x\":1e400}\n"},
		{404, `{"error":"No recipient found"}`},
		{500, `{"error":"Internal server error"}`},
		{502, "<html>\xff\x00</html>"},
		{204, ""},
	} {
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(want.status)
			io.WriteString(w, want.body)
		})
		got, err := c.Plan(t.Context(), 7)
		if err != nil {
			t.Errorf("%d: %v", want.status, err)
		}
		if got.Status != want.status || string(got.Body) != want.body || got.Took <= 0 {
			t.Errorf("got %d %q in %v, want %d %q", got.Status, got.Body, got.Took, want.status, want.body)
		}
	}
}

func TestCompressedAnswer(t *testing.T) {
	body := strings.Repeat("plan ", 10000)
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, body)
		z.Close()
	})
	got, err := c.Plan(t.Context(), 7)
	if err != nil || string(got.Body) != body {
		t.Errorf("got %d bytes, %v, want the %d decompressed", len(got.Body), err, len(body))
	}
	// A few bytes of gzip make a body without end: the limit counts what comes out.
	c.BodyLimit = 1000
	_, err = c.Plan(t.Context(), 7)
	if large, ok := errors.AsType[*TooLargeError](err); !ok || large.Limit != 1000 {
		t.Errorf("got %v, want TooLargeError", err)
	}
}

func TestBodyLimit(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1000)) })
	for limit, ok := range map[int64]bool{1001: true, 1000: true, 999: false, 0: false} {
		c.BodyLimit = limit
		got, err := c.Plan(t.Context(), 7)
		if ok && (err != nil || len(got.Body) != 1000) {
			t.Errorf("limit %d: got %d bytes, %v", limit, len(got.Body), err)
		}
		if !ok {
			wantUnreachable(t, err, fmt.Sprintf("the answer is longer than %d bytes", limit))
			if got.Body != nil || got.Status != 200 {
				t.Errorf("limit %d: got %d and %d bytes, want the status alone", limit, got.Status, len(got.Body))
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"Not authenticated"}`:                                "the server refused: Not authenticated (401)",
		`{"message":"Unauthorized"}`:                                   "the server refused: Unauthorized (401)",
		`{"error":{"code":1},"message":"x"}`:                           "the server refused: x (401)",
		`{"error":"bad token S3cr-et.Token_1, sorry"}`:                 "the server refused: bad token ***, sorry (401)",
		"{\"error\":\"S3cr-et.\u200bToken_1\"}":                        "the server refused: *** (401)",
		`{"error":"tenant blue"}`:                                      "the server refused: tenant *** (401)",
		`{"error":"\u001b[31mred\u0007\nline\u202e\u0085"}`:            "the server refused: [31mred line (401)",
		`{"error":"` + strings.Repeat("é", 300) + `"}`:                 "the server refused: " + strings.Repeat("é", 100) + "… (401)",
		`{"error":"` + strings.Repeat("x", 190) + ` S3cr-et.Token_1"}`: "the server refused: " + strings.Repeat("x", 190) + " *** (401)",
		"": "the server refused (401)", "<html>": "the server refused (401)", `{"error":1}`: "the server refused (401)", `[]`: "the server refused (401)",
	} {
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			io.WriteString(w, body)
		})
		got, err := c.Version(t.Context())
		refused, ok := errors.AsType[*RefusedError](err)
		if !ok || refused.Status != 401 || refused.Error() != want {
			t.Errorf("%s: got %q, want %q", body, err, want)
		}
		if got.Status != 401 || string(got.Body) != body {
			t.Errorf("got answer %d %q, want it filled", got.Status, got.Body)
		}
	}
	c := client(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
	if _, err := c.Do(t.Context(), "DELETE", "/api/bills/1", nil); err == nil || err.Error() != "the server refused (403)" {
		t.Errorf("got %v, want a refusal", err)
	}
}

// A token goes to the server that it is for, and nowhere else: no redirect is followed, not even to the same host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached []asked
	var mu sync.Mutex
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		reached = append(reached, seen(r))
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for to, where := range map[string]string{
			other.URL + "/api/plan?token=" + secret: " to " + other.URL,
			"https://u:" + secret + "@evil.test/x":  " to https://evil.test",
			"/elsewhere/" + secret:                  "",
			"":                                      "",
			"http://[::1" + secret:                  "",
		} {
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Location"] = []string{to}
				w.WriteHeader(status)
			})
			got, err := c.Do(t.Context(), "POST", "/api/bills", []byte("{}"))
			if !errors.Is(err, ErrRedirect) || got.Status != status {
				t.Fatalf("%d to %q: got %d, %v, want ErrRedirect", status, to, got.Status, err)
			}
			if where != "" && !strings.Contains(err.Error(), where+",") || strings.Contains(err.Error(), secret) {
				t.Errorf("%d to %q: got %q, want it to name%s and no more", status, to, err, where)
			}
		}
	}
	if len(reached) != 0 {
		t.Errorf("the other server was asked: %+v", reached)
	}
}

func wantUnreachable(t *testing.T, err error, reason string) {
	t.Helper()
	unreachable, ok := errors.AsType[*UnreachableError](err)
	if !ok {
		t.Fatalf("got %v, want an UnreachableError: %s", err, reason)
	}
	if unreachable.Reason != reason {
		t.Errorf("got reason %q, want %q", unreachable.Reason, reason)
	}
	if want := "cannot reach " + unreachable.Server + ": " + reason; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestUnreachable(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	_, err := clientOf(t, gone.URL).Plan(t.Context(), 7)
	wantUnreachable(t, err, "connection refused")

	cut := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	answer, err := cut.Plan(t.Context(), 7)
	wantUnreachable(t, err, "the server closed the connection")
	if answer.Status != 200 || answer.Body != nil {
		t.Errorf("got %d %q, want the status, and nothing of half a body", answer.Status, answer.Body)
	}
}

// A server that takes its time, before its answer or in the middle of it.
func TestTimeout(t *testing.T) {
	for _, begun := range []bool{false, true} {
		release := make(chan struct{})
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			if begun {
				io.WriteString(w, "{")
				w.(http.Flusher).Flush()
			}
			<-release
		}, within(50*time.Millisecond))
		_, err := c.Plan(t.Context(), 7)
		wantUnreachable(t, err, "no answer within 50ms")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not tell that a deadline passed", err)
		}
		close(release)
	}
}

// Who cancels gets its own cancellation back, not the report of an unreachable server.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-release
	})
	defer close(release)
	for _, when := range []string{"meanwhile", "before"} {
		if _, err := c.Plan(ctx, 7); err != context.Canceled {
			t.Errorf("cancelled %s: got %v, want the cancellation itself", when, err)
		}
	}
}

// The token is asked for at every request, and one that cannot be had sends nothing.
func TestTokenOfEveryRequest(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	vars := map[string]string{"CARE": "one"}
	e, err := endpoint.Resolve(endpoint.Sources{
		Flags: endpoint.Settings{Context: "a"}, Env: func(name string) string { return vars[name] },
		Config: &endpoint.Config{Contexts: map[string]endpoint.Context{"a": {Name: "a", Server: server.URL, Token: "env://CARE"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := New(e)
	defer c.Close()
	for _, token := range []string{"one", "two", ""} {
		vars["CARE"] = token
		_, err = c.Version(t.Context())
	}
	if diff := cmp.Diff([]string{"Bearer one", "Bearer two"}, got); diff != "" {
		t.Error(diff)
	}
	if unusable, ok := errors.AsType[*endpoint.Error](err); !ok || unusable.Error() != "env://CARE: the variable is not set" {
		t.Errorf("got %v, want endpoint's own error", err)
	}
}

func TestAnonymous(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer server.Close()
	e, err := endpoint.Resolve(endpoint.Sources{Flags: endpoint.Settings{Server: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	c := New(e)
	defer c.Close()
	if _, err := c.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, there := got["Authorization"]; there {
		t.Error("an Authorization header was sent without a token")
	}
}

func TestOddRequests(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a request was sent") })
	for _, path := range []string{"", "api/plan", "@evil.test/", "/%zz"} {
		if _, err := c.Do(t.Context(), "GET", path, nil); err == nil {
			t.Errorf("%q was taken for a path", path)
		}
	}
	if _, err := c.Do(t.Context(), "G E T", "/", nil); err == nil {
		t.Error("\"G E T\" was taken for a method")
	}
}

// Took is from sending to the last byte, on the client's clock.
func TestTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := endpoint.Resolve(endpoint.Sources{Flags: endpoint.Settings{Server: "http://care.example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		c := New(e)
		c.send = slowly
		got, err := c.Plan(t.Context(), 7)
		if err != nil || got.Took != 3*time.Second {
			t.Errorf("took %v, %v, want 3s", got.Took, err)
		}
	})
}

// slowly answers after two seconds, and ends its body a second later.
func slowly(*http.Request) (*http.Response, error) {
	time.Sleep(2 * time.Second)
	body, end := io.Pipe()
	go func() {
		time.Sleep(time.Second)
		end.Close()
	}()
	return &http.Response{StatusCode: 200, Body: body}, nil
}

// Nothing prints what it should not: neither the client, nor an error of it, in any form.
func TestNothingPrintsTheToken(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		fmt.Fprintf(w, `{"error":"%s is no token"}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	})
	_, err := c.Plan(t.Context(), 7)
	for _, value := range []any{c, err, *err.(*RefusedError)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, secret) || bytes.Contains([]byte(text), []byte("Bearer")) {
				t.Errorf("%s prints the token: %s", verb, text)
			}
		}
	}
}

// What an answer says against a request is fit to be shown.
func TestAnswersSayWhy(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{404, `{"error":"Bill not found"}`, "Bill not found"},
		{500, `{"message":"no\n\u001b[2J ` + secret + `"}`, "no [2J ***"},
		{502, `<html>`, ""},
		{200, `{"error":"x"}`, ""},
	} {
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		})
		if got, err := c.Plan(t.Context(), 7); err != nil || got.Says != test.want {
			t.Errorf("%d %s says %q, %v; want %q", test.status, test.body, got.Says, err, test.want)
		}
	}
}
