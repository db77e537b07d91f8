package rest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

func TestCachedAnswersAreTold(t *testing.T) {
	for _, test := range []struct {
		header http.Header
		says   string
		age    time.Duration
	}{
		{nil, "", 0},
		{http.Header{"Age": {"0"}, "X-Cache": {"MISS"}, "Via": {"1.1 proxy"}}, "", 0},
		{http.Header{"Age": {"42"}}, "Age: 42", 42 * time.Second},
		{http.Header{"Age": {"old"}, "X-Cache": {"Hit from cloudfront"}}, "X-Cache: Hit from cloudfront", 0},
		{http.Header{"Age": {"42"}, "X-Cache": {"MISS, HIT"}}, "Age: 42, X-Cache: MISS, HIT", 42 * time.Second},
		{http.Header{"X-Cache": {"TCP_MEM_HIT"}}, "X-Cache: TCP_MEM_HIT", 0},
		{http.Header{"X-Cache": {"TCP_REFRESH_MISS"}, "Cf-Cache-Status": {"DYNAMIC"}}, "", 0},
		{http.Header{"Cf-Cache-Status": {"STALE"}}, "Cf-Cache-Status: STALE", 0},
		{http.Header{"Cache-Status": {"Origin; fwd=stale"}}, "", 0},
		{http.Header{"Cache-Status": {"Edge; fwd=miss", "Origin; hit; ttl=3"}}, "Cache-Status: Edge; fwd=miss, Origin; hit; ttl=3", 0},
	} {
		var asked string
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Header.Get("Cache-Control")
			for name, values := range test.header {
				w.Header()[name] = values
			}
		})
		var told []Answer
		c.OnCached = func(a Answer) { told = append(told, a) }
		answer, err := c.Version(t.Context())
		if err != nil || answer.Cached != test.says || answer.Age != test.age || (len(told) > 0) != (test.says != "") {
			t.Errorf("%v: %q, %v, told %d, %v", test.header, answer.Cached, answer.Age, len(told), err)
		}
		if asked != "no-cache" {
			t.Errorf("asked with Cache-Control %q", asked)
		}
	}
}

// A user's own header stands, and a mutation asks nothing of caches.
func TestCacheControlOfTheUser(t *testing.T) {
	var asked []string
	c := client(t, func(w http.ResponseWriter, r *http.Request) { asked = append(asked, r.Header.Get("Cache-Control")) },
		func(s *endpoint.Settings) { s.Headers = append(s.Headers, "Cache-Control: max-age=5") })
	_, _ = c.Plan(t.Context(), 0)
	c = client(t, func(w http.ResponseWriter, r *http.Request) { asked = append(asked, r.Header.Get("Cache-Control")) })
	_, _ = c.Do(t.Context(), "PATCH", "/api/bills/7", []byte(`{}`))
	if len(asked) != 2 || asked[0] != "max-age=5" || asked[1] != "" {
		t.Errorf("asked %q", asked)
	}
}

func TestAnswersInUnreadableForms(t *testing.T) {
	for _, test := range []struct {
		status       int
		coding, body string
		want         string // of the error; "": the status alone counts
	}{
		{200, "br", "\x0b\x02\x80", "compressed as br (Brotli)"},
		{200, "", "\x1f\x8b\x08", "compressed as gzip and does not say so"},
		{500, "br", "\x0b\x02\x80", ""},
	} {
		c := client(t, func(w http.ResponseWriter, r *http.Request) {
			if test.coding != "" {
				w.Header().Set("Content-Encoding", test.coding)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		})
		answer, err := c.Version(t.Context())
		if test.want == "" {
			if err != nil || answer.Status != test.status {
				t.Errorf("%d %s: %d, %v", test.status, test.coding, answer.Status, err)
			}
			continue
		}
		if _, ok := errors.AsType[*UnreachableError](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v", test.coding, err)
		}
	}
}
