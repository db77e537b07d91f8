package endpoint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment is an environment for Sources.
func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// write makes a file of mode 0600 and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// given is a token that is known to be good.
func given(t *testing.T, token string) Token {
	t.Helper()
	s, err := Static(token)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// resolved is what a token resolves to.
func resolved(t *testing.T, token Token) string {
	t.Helper()
	text, err := token.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wantError checks that err is an Error with exactly that text.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an *Error %q", err, want)
	}
	if err.Error() != want {
		t.Errorf("got error %q, want %q", err, want)
	}
}
