package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/render"
	"github.com/spf13/cobra"
)

const fixturesLong = `The sessions and plans that ship inside deltatap. "fixture:NAME" works wherever a session
is expected.`

func newFixtures(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fixtures",
		Short: "The sessions and plans that ship inside deltatap",
		Long:  fixturesLong,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFixturesLs(app), newFixturesShow(app), newFixturesExtract(app))
	return cmd
}

func newFixturesLs(app *App) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the fixtures",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			return runFixturesLs(app, output)
		},
	}
	outputFlag(cmd.Flags(), &output, "text", "json")
	return cmd
}

// fixtureLine is a fixture in the JSON of fixtures ls, an object a line.
type fixtureLine struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Bytes int64  `json:"bytes"`
}

func runFixturesLs(app *App, output string) error {
	if output == "json" {
		return printFixtures(app)
	}
	var rows [][]string
	for _, f := range fixtures.List() {
		rows = append(rows, []string{f.Name, f.Kind, render.Bytes(f.Size), f.Title})
	}
	for _, line := range render.Align(rows) {
		if _, err := fmt.Fprintln(app.Out, line); err != nil {
			return err
		}
	}
	return nil
}

func printFixtures(app *App) error {
	encoder := json.NewEncoder(app.Out)
	encoder.SetEscapeHTML(false)
	for _, f := range fixtures.List() {
		if err := encoder.Encode(fixtureLine{f.Name, f.Kind, f.Title, f.Size}); err != nil {
			return err
		}
	}
	return nil
}

func newFixturesShow(app *App) *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME",
		Short:             "Print a fixture",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFixtures,
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := openFixture(args[0])
			if err != nil {
				return err
			}
			defer text.Close()
			_, err = io.Copy(app.cleaned(), text)
			return err
		},
	}
}

type extractOptions struct {
	to    string
	force bool
}

func newFixturesExtract(app *App) *cobra.Command {
	opts := &extractOptions{}
	cmd := &cobra.Command{
		Use:               "extract NAME",
		Short:             "Write a fixture to a file",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFixtures,
		RunE: func(_ *cobra.Command, args []string) error {
			return runFixturesExtract(app, args[0], opts)
		},
	}
	cmd.Flags().StringVar(&opts.to, "to", "", "the `path` to write, or a folder (default ./NAME and its ending)")
	cmd.Flags().BoolVar(&opts.force, "force", false, "overwrite an existing file")
	return cmd
}

func runFixturesExtract(app *App, name string, opts *extractOptions) error {
	text, err := openFixture(name)
	if err != nil {
		return err
	}
	defer text.Close()
	path := opts.to
	if info, err := os.Stat(path); path == "" || err == nil && info.IsDir() {
		path = filepath.Join(path, fixtures.File(name))
	}
	if err := writeNew(path, text, opts.force); err != nil {
		return err
	}
	app.note("wrote %s", path)
	return nil
}

// writeNew writes a file of mode 0600 whole or not at all; an existing one is replaced only by force.
func writeNew(path string, text io.Reader, force bool) error {
	if _, err := os.Lstat(path); err == nil && !force {
		return usage("--force overwrites it", "%s: it exists already", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".deltatap-*")
	if err != nil {
		return usage("", "%s: %s", path, whyFile(err))
	}
	defer os.Remove(part.Name())
	_, err = io.Copy(part, text)
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return &Error{Code: ExitFault, What: path, Err: errors.New(whyFile(err))}
	}
	return nil
}

// whyFile is what went wrong with a file, without its path.
func whyFile(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func openFixture(name string) (io.ReadCloser, error) {
	text, err := fixtures.Open(name)
	if err != nil {
		return nil, usage("deltatap fixtures ls lists them", "no fixture is called %q", name)
	}
	return text, nil
}

func completeFixtures(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, f := range fixtures.List() {
		names = append(names, f.Name+"\t"+f.Title)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
