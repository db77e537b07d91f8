package scan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// sample is what the contract's samples hold; see fixtures/contract.
type sample struct {
	Rule     string
	Messages []struct {
		Args   json.RawMessage
		Text   *string
		Base64 []byte
	}
}

// args are the samples' messages; nil where one is given in parts, because it is large.
func (s sample) args() [][]byte {
	var all [][]byte
	for _, m := range s.Messages {
		switch {
		case m.Args != nil:
			all = append(all, m.Args)
		case m.Text != nil:
			all = append(all, []byte(*m.Text))
		case m.Base64 != nil:
			all = append(all, m.Base64)
		default:
			return nil
		}
	}
	return all
}

// write writes a session of these messages as package session spells them.
func write(t *testing.T, messages ...[]byte) []byte {
	t.Helper()
	var text bytes.Buffer
	w, err := session.NewWriter(&text, session.Header{Started: time.Unix(1795395134, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for i, args := range messages {
		rec := session.Record{T: time.Duration(i) * time.Second, Kind: session.KindEvent, Event: contract.Event, Args: args}
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// Every sample of a broken rule is counted, on the fast path as on the slow one. Large samples are for
// TestTemplateLeavesLongMessages, and for package contract.
func TestEveryRuleIsCounted(t *testing.T) {
	paths, err := filepath.Glob("../../fixtures/contract/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, path := range paths {
		var s sample
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		args := s.args()
		if args == nil {
			continue
		}
		a := checkEqual(t, write(t, args...), 1<<20)
		want := filepath.Base(filepath.Dir(path)) == "invalid"
		if got := a.Summary.Findings.ByRule[s.Rule] > 0; got != want {
			t.Errorf("%s: findings of %s: %t, want %t; all: %v", path, s.Rule, got, want, a.Summary.Findings)
		}
	}
}

func TestTemplateLeavesLongMessages(t *testing.T) {
	for _, n := range []int{maxFacts - 1, maxFacts, maxFacts + 1, 3 * maxFacts} {
		args := "[{\"deltas\":[" + strings.Repeat(goodPlan+",", n-1) + goodPlan + "]}]"
		a := checkEqual(t, write(t, []byte(args)), 1<<20)
		if a.Summary.Deltas != int64(n) {
			t.Errorf("%d deltas, want %d", a.Summary.Deltas, n)
		}
	}
	if maxFacts > contract.MaxDeltas {
		t.Errorf("the template reads messages of %d deltas, which the contract objects to", maxFacts)
	}
}
