package diff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestItemsThatAreOddlyNumbered holds how items are matched that are there twice, or have a text for their id.
func TestItemsThatAreOddlyNumbered(t *testing.T) {
	bills := func(items ...string) []byte { return []byte(`{"bills":[` + strings.Join(items, ",") + `]}`) }
	tests := []struct {
		name           string
		cached, server []byte
		want           []string
	}{
		{"twice in the cache", bills(`{"id":1}`, `{"id":1}`), bills(`{"id":1}`), []string{"bill:1 ghost again"}},
		{"twice on the server", bills(`{"id":2}`), bills(`{"id":2}`, `{"id":2}`), []string{"bill:2 missing again"}},
		{"once, and alone", bills(`{"id":1}`, `{"id":3}`), bills(`{"id":1}`), []string{"bill:3 ghost"}},
		{"a text", bills(`{"id":"1"}`, `{"id":2}`), bills(`{"id":1}`, `{"id":2}`), []string{"bill:1 stale id"}},
		{"a text on the server", bills(`{"id":1}`), bills(`{"id":"1"}`), []string{"bill:1 stale id"}},
		{"texts, moved", bills(`{"id":"1"}`, `{"id":"2"}`), bills(`{"id":"2"}`, `{"id":"1"}`), nil},
		{"a text beside its number", bills(`{"id":"1"}`, `{"id":1}`), bills(`{"id":1}`), []string{"bill:1 ghost again"}},
		{"a text that nobody has", bills(`{"id":"7"}`), bills(), []string{"bill:7 ghost"}},
		{"no number", bills(`{"id":"x"}`), bills(`{"id":1}`), []string{"bill:1 missing", "bill:0 ghost"}},
	}
	for _, test := range tests {
		r, err := Plans(test.cached, test.server, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range r.Differences {
			line := fmt.Sprint(d.Item, " ", d.Kind)
			for _, f := range d.Fields {
				line += " " + f.Path
			}
			if d.Again {
				line += " again"
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
