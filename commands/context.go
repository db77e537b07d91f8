package commands

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/spf13/cobra"
)

const contextLong = `Keep named servers, and how to get their tokens, in the configuration file.

A token is kept as a reference, never as itself, and is resolved again at every
connection, because tokens live minutes:

  env://NAME       the environment variable NAME
  file://PATH      the first line of a file
  exec://COMMAND   the first line that a command prints, run by the shell

A context's token, headers and TLS settings are for its own server: where --server or
DELTATAP_SERVER names another, nothing of the context is used.`

func newContext(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Keep named servers, and how to get their tokens",
		Long:  contextLong,
		Example: "  deltatap context add staging --server https://staging.example.com \\\n" +
			"      --token exec://'vault read -field=token care'\n" +
			"  deltatap context check staging\n  deltatap context use staging",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newContextLs(app), newContextShow(app), newContextCurrent(app), newContextAdd(app), newContextUse(app), newContextRm(app), newContextCheck(app))
	return cmd
}

func newContextLs(app *App) *cobra.Command {
	var config, output string
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"},
		Short:   "List the contexts",
		Example: "  deltatap context ls\n  deltatap context ls -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			return runContextLs(app, config, output)
		},
	}
	outputFlag(cmd.Flags(), &output, "text", "json")
	configFlag(cmd.Flags(), &config)
	return cmd
}

// contextList is what "context ls -o json" prints.
type contextList struct {
	Config   string             `json:"config"`
	Current  string             `json:"current"`
	Contexts []endpoint.Context `json:"contexts"`
}

func runContextLs(app *App, configFile, output string) error {
	config, err := endpoint.OpenConfig(configFile, app.Env)
	if err != nil {
		return unusable(err)
	}
	list := &contextList{Config: config.Path, Current: config.Current, Contexts: []endpoint.Context{}}
	for _, name := range config.Names() {
		list.Contexts = append(list.Contexts, config.Contexts[name])
	}
	if output == "json" {
		return json.NewEncoder(app.Out).Encode(list)
	}
	if len(list.Contexts) == 0 {
		app.note("no contexts in %s", list.Config)
		app.note("hint: deltatap context add NAME --server URL")
		return nil
	}
	return list.print(app)
}

func (l *contextList) print(app *App) error {
	theme, err := app.theme(app.columns())
	if err != nil {
		return err
	}
	rows := [][]string{{"", "NAME", "SERVER", "TOKEN", "NOTES"}}
	for _, c := range l.Contexts {
		shown, mark := c.Shown(), ""
		if c.Name == l.Current {
			mark = "*"
		}
		rows = append(rows, []string{mark, c.Name, shown.Server, shown.Token, strings.Join(contextNotes(shown), ", ")})
	}
	for i, line := range table(rows) {
		switch {
		case i == 0:
			line = theme.Muted.Render(line)
		case l.Contexts[i-1].Name == l.Current:
			line = theme.Emphasis.Render(line)
		}
		if _, err := fmt.Fprintln(app.Out, line); err != nil {
			return err
		}
	}
	return nil
}

func contextNotes(c endpoint.Shown) []string {
	var notes []string
	if c.Writable {
		notes = append(notes, "writable")
	}
	if c.Insecure {
		notes = append(notes, "insecure")
	}
	if c.Transport != "" && c.Transport != endpoint.Auto {
		notes = append(notes, string(c.Transport))
	}
	if n := len(c.Headers); n > 0 {
		notes = append(notes, render.Plural(n, "header"))
	}
	return notes
}

// table lines up columns by their widest cell, two spaces apart, without spaces at the ends of
// lines.
func table(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], render.Width(render.Clean(cell)))
		}
	}
	lines := make([]string, len(rows))
	for r, row := range rows {
		for i, cell := range row {
			row[i] = render.Pad(cell, widths[i])
		}
		lines[r] = strings.TrimRight(strings.Join(row, "  "), " ")
	}
	return lines
}

func newContextUse(app *App) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:               "use NAME",
		Short:             "Make a context the current one",
		Example:           "  deltatap context use staging",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeContexts(app, &config),
		RunE: func(_ *cobra.Command, args []string) error {
			path, _ := endpoint.ConfigPath(config, app.Env)
			if _, err := endpoint.Use(path, args[0]); err != nil {
				return unusable(err)
			}
			app.note("context %s is current", args[0])
			return nil
		},
	}
	configFlag(cmd.Flags(), &config)
	return cmd
}

func newContextRm(app *App) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use: "rm NAME", Aliases: []string{"remove"},
		Short:             "Remove a context",
		Example:           "  deltatap context rm staging",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeContexts(app, &config),
		RunE: func(_ *cobra.Command, args []string) error {
			path, _ := endpoint.ConfigPath(config, app.Env)
			left, err := endpoint.Remove(path, args[0])
			if err != nil {
				return unusable(err)
			}
			app.note("context %s removed", args[0])
			if left.Current == "" && len(left.Contexts) > 0 {
				app.note("none is current now")
				app.note("hint: deltatap context use %s", left.Names()[0])
			}
			return nil
		},
	}
	configFlag(cmd.Flags(), &config)
	return cmd
}

// completeContexts offers the names of the contexts to a shell.
func completeContexts(app *App, config *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		loaded, err := endpoint.OpenConfig(*config, app.Env)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return loaded.Names(), cobra.ShellCompDirectiveNoFileComp
	}
}

// absolute makes a path mean the same from every folder; "~/" is left to mean whose home it is.
func absolute(path string) string {
	if path == "" || strings.HasPrefix(path, "~/") {
		return path
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
