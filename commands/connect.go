package commands

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/spf13/pflag"
)

// connectFlags are the options that every connecting command takes.
type connectFlags struct {
	serverFlags
	config    string
	context   string
	tokenFile string
}

// serverFlags are those that a context can hold too.
type serverFlags struct {
	trustFlags
	server     string
	headers    []string
	transport  string
	socketPath string
	timeout    time.Duration
}

// trustFlags say which certificates are trusted.
type trustFlags struct {
	flags    *pflag.FlagSet // tells what was given
	caFile   string
	insecure bool
}

func (c *connectFlags) register(flags *pflag.FlagSet) {
	c.serverFlags.register(flags)
	configFlag(flags, &c.config)
	flags.StringVar(&c.context, "context", "", "the `name` of a context to connect to (deltatap context ls)")
	flags.StringVar(&c.tokenFile, "token-file", "", "the `file` whose first line is the token, read at every connection; - is one line of standard input")
}

func (s *serverFlags) register(flags *pflag.FlagSet) {
	s.trustFlags.register(flags)
	flags.StringVar(&s.server, "server", "", "the server's `URL`, like https://care.example.com")
	flags.StringArrayVar(&s.headers, "header", nil, "send this header, `'Name: value'`, with every request (repeatable)")
	flags.StringVar(&s.transport, "transport", "", "the `transport`: auto, websocket or polling (default auto)")
	flags.StringVar(&s.socketPath, "socket-path", "", "`path` of Socket.IO on the server (default below the server's URL: /socket.io)")
	flags.DurationVar(&s.timeout, "timeout", 0, "how long one answer may take (default "+endpoint.DefaultTimeout.String()+")")
}

func (t *trustFlags) register(flags *pflag.FlagSet) {
	t.flags = flags
	flags.StringVar(&t.caFile, "ca-file", "", "trust the certificates in this PEM `file`, and no others")
	flags.BoolVar(&t.insecure, "insecure", false, "do not verify the server's certificate")
}

func configFlag(flags *pflag.FlagSet, value *string) {
	flags.StringVar(value, "config", "", "the configuration `file` (default $XDG_CONFIG_HOME/deltatap/config.yaml)")
}

// check refuses options that were given and say nothing: --server "$UNSET" must not fall back to
// another server.
func (s *serverFlags) check() error {
	for _, name := range []string{"config", "context", "server", "token", "token-file", "transport", "socket-path", "ca-file"} {
		if f := s.flags.Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return usage("leave it out, or give it a value", "--%s: empty", name)
		}
	}
	if s.flags.Changed("timeout") && s.timeout <= 0 {
		return usage("like 10s or 1m30s", "--timeout: not positive")
	}
	return nil
}

// resolve puts flags, environment, context and defaults together. Warnings go to standard error at
// once.
func (c *connectFlags) resolve(app *App) (*endpoint.Endpoint, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	config, err := endpoint.OpenConfig(c.config, app.Env)
	if err != nil {
		return nil, unusable(err)
	}
	settings := endpoint.Settings{
		Context: c.context, Server: c.server, TokenFile: c.tokenFile, Headers: c.headers,
		Transport: c.transport, SocketPath: c.socketPath, CAFile: c.caFile, Timeout: c.timeout,
	}
	if c.flags.Changed("insecure") {
		settings.Insecure = &c.insecure
	}
	target, err := endpoint.Resolve(endpoint.Sources{
		Flags: settings, Env: app.Env, Config: config, Stdin: app.In, Warn: app.warn,
	})
	if err != nil {
		return nil, unusable(err)
	}
	return target, nil
}

// trust is how the certificates of what is no Carebase server are verified.
func (t *trustFlags) trust(app *App) (*tls.Config, error) {
	settings := endpoint.Settings{CAFile: t.caFile}
	if t.flags.Changed("insecure") {
		settings.Insecure = &t.insecure
	}
	config, err := endpoint.Trust(endpoint.Sources{Flags: settings, Env: app.Env, Warn: app.warn})
	if err != nil {
		return nil, unusable(err)
	}
	return config, nil
}

// patience is how long an answer of what is no Carebase server may take; 0 where nobody said.
func (c *connectFlags) patience(app *App) (time.Duration, error) {
	patience, err := endpoint.Patience(endpoint.Sources{Flags: endpoint.Settings{Timeout: c.timeout}, Env: app.Env, Warn: app.warn})
	if err != nil {
		return 0, unusable(err)
	}
	return patience, nil
}

// noTLS refuses flags that would have no effect, in these words.
func (t *trustFlags) noTLS(words string) error {
	for _, name := range []string{"ca-file", "insecure"} {
		if t.flags.Changed(name) {
			return usage("", words, "--"+name)
		}
	}
	return nil
}

// errNoServer says that nothing named a server.
var errNoServer = &Error{Code: ExitUsage, What: endpoint.ErrNoServer.Error(), Hint: endpoint.ErrNoServer.Hint}

// unusable turns what endpoint found wrong into an error of usage, with its hint.
func unusable(err error) error {
	if errors.Is(err, endpoint.ErrNoServer) {
		return errNoServer
	}
	if e, ok := errors.AsType[*endpoint.Error](err); ok {
		return &Error{Code: ExitUsage, What: e.Error(), Hint: e.Hint}
	}
	return err
}

// warn tells of something that a user should know and that stops nothing.
func (app *App) warn(line string) {
	app.note("deltatap: warning: %s", line)
}

// note says a line on standard error, unless the user wants to hear of errors alone.
func (app *App) note(format string, args ...any) {
	if !app.Quiet {
		fmt.Fprintln(app.Err, render.Clean(fmt.Sprintf(format, args...)))
	}
}

// detail says a line on standard error to those who asked for so much: 1 for -v, 2 for -vv.
func (app *App) detail(level int, format string, args ...any) {
	if app.Verbose >= level {
		app.note(format, args...)
	}
}
