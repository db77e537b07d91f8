package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/spf13/cobra"
)

func newContextCurrent(app *App) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:     "current",
		Short:   "Print the name of the current context",
		Long:    "Print the name of the context that commands take where they are given no other:\nthat of DELTATAP_CONTEXT, or else the one of deltatap context use. Exit 2 where\nthere is none.",
		Example: "  deltatap context current",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			context, err := currentContext(app, config, "")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(app.Out, context.Name)
			return err
		},
	}
	configFlag(cmd.Flags(), &config)
	return cmd
}

func newContextShow(app *App) *cobra.Command {
	var config, output string
	cmd := &cobra.Command{
		Use:               "show [NAME]",
		Short:             "Tell what a context says, the current one unless named",
		Long:              "Tell what a context says: its server, the reference to its token, its settings. Of\nheaders the names are told, and never a token.",
		Example:           "  deltatap context show\n  deltatap context show staging -o json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeContexts(app, &config),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			context, err := currentContext(app, config, strings.Join(args, ""))
			if err != nil {
				return err
			}
			return showContext(app, context.Shown(), output)
		},
	}
	outputFlag(cmd.Flags(), &output, "text", "json")
	configFlag(cmd.Flags(), &config)
	return cmd
}

// currentContext is the context of that name, or the one that commands take without a name.
func currentContext(app *App, configFile, name string) (endpoint.Context, error) {
	config, err := endpoint.OpenConfig(configFile, app.Env)
	if err != nil {
		return endpoint.Context{}, unusable(err)
	}
	if name == "" {
		name = app.Env("DELTATAP_CONTEXT")
	}
	if name == "" {
		name = config.Current
	}
	if name == "" {
		return endpoint.Context{}, usage("deltatap context use NAME", "no context is current")
	}
	context, err := config.Context(name)
	if err != nil {
		return endpoint.Context{}, unusable(err)
	}
	return context, nil
}

func showContext(app *App, shown endpoint.Shown, output string) error {
	if output == "json" {
		return json.NewEncoder(app.Out).Encode(shown)
	}
	rows := [][]string{{"name", shown.Name}, {"server", shown.Server}, {"token", shown.Token}}
	for _, more := range [][]string{
		{"transport", string(shown.Transport)},
		{"socket path", shown.SocketPath},
		{"headers", strings.Join(shown.Headers, ", ")},
		{"timeout", shown.Timeout},
	} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	if shown.Insecure {
		rows = append(rows, []string{"insecure", "true"})
	}
	if shown.Writable {
		rows = append(rows, []string{"writable", "true"})
	}
	for _, line := range table(rows) {
		if _, err := fmt.Fprintln(app.Out, render.Clean(line)); err != nil {
			return err
		}
	}
	return nil
}
