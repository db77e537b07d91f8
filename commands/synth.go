package commands

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/synth"
)

// synthOptions is what a session is to be made of. Flags that were not given leave PROFILE's own.
type synthOptions struct {
	synth.Options
	profile string
	start   string
	out     string
	plan    string
	force   bool
}

const synthLong = `Make a session up: what a client would have recorded on a day that never was. The same
options give the same bytes, on every machine. Without --out it goes to standard output.
"synth:PROFILE?deltas=10000&seed=7" is such a session wherever one is expected: seed, items,
deltas, duration, users, start and faulty are what the flags of these names are.

%s
A session that keeps the contract ends, for a client that keeps it too, at the plan that
--plan writes. --faulty breaks rules of the contract on purpose, each announced by a mark;
"deltatap lint" names them.`

const synthExample = `  deltatap synth burst --deltas 10000 --seed 7 --out burst.ndjson.zst
  deltatap synth long-offline --plan end.json > offline.ndjson
  deltatap synth day --seed 7 |
      deltatap diff - --against <(deltatap synth day --seed 7 --plan -)
  deltatap synth day --faulty data-missing,version-regressed | deltatap lint -
  deltatap inspect "synth:burst?deltas=10000&seed=7"`

func newSynth(app *App) *cobra.Command {
	opts := &synthOptions{}
	cmd := &cobra.Command{
		Use:               "synth [PROFILE]",
		Short:             "Make a session up: seeded, by profile, valid or faulty",
		Long:              fmt.Sprintf(synthLong, profileTable()),
		Example:           synthExample,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if opts.profile != "" && opts.profile != args[0] {
					return usage(helpHint(cmd), "PROFILE is %q, and --profile %q", args[0], opts.profile)
				}
				opts.profile = args[0]
			}
			return runSynth(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.profile, "profile", "", "what kind of day (default day)")
	flags.Uint64Var(&opts.Seed, "seed", 0, "another `number` makes another session")
	flags.IntVar(&opts.Items, "items", 0, "how many items the plan holds (default: the profile's own)")
	flags.Int64Var(&opts.Deltas, "deltas", 0, "how many deltas the session carries (default: the profile's own)")
	flags.DurationVar(&opts.Duration, "duration", 0, "how long it lasts (default: by the profile's own rate)")
	flags.IntVar(&opts.Users, "users", 0, "how many people share the plan (default: the profile's own)")
	flags.StringVar(&opts.start, "start", "", "the `time` at which it starts, RFC 3339 (default 2026-11-23T07:30:00Z)")
	flags.StringSliceVar(&opts.Faulty, "faulty", nil, "`rules` of the contract to break (repeatable)")
	flags.StringVar(&opts.out, "out", "", "the `file` to write; .zst and .gz compress, - is standard output")
	flags.StringVar(&opts.plan, "plan", "", "the `file` to write the server's plan at the end to; - prints it, instead of the session")
	flags.BoolVar(&opts.force, "force", false, "replace files that exist")
	_ = cmd.RegisterFlagCompletionFunc("profile", completeProfiles)
	_ = cmd.RegisterFlagCompletionFunc("faulty", completeBreakable)
	return cmd
}

// profileTable lists the profiles for the help text.
func profileTable() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range synth.Profiles() {
		fmt.Fprintf(table, "  %s\t%s\n", p.Name, p.Says)
	}
	_ = table.Flush()
	return text.String()
}

func completeProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, p := range synth.Profiles() {
		names = append(names, string(p.Name)+"\t"+p.Says)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func completeBreakable(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return synth.Breakable(), cobra.ShellCompDirectiveNoFileComp
}

// openSynth opens the text of a session that is to be made up: synth:PROFILE?seed=7.
func openSynth(ref string) (io.ReadCloser, error) {
	o, err := synth.ParseRef(ref)
	if err != nil {
		return nil, synthUsage(err)
	}
	text, err := synth.Text(o)
	return text, synthUsage(err)
}

// synthPlan is the server's plan at the end of a session that is to be made up.
func synthPlan(ref string) ([]byte, error) {
	o, err := synth.ParseRef(ref)
	if err != nil {
		return nil, synthUsage(err)
	}
	text, err := synth.FinalPlan(o)
	return text, synthUsage(err)
}

// synthUsage makes what is wrong with options an error of usage.
func synthUsage(err error) error {
	if bad, ok := errors.AsType[*synth.OptionsError](err); ok {
		return usage("deltatap synth --help", "synth: %v", bad)
	}
	return err
}

// options are what to make up. PROFILE may be the whole name of a session, which flags then change.
func (o *synthOptions) options() (synth.Options, error) {
	out := o.Options
	out.Profile = synth.Profile(o.profile)
	if synth.IsRef(o.profile) {
		ref, err := synth.ParseRef(o.profile)
		if err != nil {
			return out, synthUsage(err)
		}
		out = merged(ref, o.Options)
	}
	if o.start != "" {
		start, ok := rawjson.ParseInstant(o.start)
		if !ok {
			return out, usage("", "--start %q: want a time such as 2026-11-23T07:30:00Z", o.start)
		}
		out.Start = start
	}
	return out, nil
}

// merged is a with what b says otherwise.
func merged(a, b synth.Options) synth.Options {
	a.Seed = cmp.Or(b.Seed, a.Seed)
	a.Items = cmp.Or(b.Items, a.Items)
	a.Deltas = cmp.Or(b.Deltas, a.Deltas)
	a.Duration = cmp.Or(b.Duration, a.Duration)
	a.Users = cmp.Or(b.Users, a.Users)
	if len(b.Faulty) > 0 {
		a.Faulty = b.Faulty
	}
	return a
}

func runSynth(ctx context.Context, app *App, opts *synthOptions) error {
	o, err := opts.options()
	if err != nil {
		return err
	}
	if opts.out == "-" && opts.plan == "-" {
		return usage("leave --out away to print the plan alone", "--out and --plan cannot both be standard output")
	}
	if opts.out != "-" && sameFile(opts.out, opts.plan) {
		return usage("", "--out and --plan are one file: %s", opts.plan)
	}
	s, err := synth.Open(o)
	if err != nil {
		return synthUsage(err)
	}
	if _, err := os.Lstat(opts.plan); opts.plan != "" && opts.plan != "-" && err == nil && !opts.force {
		return usage("--force overwrites it", "%s: it exists already", opts.plan)
	}
	switch {
	case opts.out == "-" || opts.out == "" && opts.plan != "-":
		err = printSession(ctx, app, s)
	case opts.out == "":
		err = makeUp(ctx, s, func(*session.Record) error { return nil })
	default:
		err = opts.write(ctx, app, s)
	}
	if err != nil || opts.plan == "" {
		return err
	}
	return opts.writePlan(app, s)
}

// writePlan writes the plan at the end.
func (o *synthOptions) writePlan(app *App, s *synth.Session) error {
	text := append(s.Plan(), '\n')
	if o.plan == "-" {
		_, err := app.Out.Write(text)
		return err
	}
	if err := writeNew(o.plan, bytes.NewReader(text), o.force); err != nil {
		return err
	}
	app.note("%s: the plan at the end", o.plan)
	return nil
}

// printSession writes a session to standard output.
func printSession(ctx context.Context, app *App, s *synth.Session) error {
	out, err := session.NewWriter(app.Out, s.Header())
	if err != nil {
		return err
	}
	return errors.Join(makeUp(ctx, s, out.Write), out.Flush())
}

// write writes a session to a file, whole or not at all.
func (o *synthOptions) write(ctx context.Context, app *App, s *synth.Session) error {
	file, err := createSession(o.out, s.Header(), session.Options{Force: o.force, Whole: true})
	if err != nil {
		return err
	}
	if err := makeUp(ctx, s, file.Write); err != nil {
		file.Discard()
		return err
	}
	if err := file.Close(); err != nil {
		return &Error{Code: ExitInconclusive, What: o.out, Err: errors.New(whyFile(err))}
	}
	stats := file.Stats()
	app.note("%s: %s, %s", o.out, render.Plural(stats.Written, "record"), render.Bytes(stats.Bytes))
	return nil
}

// makeUp makes the records of a session.
func makeUp(ctx context.Context, s *synth.Session, write func(*session.Record) error) error {
	var rec session.Record
	for n := 1; ; n++ {
		if err := s.Next(&rec); err != nil {
			return nil // a session that is made up only ends
		}
		if err := write(&rec); err != nil {
			return err
		}
		if n%lookEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
