package endpoint

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const home = "https://care.example.com" // the context's server

// said is one setting as each source says it, and what comes of it where that source wins.
type said struct {
	flag    func(*Settings)
	env     map[string]string
	context func(*Context)
	get     func(*testing.T, *Endpoint) string
	values  [4]string // by flag, by environment, by context, by default
}

func settingsSaid(t *testing.T) map[string]said {
	yes := true
	file := write(t, "token", "by-flag\n")
	ca := testCA(t)
	return map[string]said{
		"server": {
			func(s *Settings) { s.Server = home + "/flag" },
			map[string]string{envServer: home + "/env"},
			func(c *Context) { c.Server = home + "/context" },
			func(_ *testing.T, e *Endpoint) string { return e.Server() },
			[4]string{home + "/flag", home + "/env", home + "/context", home},
		},
		"token": {
			func(s *Settings) { s.TokenFile = file },
			map[string]string{envToken: "by-env"},
			func(c *Context) { c.Token = "env://CARE" },
			func(t *testing.T, e *Endpoint) string { return resolved(t, e.Token) },
			[4]string{"by-flag", "by-env", "by-context", ""},
		},
		"token file": {
			func(s *Settings) { s.TokenFile = "-" },
			map[string]string{envTokenFile: file},
			func(c *Context) { c.Token = "env://CARE" },
			func(_ *testing.T, e *Endpoint) string { return Describe(e.Token) },
			[4]string{"standard input", "file://" + file, "env://CARE", "none"},
		},
		"header": {
			func(s *Settings) { s.Headers = []string{"x-tenant: flag"} },
			map[string]string{envHeader: "X-Tenant: env"},
			func(c *Context) { c.Headers = map[string]string{"X-Tenant": "context"} },
			func(_ *testing.T, e *Endpoint) string { return fmt.Sprint(e.Header.Values("X-Tenant")) },
			[4]string{"[flag]", "[env]", "[context]", "[]"},
		},
		"transport": {
			func(s *Settings) { s.Transport = "polling" },
			map[string]string{envTransport: "websocket"},
			func(c *Context) { c.Transport = "polling" },
			func(_ *testing.T, e *Endpoint) string { return string(e.Transport) },
			[4]string{"polling", "websocket", "polling", "auto"},
		},
		"socket path": {
			func(s *Settings) { s.SocketPath = "/flag" },
			map[string]string{envSocketPath: "/env/"},
			func(c *Context) { c.SocketPath = "/context" },
			func(_ *testing.T, e *Endpoint) string { return e.SocketPath },
			[4]string{"/flag", "/env", "/context", "/socket.io"},
		},
		"insecure": {
			func(s *Settings) { s.Insecure = new(bool) },
			map[string]string{envInsecure: "1"},
			func(c *Context) { c.Insecure = yes },
			func(_ *testing.T, e *Endpoint) string { return fmt.Sprint(e.Insecure, e.TLS.InsecureSkipVerify) },
			[4]string{"false false", "true true", "true true", "false false"},
		},
		"timeout": {
			func(s *Settings) { s.Timeout = time.Second },
			map[string]string{envTimeout: "2s"},
			func(c *Context) { c.Timeout = 3 * time.Second },
			func(_ *testing.T, e *Endpoint) string { return e.Timeout.String() },
			[4]string{"1s", "2s", "3s", "10s"},
		},
		"ca file": {
			func(s *Settings) { s.CAFile = ca },
			map[string]string{envCAFile: ca},
			func(c *Context) { c.CAFile = ca },
			func(_ *testing.T, e *Endpoint) string { return fmt.Sprint(e.TLS.RootCAs != nil) },
			[4]string{"true", "true", "true", "false"},
		},
	}
}

// Every setting, said by every combination of sources: a flag beats the environment, which beats
// the context, which beats the default.
func TestPrecedence(t *testing.T) {
	for name, s := range settingsSaid(t) {
		for sources := range 8 {
			byFlag, byEnv, byContext := sources&1 != 0, sources&2 != 0, sources&4 != 0
			settings, vars := Settings{}, map[string]string{"CARE": "by-context"}
			context := Context{Name: "prod", Server: home}
			want := s.values[3]
			if byContext {
				s.context(&context)
				want = s.values[2]
			}
			if byEnv {
				for variable, value := range s.env {
					vars[variable] = value
				}
				want = s.values[1]
			}
			if byFlag {
				s.flag(&settings)
				want = s.values[0]
			}
			e, err := Resolve(Sources{Flags: settings, Env: environment(vars), Config: &Config{Current: "prod", Contexts: map[string]Context{"prod": context}}})
			if err != nil {
				t.Errorf("%s, flag %v, environment %v, context %v: %v", name, byFlag, byEnv, byContext, err)
				continue
			}
			if got := s.get(t, e); got != want {
				t.Errorf("%s, flag %v, environment %v, context %v: got %q, want %q", name, byFlag, byEnv, byContext, got, want)
			}
		}
	}
}

