package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/render"
)

const fixturesLong = `The sessions and plans that ship inside deltatap. "fixture:NAME" works wherever a session
is expected. Each session shows one thing that can happen to a client, and says where it ends:

  plan/NAME            the server's plan
  plan/NAME.contract   what a client holds that follows the contract
  plan/NAME.mobile     what the mobile app holds

"fixture:plan/NAME" and the like work wherever a plan is expected.`

const fixturesExample = `  deltatap fixtures ls
  deltatap diff fixture:late-delivery --client mobile \
      --against fixture:plan/late-delivery
  deltatap diff app_cache.json --against fixture:plan/late-delivery.mobile
  deltatap fixtures ls -o json | jq -r 'select(.kind=="session").name'`

func newFixtures(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "fixtures",
		Short:   "The sessions and plans that ship inside deltatap",
		Long:    fixturesLong,
		Example: fixturesExample,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFixturesLs(app), newFixturesShow(app), newFixturesExtract(app))
	return cmd
}

func newFixturesLs(app *App) *cobra.Command {
	var output string
	var plans bool
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List the fixtures",
		Example: "  deltatap fixtures ls\n  deltatap fixtures ls --plans -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			return runFixturesLs(app, output, plans)
		},
	}
	outputFlag(cmd.Flags(), &output, "text", "json")
	cmd.Flags().BoolVar(&plans, "plans", false, "list the plans where sessions end, too (JSON always does)")
	return cmd
}

// fixtureLine is a fixture in the JSON of fixtures ls, an object a line.
type fixtureLine struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Bytes int64  `json:"bytes"`
	Ends  *ends  `json:"ends,omitempty"` // of a session
}

// ends names the plans where a session ends.
type ends struct {
	Server   string `json:"server"`
	Contract string `json:"contract"`
	Mobile   string `json:"mobile"`
}

func runFixturesLs(app *App, output string, plans bool) error {
	if output == "json" {
		return printFixtures(app)
	}
	var rows [][]string
	for _, f := range fixtures.List() {
		if f.Kind == fixtures.Session || plans {
			rows = append(rows, []string{f.Name, f.Kind, render.Bytes(f.Size), f.Title})
		}
	}
	for _, line := range render.Align(rows) {
		if _, err := fmt.Fprintln(app.Out, line); err != nil {
			return err
		}
	}
	if !plans {
		app.note("each ends at plan/NAME, a client's at plan/NAME.contract or plan/NAME.mobile: --plans lists them too")
	}
	return nil
}

func printFixtures(app *App) error {
	for _, f := range fixtures.List() {
		line := fixtureLine{Name: f.Name, Kind: f.Kind, Title: f.Title, Bytes: f.Size}
		if f.Kind == fixtures.Session {
			line.Ends = (*ends)(&f.Ends)
		}
		if err := render.JSON(app.Out, line); err != nil {
			return err
		}
	}
	return nil
}

func newFixturesShow(app *App) *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME",
		Short:             "Print a fixture",
		Example:           "  deltatap fixtures show late-delivery\n  deltatap fixtures show plan/late-delivery | jq .bills",
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
		Example:           "  deltatap fixtures extract late-delivery\n  deltatap fixtures extract plan/late-delivery --to end.json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFixtures,
		RunE: func(_ *cobra.Command, args []string) error {
			return runFixturesExtract(app, args[0], opts)
		},
	}
	cmd.Flags().StringVar(&opts.to, "to", "", "the `file` to write, or a folder (default ./NAME and its ending)")
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
		path = filepath.Join(path, fixtures.File(strings.TrimPrefix(name, fixtureScheme)))
	}
	if err := writeNew(path, text, opts.force); err != nil {
		return err
	}
	app.note("wrote %s", path)
	return nil
}

// writeNew writes a file of mode 0600 whole or not at all; an existing one is replaced only by
// force.
func writeNew(path string, text io.Reader, force bool) error {
	if special(path) {
		return writeSpecial(path, text)
	}
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

// openFixture opens a fixture by its name, with or without the scheme before it.
func openFixture(name string) (io.ReadCloser, error) {
	text, err := fixtures.Open(strings.TrimPrefix(name, fixtureScheme))
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
