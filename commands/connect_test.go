package commands

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/spf13/pflag"
)

// desk is an App whose streams and environment a test holds.
type desk struct {
	*App
	out, err bytes.Buffer
	vars     map[string]string
}

// newDesk makes a desk with its own, empty place for a configuration file.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{vars: map[string]string{"XDG_CONFIG_HOME": t.TempDir()}}
	d.App = &App{
		In: strings.NewReader(""), Out: &d.out, Err: &d.err, Color: "auto",
		Env: func(name string) string { return d.vars[name] }, Now: time.Now,
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	return d
}

// connect parses flags and resolves them.
func (d *desk) connect(args ...string) (*endpoint.Endpoint, error) {
	var c connectFlags
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.register(flags)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return c.resolve(d.App)
}

// wantUsage checks that err is an error of usage with that text and hint.
func wantUsage(t *testing.T, err error, what, hint string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v, want an error of usage: %s", err, what)
	}
	if e.Code != ExitUsage || e.Error() != what || e.Hint != hint {
		t.Errorf("got %d %q with hint %q, want %d %q with hint %q", e.Code, e, e.Hint, ExitUsage, what, hint)
	}
}

func TestConnectFlags(t *testing.T) {
	d := newDesk(t)
	d.In = strings.NewReader("abc\n")
	e, err := d.connect(
		"--server", "wss://care.example.com/eu", "--token-file", "-", "--header", "X-A: 1, 2", "--header", "X-B: 3",
		"--transport", "websocket", "--socket-path", "/ws", "--insecure", "--timeout", "3s",
	)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.String(), "https://care.example.com/eu (token standard input, websocket, headers X-A X-B, insecure)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if e.SocketPath != "/ws" || e.Timeout != 3*time.Second || e.Header.Get("X-A") != "1, 2" {
		t.Errorf("got socket path %s, timeout %v, headers %v", e.SocketPath, e.Timeout, e.Header)
	}
	if token, err := e.Bearer(t.Context()); token != "abc" || err != nil {
		t.Errorf("got token %q, %v, want the line of standard input", token, err)
	}
	if want := "deltatap: warning: insecure: certificates are not verified, so whoever stands between can read the token\n"; d.err.String() != want {
		t.Errorf("got %q on standard error, want %q", &d.err, want)
	}
}

func TestConnectNamesTheFault(t *testing.T) {
	d := newDesk(t)
	const noServer = "--server URL, DELTATAP_SERVER, or deltatap context add"
	_, err := d.connect()
	wantUsage(t, err, "no server named", noServer)
	_, err = d.connect("--context", "prod")
	wantUsage(t, err, "context prod: no such context", "deltatap context add makes one")
	_, err = d.connect("--server", "care.example.com")
	wantUsage(t, err, "--server: not a URL with a scheme", "a URL with its scheme, like https://care.example.com")
	_, err = d.connect("--server", "https://h", "--timeout", "0s")
	wantUsage(t, err, "--timeout: not positive", "like 10s or 1m30s")
	missing := filepath.Join(t.TempDir(), "none.yaml")
	_, err = d.connect("--server", "https://h", "--config", missing)
	wantUsage(t, err, missing+": no such file", "deltatap context add makes one")
	if d.out.Len()+d.err.Len() != 0 {
		t.Errorf("something was printed beside the error: %q %q", &d.out, &d.err)
	}
}

// A script's --server "$UNSET" must not fall back to whatever context is current.
func TestConnectRefusesEmptyOptions(t *testing.T) {
	d := newDesk(t)
	d.vars["DELTATAP_SERVER"] = "https://prod.example.com"
	for _, name := range []string{"server", "context", "token-file", "transport", "socket-path", "ca-file", "config"} {
		_, err := d.connect("--"+name, "")
		wantUsage(t, err, "--"+name+": empty", "leave it out, or give it a value")
	}
}

// An option that was not given leaves the word to the context; one that was given has it, false too.
func TestConnectTellsFalseFromAbsent(t *testing.T) {
	d := newDesk(t)
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("current: a\ncontexts: {a: {server: 'https://h', insecure: true, timeout: 4s}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.vars["DELTATAP_CONFIG"] = config
	for _, c := range []struct {
		args     []string
		insecure bool
	}{{nil, true}, {[]string{"--insecure=false"}, false}} {
		e, err := d.connect(c.args...)
		if err != nil {
			t.Fatal(err)
		}
		if e.Insecure != c.insecure || e.Timeout != 4*time.Second {
			t.Errorf("%v: got insecure %v and timeout %v, want %v and 4s", c.args, e.Insecure, e.Timeout, c.insecure)
		}
	}
}

func TestQuietKeepsWarningsBack(t *testing.T) {
	d := newDesk(t)
	d.Quiet = true
	if _, err := d.connect("--server", "https://h", "--insecure"); err != nil {
		t.Fatal(err)
	}
	if d.err.Len() != 0 {
		t.Errorf("got %q, want nothing", &d.err)
	}
}