func TestContextIsChosen(t *testing.T) {
	config := &Config{Current: "c", Contexts: map[string]Context{}}
	for _, name := range []string{"a", "b", "c"} {
		config.Contexts[name] = Context{Name: name, Server: "https://" + name}
	}
	for _, c := range []struct{ flag, env, current, want string }{
		{"a", "b", "c", "a"},
		{"", "b", "c", "b"},
		{"", "", "c", "c"},
		{"a", "", "", "a"},
	} {
		config.Current = c.current
		e, err := Resolve(Sources{Flags: Settings{Context: c.flag}, Env: environment(map[string]string{envContext: c.env}), Config: config})
		if err != nil {
			t.Fatal(err)
		}
		if e.Name != c.want || e.Server() != "https://"+c.want {
			t.Errorf("flag %q, environment %q, current %q: got %s, want %s", c.flag, c.env, c.current, e, c.want)
		}
	}
	_, err := Resolve(Sources{Flags: Settings{Context: "x"}, Config: config})
	wantError(t, err, "context x: no such context")
	if hint := err.(*Error).Hint; hint != "there are a, b, c" {
		t.Errorf("got hint %q, want the names that there are", hint)
	}
	config.Current = "gone"
	_, err = Resolve(Sources{Config: config})
	wantError(t, err, "context gone: no such context")
	if _, err := Resolve(Sources{Flags: Settings{Server: "https://s"}, Config: config}); err != nil {
		t.Errorf("a current context that is gone is in the way of --server: %v", err)
	}
}

func TestNoServer(t *testing.T) {
	for _, s := range []Sources{{}, {Config: &Config{Contexts: map[string]Context{"a": {Name: "a", Server: home}}}}, {Env: environment(map[string]string{envToken: "abc"})}} {
		if _, err := Resolve(s); !errors.Is(err, ErrNoServer) {
			t.Errorf("got %v, want ErrNoServer", err)
		}
	}
}

// A context's token is for its own server: whoever names another one does not get it sent there,
// nor its headers and its leave to skip verification.
func TestNothingOfAContextGoesToAnotherServer(t *testing.T) {
	prod := Context{
		Name: "prod", Server: home + "/a", Token: "env://CARE", Headers: map[string]string{"Cookie": "session=1"},
		Insecure: true, Writable: true, CAFile: "/no/such/file", Timeout: time.Minute, SocketPath: "/x", Transport: "polling",
	}
	for _, server := range []string{"https://other.example", "http://care.example.com/a", "https://care.example.com:8443/a", "https://care.example.com.evil.test/a", "https://evil.test/care.example.com"} {
		for _, by := range []string{"flag", "environment"} {
			for _, named := range []bool{true, false} {
				s := Sources{Config: &Config{Contexts: map[string]Context{"prod": prod}}}
				vars := map[string]string{"CARE": "abc"}
				var warnings []string
				s.Warn = func(line string) { warnings = append(warnings, line) }
				s.Env = environment(vars)
				if by == "flag" {
					s.Flags.Server = server
				} else {
					vars[envServer] = server
				}
				if named {
					s.Flags.Context = "prod"
				} else {
					s.Config.Current = "prod"
				}
				e, err := Resolve(s)
				if err != nil {
					t.Fatal(err)
				}
				if e.Token != Anonymous || len(e.Header) != 0 || e.Insecure || e.Writable || e.Name != "" || e.Transport != Auto || e.Timeout != DefaultTimeout {
					t.Errorf("%s by %s: something of the context is in %s", server, by, e)
				}
				variable := map[string]string{"flag": "--server", "environment": envServer}[by]
				want := []string{variable + " names another server than the context, whose token and settings are for https://care.example.com/a alone and are not used"}
				if diff := cmp.Diff(want, warnings); diff != "" {
					t.Errorf("%s by %s, warnings: %s", server, by, diff)
				}
			}
		}
	}
}

func TestContextsTokenGoesToItsOwnOrigin(t *testing.T) {
	config := &Config{Current: "prod", Contexts: map[string]Context{"prod": {Name: "prod", Server: home + "/a", Token: "env://CARE", Writable: true}}}
	for server, writable := range map[string]bool{home + "/a/": true, "wss://CARE.example.com:443/a": true, home: false, home + "/b": false} {
		e, err := Resolve(Sources{Flags: Settings{Server: server}, Config: config})
		if err != nil {
			t.Fatal(err)
		}
		if got := Describe(e.Token); got != "env://CARE" {
			t.Errorf("%s: got token %s, want the context's", server, got)
		}
		if e.Writable != writable {
			t.Errorf("%s: writable is %v, want %v", server, e.Writable, writable)
		}
	}
}

