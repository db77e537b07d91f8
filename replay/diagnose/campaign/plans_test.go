package campaign_test

import (
	"testing"

	"github.com/carebase/deltatap/replay/plan"
)

// parse reads a plan that a world wrote.
func parse(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return p
}
