package endpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const sample = `# servers of the clinic
current: staging
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
`

func TestLoadConfig(t *testing.T) {
	path := write(t, "config.yaml", sample)
	config, err := LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	want := &Config{Path: path, Current: "staging", Contexts: map[string]Context{
		"prod.eu": {
			Name: "prod.eu", Server: "https://care.example.com", Token: "exec://vault read -field=token care",
			Headers: map[string]string{"X-Tenant": "blue"}, Timeout: 90 * time.Second,
		},
		"staging": {
			Name: "staging", Server: "wss://staging.example.com:8443/care", Token: "file://" + filepath.Join(dir, "token"),
			Transport: "websocket", SocketPath: "/ws", CAFile: filepath.Join(dir, "ca.pem"), Insecure: true, Writable: true,
		},
	}}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Error(diff)
	}
}

func TestLoadConfigOfNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing yet\n", "---\n", "contexts:\n", "current:\ncontexts: {}\n"} {
		config, err := LoadConfig(write(t, "config.yaml", text))
		if err != nil || config.Current != "" || len(config.Contexts) != 0 {
			t.Errorf("%q: got %v, %v, want an empty configuration", text, config, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if config, err := LoadConfig(missing); err != nil || config.Path != missing {
		t.Errorf("got %v, %v, want an empty configuration", config, err)
	}
}

// A name that YAML takes for a number or a truth is a name.
func TestLoadConfigNamesOfOtherTypes(t *testing.T) {
	config, err := LoadConfig(write(t, "config.yaml", `current: "2026"
contexts:
  2026: {server: https://a}
  true: {server: https://b, headers: {7: x}}
  1.5: {server: https://c}
  prod: {server: https://d}
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1.5", "2026", "prod", "true"}, config.Names()); diff != "" {
		t.Error(diff)
	}
	if got := config.Contexts["true"].Headers["7"]; got != "x" {
		t.Errorf("header 7: %q, want x", got)
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	const prod = "contexts:\n  prod:\n    server: https://h\n"
	for text, want := range map[string]string{
		"tokens: {}":                             "tokens: unknown key",
		"Current: a":                             "Current: unknown key",
		prod + "    tokn: env://A":               "contexts.prod.tokn: unknown key",
		prod + "    token: eyJhbGciOi.J9":        "contexts.prod.token: not a reference to a token",
		prod + "    token: env://":               "contexts.prod.token: env:// wants the name of an environment variable",
		prod + "    token: 12":                   "contexts.prod.token: want text",
		prod + "    insecure: 1":                 "contexts.prod.insecure: want true or false",
		prod + "    writable: \"yes\"":           "contexts.prod.writable: want true or false",
		prod + "    timeout: 10":                 "contexts.prod.timeout: want a duration",
		prod + "    timeout: 10 s":               "contexts.prod.timeout: not a duration",
		prod + "    timeout: 0s":                 "contexts.prod.timeout: not positive",
		prod + "    transport: pigeon":           "contexts.prod.transport: no such transport",
		prod + "    socketPath: x":               "contexts.prod.socketPath: does not begin with a slash",
		prod + "    headers: [a]":                "contexts.prod.headers: want names with values",
		prod + "    headers: {X-A: 1}":           "contexts.prod.headers.X-A: want text",
		prod + "    headers: {Authorization: x}": "contexts.prod.headers: the token is not given as a header",
		"contexts: {prod: {token: 'env://A'}}":   "contexts.prod.server: missing",
		"contexts: {prod: {server: 'h'}}":        "contexts.prod.server: not a URL with a scheme",
		"contexts: {prod: }":                     "contexts.prod: want server, token and the like below it",
		"contexts: {'a b': {server: https://h}}": "contexts: not a name for a context",
		"contexts: [a]":                          "contexts: want names with contexts below them",
		"contexts:\n  a: 1\n  a: 2":              "not YAML (line 3)",
		"\tcurrent: a":                           "not YAML",
		"- a":                                    "not YAML (line 1)",
		"current: a\n b: c":                      "not YAML (line 2)",
		"#" + strings.Repeat(" ", maxConfig):     "longer than 1048576 bytes",
	} {
		path := write(t, "config.yaml", text)
		_, err := LoadConfig(path)
		wantError(t, err, path+": "+want)
	}
}

func TestConfigPath(t *testing.T) {
	for _, c := range []struct {
		flag  string
		vars  map[string]string
		want  string
		named bool
	}{
		{"/f.yaml", map[string]string{envConfig: "/e.yaml", "XDG_CONFIG_HOME": "/x"}, "/f.yaml", true},
		{"", map[string]string{envConfig: "/e.yaml", "XDG_CONFIG_HOME": "/x"}, "/e.yaml", true},
		{"", map[string]string{"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/deltatap/config.yaml", false},
		{"", map[string]string{"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/deltatap/config.yaml", false},
		{"", map[string]string{"HOME": "/h"}, "/h/.config/deltatap/config.yaml", false},
	} {
		path, named := ConfigPath(c.flag, environment(c.vars))
		if filepath.ToSlash(path) != c.want || named != c.named {
			t.Errorf("flag %q, environment %v: got %s, %v, want %s, %v", c.flag, c.vars, path, named, c.want, c.named)
		}
	}
}

// A file that the user named must be there; the one in the usual place need not.
func TestOpenConfig(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenConfig("", environment(map[string]string{"XDG_CONFIG_HOME": dir})); err != nil {
		t.Error(err)
	}
	missing := filepath.Join(dir, "none.yaml")
	_, err := OpenConfig(missing, environment(nil))
	wantError(t, err, missing+": no such file")
	_, err = OpenConfig("", environment(map[string]string{envConfig: missing}))
	wantError(t, err, missing+": no such file")
	if _, err := OpenConfig(write(t, "config.yaml", ""), environment(nil)); err != nil {
		t.Errorf("an empty file is refused: %v", err)
	}
	_, err = OpenConfig(dir, environment(nil))
	wantError(t, err, dir+": cannot be read")
	if os.Getuid() != 0 {
		secret := write(t, "config.yaml", "")
		if err := os.Chmod(secret, 0); err != nil {
			t.Fatal(err)
		}
		_, err = OpenConfig(secret, environment(nil))
		wantError(t, err, secret+": permission denied")
	}
}