func TestHeadersAddUp(t *testing.T) {
	e, err := Resolve(Sources{
		Flags: Settings{Headers: []string{"X-A: flag 1", "X-A: flag 2"}},
		Env:   environment(map[string]string{envHeader: "X-A: env\n\nX-B: env\r\n"}),
		Config: &Config{Current: "prod", Contexts: map[string]Context{
			"prod": {Name: "prod", Server: home, Headers: map[string]string{"x-a": "context", "x-b": "context", "x-c": "context"}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{"X-A": {"flag 1", "flag 2"}, "X-B": {"env"}, "X-C": {"context"}}
	if diff := cmp.Diff(want, e.Header); diff != "" {
		t.Error(diff)
	}
}

func TestTokenFromTheEnvironment(t *testing.T) {
	file := write(t, "token", "by-file")
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{envToken: "abc"}, "abc"},
		{map[string]string{envToken: "abc", envTokenFile: file}, "abc"},
		{map[string]string{envTokenFile: file}, "by-file"},
		{map[string]string{envToken: "env://CARE", "CARE": "by-env"}, "by-env"},
		{map[string]string{envToken: "file://" + file}, "by-file"},
	} {
		c.vars[envServer] = home
		e, err := Resolve(Sources{Env: environment(c.vars)})
		if err != nil {
			t.Fatal(err)
		}
		if got := resolved(t, e.Token); got != c.want {
			t.Errorf("%v: got %q, want %q", c.vars, got, c.want)
		}
	}
}

// What cannot be used is named as its source names it, so that the user knows where to look.
func TestErrorsNameTheirSource(t *testing.T) {
	for want, s := range map[string]Sources{
		"--server: not a URL with a scheme":                                {Flags: Settings{Server: "care"}},
		"--header: not a header":                                           {Flags: Settings{Server: home, Headers: []string{"x"}}},
		"--transport: no such transport":                                   {Flags: Settings{Server: home, Transport: "pigeon"}},
		"--socket-path: does not begin with a slash":                       {Flags: Settings{Server: home, SocketPath: "x"}},
		"--ca-file: /no/such/file: no such file":                           {Flags: Settings{Server: home, CAFile: "/no/such/file"}},
		"--timeout: not positive":                                          {Flags: Settings{Server: home, Timeout: -1}},
		"DELTATAP_SERVER: a query or fragment in the URL":                  {Env: environment(map[string]string{envServer: home + "?x"})},
		"DELTATAP_TOKEN: the token begins with \"Bearer\"":                 {Env: environment(map[string]string{envToken: "Bearer abc"})},
		"DELTATAP_TOKEN: env:// wants the name of an environment variable": {Env: environment(map[string]string{envToken: "env://"})},
		"DELTATAP_TIMEOUT: not a duration":                                 {Env: environment(map[string]string{envTimeout: "10"})},
		"DELTATAP_TIMEOUT: not positive":                                   {Env: environment(map[string]string{envTimeout: "-1s"})},
		"DELTATAP_INSECURE: want true or false":                            {Env: environment(map[string]string{envInsecure: "maybe"})},
		"DELTATAP_CA_FILE: /dev/null: holds no certificate":                {Env: environment(map[string]string{envServer: home, envCAFile: "/dev/null"})},
		"context prod: token: not a reference to a token":                  {Config: &Config{Current: "prod", Contexts: map[string]Context{"prod": {Name: "prod", Server: home, Token: "abc"}}}},
	} {
		_, err := Resolve(s)
		wantError(t, err, want)
	}
}

func TestCautions(t *testing.T) {
	const (
		insecure = "insecure: certificates are not verified, so whoever stands between can read the token"
		plain    = "the token travels unencrypted to http://care.example.com; https would protect it"
	)
	yes := true
	for _, c := range []struct {
		flags Settings
		token string
		want  []string
	}{
		{Settings{Server: home}, "abc", nil},
		{Settings{Server: home, Insecure: &yes}, "abc", []string{insecure}},
		{Settings{Server: "http://127.0.0.1:1", Insecure: &yes}, "", []string{insecure}},
		{Settings{Server: "http://care.example.com"}, "abc", []string{plain}},
		{Settings{Server: "http://care.example.com", Headers: []string{"Cookie: a=b"}}, "", []string{plain}},
		{Settings{Server: "http://care.example.com"}, "", nil},
		{Settings{Server: "http://127.0.0.1:1"}, "abc", nil},
		{Settings{Server: "http://[::1]:1"}, "abc", nil},
		{Settings{Server: "http://localhost:1"}, "abc", nil},
	} {
		var got []string
		_, err := Resolve(Sources{Flags: c.flags, Env: environment(map[string]string{envToken: c.token}), Warn: func(line string) { got = append(got, line) }})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.flags.Server, diff)
		}
	}
}

// Every variable that is read is listed, for "help environment".
func TestVariablesAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range Variables() {
		listed[v.Name] = v.Meaning != ""
	}
	_, err := Resolve(Sources{Env: func(name string) string {
		if !listed[name] {
			t.Errorf("%s is read, and not listed", name)
		}
		return ""
	}})
	if !errors.Is(err, ErrNoServer) {
		t.Error(err)
	}
	ConfigPath("", func(name string) string {
		if !listed[name] && name != "HOME" {
			t.Errorf("%s is read, and not listed", name)
		}
		return ""
	})
}
