package commands

import (
	"errors"
	"strings"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/spf13/cobra"
)

// contextAddOptions is what context add was asked for.
type contextAddOptions struct {
	serverFlags
	config   string
	name     string
	token    string
	writable bool
	use      bool
	force    bool
}

func newContextAdd(app *App) *cobra.Command {
	opts := &contextAddOptions{}
	cmd := &cobra.Command{
		Use:   "add NAME --server URL",
		Short: "Add a context; the first one becomes the current one",
		Example: "  deltatap context add local --server http://127.0.0.1:4080 --writable \\\n" +
			"      --token file:///tmp/token\n" +
			"  deltatap context add prod --server https://care.example.com \\\n" +
			"      --token env://CARE_TOKEN",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.name = args[0]
			return runContextAdd(app, opts)
		},
	}
	flags := cmd.Flags()
	opts.serverFlags.register(flags)
	configFlag(flags, &opts.config)
	flags.StringVar(&opts.token, "token", "", "a `reference` to the token: env://NAME, file://PATH or exec://COMMAND")
	flags.BoolVar(&opts.writable, "writable", false, "allow replay to write to this server without --yes")
	flags.BoolVar(&opts.use, "use", false, "make it the current context")
	flags.BoolVar(&opts.force, "force", false, "replace a context of that name")
	return cmd
}

func runContextAdd(app *App, opts *contextAddOptions) error {
	context, err := opts.context()
	if err != nil {
		return err
	}
	path, _ := endpoint.ConfigPath(opts.config, app.Env)
	before, err := endpoint.LoadConfig(path)
	if err != nil {
		return unusable(err)
	}
	_, exists := before.Contexts[context.Name]
	if exists && !opts.force {
		return usage("--force replaces it", "context %s: exists already", context.Name)
	}
	after, err := endpoint.Put(path, context)
	if err == nil && (opts.use || before.Current == "" && len(before.Contexts) == 0) {
		after, err = endpoint.Use(path, context.Name)
	}
	if err != nil {
		return unusable(err)
	}
	does, state := "added", ""
	if exists {
		does = "replaced"
	}
	if after.Current == context.Name {
		state = ", and current"
	}
	app.note("context %s %s%s (%s)", context.Name, does, state, path)
	if context.Insecure {
		app.warn("insecure: certificates will not be verified, so whoever stands between can read the token")
	}
	return nil
}

// context is the context that the options describe, checked.
func (o *contextAddOptions) context() (endpoint.Context, error) {
	c := endpoint.Context{
		Name: o.name, Server: o.server, Token: o.token, Transport: o.transport, SocketPath: o.socketPath,
		CAFile: absolute(o.caFile), Insecure: o.insecure, Writable: o.writable, Timeout: o.timeout,
	}
	if err := o.check(); err != nil {
		return c, err
	}
	if c.Server == "" {
		return c, usage("deltatap context add NAME --server URL", "--server: missing")
	}
	if endpoint.CheckName(o.name) != nil {
		return c, usage("letters, digits, '.', '_' and '-', at most 64", "NAME: not a name for a context")
	}
	if path, ok := strings.CutPrefix(c.Token, "file://"); ok && path != "" {
		c.Token = "file://" + absolute(path)
	}
	for _, text := range o.headers {
		name, value, err := endpoint.ParseHeader(text)
		if err != nil {
			return c, flagged("headers", err)
		}
		if c.Headers == nil {
			c.Headers = map[string]string{}
		}
		if _, twice := c.Headers[name]; twice {
			return c, usage("", "--header: a context holds %s once", name)
		}
		c.Headers[name] = value
	}
	return c, flagged("", c.Check())
}

// flagged names an option for the key of a context that cannot be used.
func flagged(key string, err error) error {
	e, ok := errors.AsType[*endpoint.Error](err)
	if !ok {
		return err
	}
	if key == "" {
		key = e.Subject
	}
	name := map[string]string{"headers": "header", "socketPath": "socket-path", "caFile": "ca-file"}[key]
	if name == "" {
		name = key
	}
	return usage(e.Hint, "--%s: %s", name, e.Reason)
}
