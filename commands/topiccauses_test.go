package commands

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/diagnose"
)

var updateReadme = flag.Bool("update", false, "write the README's table of causes anew")

// Every hypothesis has a code, a sentence for those who look into it, one for a family, and somebody or nobody at fault.
func TestEveryHypothesisHasWords(t *testing.T) {
	seen := map[diagnose.Code]bool{}
	for _, h := range diagnose.Hypotheses() {
		switch {
		case h.Code == "" || seen[h.Code]:
			t.Errorf("%q: no code, or there twice", h.Code)
		case h.Happened == "" || strings.HasSuffix(h.Happened, ".") || strings.ToLower(h.Happened[:1]) != h.Happened[:1]:
			t.Errorf("%s: what happened is %q: want a sentence without a capital and a full stop", h.Code, h.Happened)
		case !strings.HasSuffix(h.Family, ".") || strings.ToUpper(h.Family[:1]) != h.Family[:1]:
			t.Errorf("%s: %q is no sentence for a family", h.Code, h.Family)
		case len(h.Parties) == 0 || render.WhereToLook(h.Code, h.Parties) == "":
			t.Errorf("%s: no words for where to look", h.Code)
		}
		for _, word := range []string{"delta", "server's side", "socket", "version", "payload", "cache"} {
			if strings.Contains(strings.ToLower(h.Family), word) {
				t.Errorf("%s: a family does not know what a %s is: %s", h.Code, word, h.Family)
			}
		}
		seen[h.Code] = true
	}
}

// The README's table of causes is the engine's.
func TestReadmeListsCauses(t *testing.T) {
	const begin, end = "<!-- causes: go test ./commands -run Readme -update -->\n", "<!-- end of causes -->\n"
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("the README has no place for causes")
	}
	want := head + begin + causesTable() + end + tail
	if *updateReadme {
		if err := os.WriteFile("../README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("the README's table of causes is not the engine's: go test ./commands -run Readme -update")
	}
}

func causesTable() string {
	var b strings.Builder
	b.WriteString("| cause | what happened | where to look | for a family |\n| --- | --- | --- | --- |\n")
	for _, h := range diagnose.Hypotheses() {
		where := render.WhereToLook(h.Code, h.Parties)
		if h.Expected {
			where = "nowhere: expected"
		}
		b.WriteString("| `" + string(h.Code) + "` | " + h.Happened + " | " + where + " | " + h.Family + " |\n")
	}
	return b.String()
}
