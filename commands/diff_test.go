package commands

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A plan whose version is never the same twice is no evidence, not even that nothing is wrong.
func TestPlanThatWillNotHoldStill(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, fmt.Sprintf(`{"appointments":[],"bills":[{"id":1,"status":"todo"}],"planVersion":%d}`, asked.Add(1)))
	}))
	defer server.Close()
	for status, held := range map[string]string{"todo": "the same", "paid": "another"} {
		d := newDesk(t)
		cache := filepath.Join(t.TempDir(), "cache.json")
		if err := os.WriteFile(cache, []byte(`{"appointments":[],"bills":[{"id":1,"status":"`+status+`"}],"planVersion":1}`), 0o600); err != nil {
			t.Fatal(err)
		}
		code := Run(t.Context(), d.App, []string{"diff", cache, "--server", server.URL, "--fence-tries", "2"})
		if code != ExitInconclusive || !strings.HasPrefix(d.out.String(), "inconclusive ") {
			t.Errorf("%s content: exit %d: %s%s", held, code, d.out.String(), d.err.String())
		}
	}
}
