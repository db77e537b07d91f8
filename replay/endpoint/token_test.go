package endpoint

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestParseTokenRefuses(t *testing.T) {
	for ref, want := range map[string]string{
		"eyJhbGciOi.J9":       "not a reference to a token",
		"env:NAME":            "not a reference to a token",
		"ENV://NAME":          "not a reference to a token",
		" env://NAME":         "not a reference to a token",
		"https://example.com": "not a reference to a token",
		"env://":              "env:// wants the name of an environment variable",
		"env://A B":           "env:// wants the name of an environment variable",
		"env://1A":            "env:// wants the name of an environment variable",
		"env://A=b":           "env:// wants the name of an environment variable",
		"file://":             "file:// wants a path",
		"file://a\x00b":       "file:// wants a path",
		"exec://":             "exec:// wants a command",
		"exec:// ":            "exec:// wants a command",
		"exec://a\x00b":       "exec:// wants a command",
	} {
		token, err := ParseToken(ref)
		wantError(t, err, want)
		if token != nil {
			t.Errorf("ParseToken(%q) returned a token beside its error", ref)
		}
	}
}

func TestAnonymous(t *testing.T) {
	token, err := ParseToken("")
	if err != nil || token != Anonymous {
		t.Fatalf("ParseToken(\"\") = %v, %v, want Anonymous", token, err)
	}
	for _, e := range []*Endpoint{{Token: Anonymous}, {}} {
		if got, err := e.Bearer(t.Context()); got != "" || err != nil {
			t.Errorf("got %q, %v, want no token", got, err)
		}
	}
}

func TestTokenText(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", " abc\r\n": "abc", "\ufeffabc": "abc", "a.b-c_~+/=": "a.b-c_~+/="} {
		if got := resolved(t, given(t, text)); got != want {
			t.Errorf("Static(%q) resolves to %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"":                              "the token is empty",
		" \n":                           "the token is empty",
		"a b":                           "the token holds a space, a control character or a letter beyond ASCII",
		"a\nb":                          "the token holds a space, a control character or a letter beyond ASCII",
		"a\x1b[31mb":                    "the token holds a space, a control character or a letter beyond ASCII",
		"a\x00":                         "the token holds a space, a control character or a letter beyond ASCII",
		"ä":                             "the token holds a space, a control character or a letter beyond ASCII",
		"Bearer abc":                    "the token begins with \"Bearer\"",
		"bearer abc":                    "the token begins with \"Bearer\"",
		strings.Repeat("a", maxToken+1): "the token is longer than 65536 bytes",
	} {
		_, err := Static(text)
		wantError(t, err, want)
	}
}

func TestEnvironmentToken(t *testing.T) {
	vars := map[string]string{"CARE": "one"}
	token, err := parseToken("env://CARE", environment(vars))
	if err != nil {
		t.Fatal(err)
	}
	if got := resolved(t, token); got != "one" {
		t.Errorf("got %q, want one", got)
	}
	vars["CARE"] = "two"
	if got := resolved(t, token); got != "two" {
		t.Errorf("got %q, want the token of now, two", got)
	}
	vars["CARE"] = "t w o"
	_, err = token.Token(t.Context())
	wantError(t, err, "env://CARE: the token holds a space, a control character or a letter beyond ASCII")
	delete(vars, "CARE")
	_, err = token.Token(t.Context())
	wantError(t, err, "env://CARE: the variable is not set")
}

func TestFileToken(t *testing.T) {
	path := write(t, "token", "one\nsecond line\n")
	token, err := ParseToken("file://" + path)
	if err != nil {
		t.Fatal(err)
	}
	if got := resolved(t, token); got != "one" {
		t.Errorf("got %q, want the first line", got)
	}
	for text, want := range map[string]string{
		"":            "the token is empty",
		"\nabc":       "the token is empty",
		"a b":         "the token holds a space, a control character or a letter beyond ASCII",
		"a\x07b\nabc": "the token holds a space, a control character or a letter beyond ASCII",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := token.Token(t.Context())
		wantError(t, err, "file://"+path+": "+want)
	}
	if err := os.WriteFile(path, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := resolved(t, token); got != "two" {
		t.Errorf("got %q, want the token that the file holds now", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = token.Token(t.Context())
	wantError(t, err, "file://"+path+": no such file")
	token, _ = ParseToken("file://" + filepath.Dir(path))
	_, err = token.Token(t.Context())
	wantError(t, err, "file://"+filepath.Dir(path)+": is a directory")
}

func TestFileTokenOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no permission bits")
	}
	path := write(t, "token", "abc")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	e, err := Resolve(Sources{
		Flags: Settings{Server: "http://127.0.0.1:1", TokenFile: path},
		Warn:  func(line string) { warnings = append(warnings, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := e.Bearer(t.Context()); got != "abc" || err != nil {
			t.Fatalf("got %q, %v, want the token all the same", got, err)
		}
	}
	want := "token file " + path + " is open to others (mode 0644); chmod 600 closes it"
	if len(warnings) != 1 || warnings[0] != want {
		t.Errorf("got warnings %q, want once %q", warnings, want)
	}
}

// A pipe, as a shell's <(command) makes one, gives its text once; it must not be asked again at the
// next connection.
func TestFileTokenOfPipe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no /dev/fd on Windows")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.WriteString(w, "abc\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	token, err := newFileToken("/dev/fd/" + itoa(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := resolved(t, token); got != "abc" {
			t.Errorf("got %q, want abc", got)
		}
	}
}

func TestStandardInputToken(t *testing.T) {
	in := strings.NewReader("abc\nthe rest")
	e, err := Resolve(Sources{Flags: Settings{Server: "http://127.0.0.1:1", TokenFile: "-"}, Stdin: in})
	if err != nil {
		t.Fatal(err)
	}
	if in.Len() != len("abc\nthe rest") {
		t.Error("standard input was read before it was needed")
	}
	for range 2 {
		if got, err := e.Bearer(t.Context()); got != "abc" || err != nil {
			t.Errorf("got %q, %v, want abc", got, err)
		}
	}
	if rest, _ := io.ReadAll(in); string(rest) != "the rest" {
		t.Errorf("left %q of standard input, want all after the first line", rest)
	}
	_, err = newStdinToken(strings.NewReader("")).Token(t.Context())
	wantError(t, err, "standard input: the token is empty")
	_, err = newStdinToken(nil).Token(t.Context())
	wantError(t, err, "standard input: there is no standard input")
}

// Nobody types, or nobody writes to the pipe: the wait must end with its context.
func TestStandardInputTokenHonoursContext(t *testing.T) {
	r, w := io.Pipe()
	token := newStdinToken(r)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := token.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's own error", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := token.Token(ctx)
	wantError(t, err, "standard input: no token came in time")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v does not tell that a deadline passed", err)
	}
	w.Close()
}
