package endpoint

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPutIntoNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "deltatap", "config.yaml")
	config, err := Put(path, Context{Name: "prod", Server: "https://care.example.com", Token: "env://CARE"})
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Names(); len(got) != 1 || got[0] != "prod" {
		t.Errorf("got contexts %v, want prod", got)
	}
	want := "contexts:\n  prod:\n    server: https://care.example.com\n    token: env://CARE\n"
	if got := read(t, path); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s has mode %o, want %o", path, got, want)
			}
		}
	}
}

// What an edit does not touch stays, comments too.
func TestEditsKeepTheRest(t *testing.T) {
	path := write(t, "config.yaml", sample)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Put(path, Context{Name: "local", Server: "http://127.0.0.1:4080", Writable: true, Headers: map[string]string{"X-Tenant": "true"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Use(path, "local"); err != nil {
		t.Fatal(err)
	}
	want := `# servers of the clinic
current: local
contexts:
  prod.eu:
    server: https://care.example.com # the real one
    token: exec://vault read -field=token care
    headers:
      X-Tenant: blue
    timeout: 1m30s
  # may be broken at will
  staging:
    server: wss://staging.example.com:8443/care
    token: file://token
    transport: websocket
    socketPath: /ws
    caFile: ca.pem
    insecure: true
    writable: true
  local:
    server: http://127.0.0.1:4080
    headers:
      X-Tenant: "true"
    writable: true
`
	if diff := cmp.Diff(want, read(t, path)); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file has mode %o, want 600", info.Mode().Perm())
	}
	config, err := Remove(path, "local")
	if err != nil {
		t.Fatal(err)
	}
	if config.Current != "" || len(config.Contexts) != 2 {
		t.Errorf("got %v with current %q, want two contexts, and none current", config, config.Current)
	}
	if config, err = Remove(path, "prod.eu"); err != nil || len(config.Contexts) != 1 {
		t.Errorf("got %v, %v, want one context", config, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPutReplaces(t *testing.T) {
	path := write(t, "config.yaml", sample)
	config, err := Put(path, Context{Name: "staging", Server: "https://new.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	want := Context{Name: "staging", Server: "https://new.example.com"}
	if diff := cmp.Diff(want, config.Contexts["staging"]); diff != "" {
		t.Error(diff)
	}
}

func TestEditsRefuse(t *testing.T) {
	broken := write(t, "config.yaml", "tokens: x\n")
	two := write(t, "config.yaml", "current: a\n---\ncurrent: b\n")
	good := write(t, "config.yaml", sample)
	alias := write(t, "config.yaml", "contexts: &c {a: {server: https://h}}\n")
	for want, edit := range map[string]func() (*Config, error){
		"server: missing":                           func() (*Config, error) { return Put(good, Context{Name: "a"}) },
		"token: not a reference to a token":         func() (*Config, error) { return Put(good, Context{Name: "a", Server: "https://h", Token: "abc"}) },
		"not a name for a context":                  func() (*Config, error) { return Put(good, Context{Name: "-a", Server: "https://h"}) },
		broken + ": tokens: unknown key":            func() (*Config, error) { return Put(broken, Context{Name: "a", Server: "https://h"}) },
		two + ": holds more than one YAML document": func() (*Config, error) { return Put(two, Context{Name: "a", Server: "https://h"}) },
		"context x: no such context":                func() (*Config, error) { return Use(good, "x") },
		"context y: no such context":                func() (*Config, error) { return Remove(good, "y") },
		"no such context":                           func() (*Config, error) { return Remove(good, "y z") },
		"/dev/null/config.yaml: cannot be read":     func() (*Config, error) { return Put("/dev/null/config.yaml", Context{Name: "a", Server: "https://h"}) },
	} {
		_, err := edit()
		wantError(t, err, want)
	}
	if got := read(t, good); got != sample {
		t.Error("a refused edit changed the file")
	}
	if _, err := Put(alias, Context{Name: "b", Server: "https://h"}); err != nil {
		t.Error(err)
	}
}

func TestEditFollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links want privileges on Windows")
	}
	file := write(t, "dotfiles.yaml", sample)
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Use(link, "prod.eu"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	config, err := LoadConfig(file)
	if err != nil || config.Current != "prod.eu" {
		t.Errorf("got %v, %v, want the change in the file that the link leads to", config, err)
	}
}

// What is put is what is loaded, whatever was there before.
func TestPutAndLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		want := map[string]Context{}
		value := rapid.StringMatching(`[ -~]{0,20}`)
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			c := Context{
				Name:       rapid.StringMatching(`[a-c0-2.][a-c0-2._-]{0,2}`).Filter(contextName().MatchString).Draw(t, "name"),
				Server:     "https://" + rapid.StringMatching(`[a-z0-9]{1,8}`).Draw(t, "host"),
				Token:      rapid.SampledFrom([]string{"", "env://CARE", "file:///t o: k'e\"n", "exec://a | b # c: 'd'"}).Draw(t, "token"),
				Transport:  rapid.SampledFrom([]string{"", "auto", "polling"}).Draw(t, "transport"),
				SocketPath: rapid.SampledFrom([]string{"", "/x"}).Draw(t, "path"),
				Insecure:   rapid.Bool().Draw(t, "insecure"), Writable: rapid.Bool().Draw(t, "writable"),
				Timeout: time.Duration(rapid.IntRange(0, 100).Draw(t, "timeout")) * time.Second,
			}
			if rapid.Bool().Draw(t, "headers") {
				c.Headers = map[string]string{"X-A": value.Draw(t, "value"), "X-B": "null"}
			}
			want[c.Name] = c
			var err error
			if text, err = revise(text, c.Name, putting(c)); err != nil {
				t.Fatal(err)
			}
		}
		config, err := parseConfig(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, config.Contexts); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzConfig holds that no file makes reading or editing panic, and that an edit that is not
// refused does what it says.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(sample))
	for _, seed := range append(brokenConfigs, "contexts: {a: {server: https://h}}", "current: a\n---\n", "contexts: &a {b: *a}", "\xff", "? a\n: b", "&a:\n b:c") {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fuzz := Context{Name: "fuzz", Server: "https://fuzz"}
		changed, err := revise(text, "fuzz", putting(fuzz))
		if err != nil {
			return
		}
		after, err := parseConfig(changed)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, changed, err)
		}
		if diff := cmp.Diff(fuzz, after.Contexts["fuzz"]); diff != "" {
			t.Fatalf("%q became %q: %s", text, changed, diff)
		}
	})
}
