package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// sampleDir holds the samples of the rules; its README says how they are written.
const sampleDir = "../../fixtures/contract"

// sample is one file of fixtures/contract.
type sample struct {
	Rule     string
	About    string
	Messages []sampleMessage
	Findings []sampleFinding
}

// sampleMessage is the arguments of one event, in one of four spellings.
type sampleMessage struct {
	Args   json.RawMessage
	Text   *string
	Base64 []byte
	Parts  []struct {
		Text  string
		Times *int
	}
}

func (m *sampleMessage) bytes() []byte {
	switch {
	case m.Text != nil:
		return []byte(*m.Text)
	case m.Base64 != nil:
		return m.Base64
	case m.Parts == nil:
		return m.Args
	}
	var b bytes.Buffer
	for _, p := range m.Parts {
		times := 1
		if p.Times != nil {
			times = *p.Times
		}
		b.WriteString(strings.Repeat(p.Text, times))
	}
	return b.Bytes()
}

// large reports whether a message repeats a text too often to be a good seed.
func (m *sampleMessage) large() bool {
	for _, p := range m.Parts {
		if p.Times != nil && *p.Times > 20_000 {
			return true
		}
	}
	return false
}

// sampleFinding is a finding less its sentence.
type sampleFinding struct {
	Message, Delta int
	Rule, Severity string
}

func readSample(t testing.TB, kind, rule string) sample {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sampleDir, kind, rule+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s sample
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatalf("%s/%s: %v", kind, rule, err)
	}
	if s.Rule != rule || len(s.Messages) == 0 || s.About == "" {
		t.Fatalf("%s/%s: is for rule %q, with %d messages, about %q", kind, rule, s.Rule, len(s.Messages), s.About)
	}
	return s
}

// judgeSample returns what one checker finds in the messages of a sample.
func judgeSample(s sample) []sampleFinding {
	found := []sampleFinding{}
	var c Checker
	var m Message
	for i := range s.Messages {
		Decode(s.Messages[i].bytes(), &m)
		c.Check(&m, func(f Finding) {
			found = append(found, sampleFinding{i, f.Delta, f.Rule, f.Severity.String()})
		})
	}
	return found
}

func TestEveryRuleHasSamples(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			valid, invalid := readSample(t, "valid", r.Name), readSample(t, "invalid", r.Name)
			if diff := cmp.Diff(valid.Findings, judgeSample(valid)); diff != "" {
				t.Errorf("findings on the valid sample (-listed +found):\n%s", diff)
			}
			if diff := cmp.Diff(invalid.Findings, judgeSample(invalid)); diff != "" {
				t.Errorf("findings on the invalid sample (-listed +found):\n%s", diff)
			}
			if n := countRule(valid.Findings, r.Name); n != 0 {
				t.Errorf("valid sample lists %d findings of its rule", n)
			}
			if n := countRule(invalid.Findings, r.Name); n == 0 || n != len(invalid.Findings) {
				t.Errorf("invalid sample lists %d findings, %d of its rule", len(invalid.Findings), n)
			}
		})
	}
}

func countRule(findings []sampleFinding, rule string) int {
	n := 0
	for _, f := range findings {
		if f.Rule == rule {
			n++
		}
	}
	return n
}

func TestEverySampleHasARule(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.Name+".json"] = true
	}
	for _, kind := range []string{"valid", "invalid"} {
		entries, err := os.ReadDir(filepath.Join(sampleDir, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !known[e.Name()] {
				t.Errorf("%s/%s stands for no rule", kind, e.Name())
			}
		}
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Name] {
			t.Errorf("rule %s is listed twice", r.Name)
		}
		seen[r.Name] = true
		if strings.Trim(r.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || r.Name == "" {
			t.Errorf("rule %q is not in kebab case", r.Name)
		}
		if r.Says == "" || strings.HasSuffix(r.Says, ".") {
			t.Errorf("rule %s says %q", r.Name, r.Says)
		}
	}
	Rules()[0].Name = "changed"
	if Rules()[0].Name == "changed" {
		t.Error("the caller of Rules can change the rules")
	}
}

// sampleTexts returns the small messages of all samples, for seeds.
func sampleTexts(t testing.TB) [][]byte {
	var texts [][]byte
	for _, r := range Rules() {
		for _, kind := range []string{"valid", "invalid"} {
			s := readSample(t, kind, r.Name)
			for i := range s.Messages {
				if !s.Messages[i].large() {
					texts = append(texts, s.Messages[i].bytes())
				}
			}
		}
	}
	return texts
}

func TestFindingsReadAsOneLine(t *testing.T) {
	for _, text := range sampleTexts(t) {
		var c Checker
		var m Message
		Decode(text, &m)
		c.Check(&m, func(f Finding) {
			if bad := unreadable(f.Message); bad != "" {
				t.Errorf("%s: message %q %s", f.Rule, f.Message, bad)
			}
		})
	}
}

// unreadable says what keeps a finding's message from being a short line of text.
func unreadable(s string) string {
	switch {
	case s == "" || strings.HasSuffix(s, "."):
		return "is empty or ends in a full stop"
	case len(s) > 200:
		return fmt.Sprintf("is %d bytes long", len(s))
	case strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s):
		return "holds control characters or invalid UTF-8"
	}
	return ""
}
