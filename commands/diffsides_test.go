package commands

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/rest"
)

// TestAnswersThatAreNoPlanAreNotQuoted has a server put what it was sent into what it answers, as pages for debugging do.
func TestAnswersThatAreNoPlanAreNotQuoted(t *testing.T) {
	const token = "hunter2hunter2"
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a page":           {500, "<h1>Error</h1>\nAuthorization: Bearer " + token, "the server's /api/plan/version answered 500"},
		"what it says":     {500, `{"error":"no database for ` + token + `"}`, "the server's /api/plan/version answered 500: no database for ***"},
		"nothing":          {502, "", "the server's /api/plan/version answered 502"},
		"another document": {200, `{"token":"` + token + `"}`, "the server's /api/plan/version answered 200: it holds no planVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			target, err := visitor(server.URL, token)
			if err != nil {
				t.Fatal(err)
			}
			client := rest.New(target)
			defer client.Close()
			_, err = (&fence{client: client}).read(t.Context(), 1)
			if err == nil || err.Error() != c.want || explain(err).Code != ExitInconclusive {
				t.Errorf("it says %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Error("the token is in the error")
			}
		})
	}
}
