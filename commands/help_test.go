package commands

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// asked runs a command that needs no server, and returns its standard output.
func asked(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	none := func() int { return 0 }
	app := &App{In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now, OutWidth: none, ErrWidth: none, Env: func(string) string { return "" }}
	if code := Run(context.Background(), app, args); code != ExitOK {
		t.Fatalf("%q: exit %d: %s", args, code, errs.String())
	}
	return out.String()
}

// everyCommand calls each with every command, by its words behind "deltatap".
func everyCommand(cmd *cobra.Command, each func(*cobra.Command, []string)) {
	each(cmd, strings.Fields(cmd.CommandPath())[1:])
	for _, child := range cmd.Commands() {
		everyCommand(child, each)
	}
}

// Help is read on any terminal, and shows how each command is used.
func TestHelpIsReadable(t *testing.T) {
	everyCommand(newRoot(&App{}, ""), func(cmd *cobra.Command, words []string) {
		for line := range strings.Lines(asked(t, append(words, "--help")...)) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > helpWidth {
				t.Errorf("%s --help: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		if cmd.Runnable() && cmd.Name() != "help" && !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%s --help: no example of it", cmd.CommandPath())
		}
	})
}

// Every variable that a word of the code names is told of.
func TestEnvironmentIsToldWhole(t *testing.T) {
	said := asked(t, "help", "environment")
	quoted := regexp.MustCompile(`"(DELTATAP_[A-Z_]+)"`)
	for _, dir := range []string{".", "../replay/*", "../replay/*/*", "../render", "../render/*"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range quoted.FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(said, "  "+name[1]+" ") {
					t.Errorf("%s reads %s, of which help environment says nothing", file, name[1])
				}
			}
		}
	}
}

func TestFoldKeepsWhatFits(t *testing.T) {
	text := "a paragraph of\nwords\n\n  one    an entry\n         that goes on\n  three  3\n  plain entry, much too wide\n    deeper"
	want := "a paragraph\nof words\n\n  one    an\n         entry\n         that\n         goes\n         on\n  three  3\n  plain\n  entry,\n  much too\n  wide\n    deeper"
	if diff := cmp.Diff(want, foldText(text, 12)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(text, foldText(text, 30)); diff != "" {
		t.Errorf("what fits: -want +got\n%s", diff)
	}
}

func TestFlagsComplete(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	asked(t, "context", "add", "staging", "--server", "http://127.0.0.1:1", "--config", config)
	for _, tc := range []struct{ line, want, last string }{
		{"tail --transport", "auto websocket polling", ":4"},
		{"watch --client", "contract mobile", ":4"},
		{"diff x -o", "text json markdown junit", ":4"},
		{"lint --severity", "warning error", ":4"},
		{"inspect --source", "rest collaborator google inbound", ":4"},
		{"replay --clock", "session now", ":4"},
		{"tail --config " + config + " --context", "staging", ":4"},
		{"context --config " + config + " use", "staging", ":4"},
		{"doctor -o", "text json", ":4"},
		{"doctor --transport", "auto websocket polling", ":4"},
		{"doctor --wait", "", ":4"},
		{"tail --for", "", ":4"},
		{"serve --addr", "", ":4"},
		{"tail --token-file", "", ":0"},
		{"replay --ready-file", "", ":0"},
		{"fixtures extract x --to", "", ":0"},
	} {
		said := strings.Fields(asked(t, append(append([]string{"__completeNoDesc"}, strings.Fields(tc.line)...), "")...))
		at := slices.IndexFunc(said, func(word string) bool { return strings.HasPrefix(word, ":") })
		if got := strings.Join(said[:at], " "); got != tc.want || said[at] != tc.last {
			t.Errorf("%s: %q %s, want %q %s", tc.line, got, said[at], tc.want, tc.last)
		}
	}
}
