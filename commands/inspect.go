package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session/convert"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// inspectOptions is what inspect was asked for.
type inspectOptions struct {
	output   string
	at       string
	user     int64
	client   string
	timeline bool
	format   string
	utc      bool
	filter   filter
}

const inspectLong = `Tell what a session holds: counts, rates, connection periods, versions and gaps, on one page.
SESSION is a path, - for standard input, fixture:NAME, or synth:PROFILE?seed=7; several are
the parts of one recording. Raw captures, HAR files and plain payloads are read as sessions too.

  --item bill:42   one item's life, delta by delta, with what changed
  --at 41          the plan as a client (--client) held it at version 41
  --at 12.5s       … and 12.5 seconds after the session started
  --at 10:00       … and when it was first ten o'clock after that, in the zone of the times shown
  --timeline       version against time, with offline periods, gaps and refreshes
  filters, --jq    the records that match, as a session

Of a session of several users, who each have a plan and items of their own, the page tells of
all; --at, --item and --timeline follow --user, or whom the header names, or who is named first.
--user alone prints that user's records.

With -o json, one object as PRODUCT promises to scripts; "missing" lists every version that
deltas, plans or polls tell of and that no delta brought, but what the first plan held already;
"coalescible" those of them that coalescing could explain: a session alone cannot decide those.
"regressions" counts what came with a lower version than something before it.`

const inspectExample = `  deltatap inspect day.ndjson
  deltatap inspect fixture:owner-day --item bill:2
  deltatap inspect "synth:burst?deltas=10000&seed=7"
  deltatap inspect day.ndjson --at 41 -o json > plan-at-41.json
  deltatap inspect day.part*.ndjson.zst -o json | jq .versions.missing`

func newInspect(app *App) *cobra.Command {
	opts := &inspectOptions{}
	cmd := &cobra.Command{
		Use:               "inspect SESSION...",
		Short:             "Tell what a session holds",
		Long:              strings.ReplaceAll(inspectLong, " as PRODUCT promises to scripts", ""),
		Example:           inspectExample,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInspect(cmd.Context(), app, args, opts)
		},
	}
	flags := cmd.Flags()
	outputFlag(flags, &opts.output, "text", "json")
	flags.StringVar(&opts.at, "at", "", "print the plan that a client held at this `version or moment`, like 41, 12.5s or 10:00")
	flags.Int64Var(&opts.user, "user", 0, "of a session of several users, the `id` of the one whose records are taken")
	flags.StringVar(&opts.client, "client", "contract", "whose rules --at and --item follow: contract or mobile")
	flags.BoolVar(&opts.timeline, "timeline", false, "draw version against time")
	flags.BoolVar(&opts.utc, "utc", false, "show times in UTC instead of the local time zone")
	formatFlag(flags, &opts.format)
	opts.filter.register(flags)
	return cmd
}

// formatFlag registers --from-format: how a session was recorded.
func formatFlag(flags *pflag.FlagSet, value *string) {
	flags.StringVar(value, "format", "", "how SESSION was recorded: "+orList(convert.Formats())+", or har:2 for the second client of a HAR file (default: told by its content)")
}

func checkFormat(format string) error {
	if format == "" {
		return nil
	}
	if convert.CheckFormat(format) {
		return nil
	}
	return oneOf("--format", format, convert.Formats()...)
}

// inspection is a valid inspectOptions.
type inspection struct {
	*inspectOptions
	wanted *matcher
	policy plancache.Policy
	point  *point
}

func (o *inspectOptions) validate() (*inspection, error) {
	if err := oneOf("--output", o.output, "text", "json"); err != nil {
		return nil, err
	}
	if err := checkFormat(o.format); err != nil {
		return nil, err
	}
	if o.user < 0 {
		return nil, usage("", "--user %d: want the id of a user", o.user)
	}
	policy, err := plancache.ParsePolicy(o.client)
	if err != nil {
		return nil, usage("", "--client %q: want contract or mobile", o.client)
	}
	wanted, err := o.filter.compile()
	if err != nil {
		return nil, err
	}
	i := &inspection{inspectOptions: o, wanted: wanted, policy: policy}
	if o.at != "" {
		if i.point, err = parsePoint(o.at); err != nil {
			return nil, err
		}
	}
	if i.point != nil && (!wanted.all() || o.timeline) {
		return nil, usage("", "--at goes with no filter and no --timeline")
	}
	if o.timeline && (!wanted.all() || o.output != "text") {
		return nil, usage("", "--timeline goes with no filter, and with text alone")
	}
	return i, nil
}

func runInspect(ctx context.Context, app *App, names []string, opts *inspectOptions) error {
	i, err := opts.validate()
	if err != nil {
		return err
	}
	ctx, done := app.readOn(ctx, names...)
	defer done()
	all, err := recordings(names)
	if err != nil {
		return err
	}
	for n, r := range all {
		if n > 0 && i.output == "text" {
			_, _ = fmt.Fprintln(app.Out)
		}
		if err := i.run(ctx, app, r); err != nil {
			return err
		}
	}
	return nil
}

// run inspects one recording.
func (i *inspection) run(ctx context.Context, app *App, r recording) error {
	switch {
	case i.point != nil:
		return inspectAt(ctx, app, r, i)
	case i.timeline:
		return inspectTimeline(ctx, app, r, i)
	case i.wanted.all() && i.user == 0:
		return inspectSummary(ctx, app, r, i)
	case i.output == "text" && len(i.lives()) > 0:
		return inspectItems(ctx, app, r, i)
	}
	return inspectRecords(ctx, app, r, i)
}
