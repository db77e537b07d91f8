package endpoint

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func itoa(n uintptr) string { return strconv.FormatUint(uint64(n), 10) }

func command(t *testing.T, line string) Token {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("commands are written for sh")
	}
	token, err := ParseToken("exec://" + line)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestExecToken(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	token := command(t, "echo run >> "+count+"; printf ' abc-%s \\nsecond line\\n' $(wc -l < "+count+")")
	for _, want := range []string{"abc-1", "abc-2"} {
		if got := resolved(t, token); got != want {
			t.Errorf("got %q, want %q: the first line, made anew", got, want)
		}
	}
	if got := resolved(t, command(t, "cat; echo abc")); got != "abc" {
		t.Errorf("got %q, want abc, from a command that finds nothing on standard input", got)
	}
	if got := resolved(t, command(t, "echo abc; head -c 1000000 /dev/zero")); got != "abc" {
		t.Errorf("got %q, want abc, however much follows", got)
	}
}

// A child that outlives the command holds its output open; the token is not waited for any longer
// on its account.
func TestExecTokenOfCommandWithChildren(t *testing.T) {
	begin := time.Now()
	if got := resolved(t, command(t, "sleep 40 & echo abc")); got != "abc" {
		t.Errorf("got %q, want abc", got)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("waited %v for the child", took)
	}
}

func TestExecTokenFails(t *testing.T) {
	for text, want := range map[string]string{
		"echo S3CRET >&2; exit 3":              "the token command failed (exit status 3)",
		"echo S3CRET; exit 3":                  "the token command failed (exit status 3)",
		"no-such-command-S3CRET":               "the token command was not found (exit status 127)",
		"/":                                    "the token command may not be run (exit status 126)",
		"kill -9 $$":                           "the token command was killed",
		"true":                                 "the token is empty",
		"echo; echo S3CRET":                    "the token is empty",
		"echo two words S3CRET":                "the token holds a space, a control character or a letter beyond ASCII",
		"head -c 70000 /dev/zero | tr '\\0' S": "the token is longer than 65536 bytes",
	} {
		_, err := command(t, text).Token(t.Context())
		wantError(t, err, "exec://…: "+want)
	}
}

func TestExecTokenHonoursContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	// The pipe's other end outlives the shell and holds its output open.
	_, err := command(t, "sleep 40 | cat").Token(ctx)
	wantError(t, err, "exec://…: the token command took too long")
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("gave up after %v", took)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := command(t, "sleep 20").Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's own error", err)
	}
}

// FuzzParseToken holds that no error repeats what was refused, and that what is accepted names
// itself by its reference.
func FuzzParseToken(f *testing.F) {
	for _, seed := range []string{"", "env://CARE", "file:///tmp/x", "exec://cat x", "eyJhbGciOiJIUzI1NiJ9.e30.abc", "env://a b", "exec://\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		token, err := ParseToken(ref)
		if err == nil {
			if shown := Describe(token); !isReference(shown) && shown != "none" {
				t.Fatalf("%q describes itself as %q", ref, shown)
			}
			return
		}
		scheme, rest, found := strings.Cut(ref, "://")
		if !found {
			rest = scheme
		}
		if len(rest) > 12 && strings.Contains(err.Error()+err.(*Error).Hint, rest) {
			t.Fatalf("%q is repeated in %q", rest, err)
		}
	})
}
