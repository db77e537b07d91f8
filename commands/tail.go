package commands

import (
	"cmp"
	"context"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/spf13/cobra"
)

// tailOptions is what tail was asked for.
type tailOptions struct {
	connect connectFlags
	stops   stops
	filter  filter
	output  string
	state   bool
	client  string
	days    int
	utc     bool
	metrics metricsFlag

	tally     *tally // of the metrics; nil: nobody asked
	connected func() // called at each connection, for who watches beside; may be nil
}

const tailLong = `Connect as a user and print the plan deltas of that user as they arrive.

Deltas go to standard output, one aligned line each; the deltas of one message are
bracketed. Connections, gaps and departures from the contract go to standard error.
With -o json standard output is a session (deltatap help session-format), byte for byte
as it came, so that "deltatap tail -o json | deltatap inspect -" works.

Filters select records: a record with a matching delta is printed whole. Values of one
filter are alternatives, different filters must all hold for the same delta. --grep looks for
a text in the whole record, as it is printed and in its JSON. --jq sees the whole record:
true or the record itself prints it, false, null or nothing leaves it out, and anything else
is printed in its place.`

const tailExample = `  deltatap tail --server https://care.example.com --token-file token.txt
  deltatap tail --type bill --action updated --state
  deltatap tail --item bill:42 --count 1 --for 5m
  deltatap tail -o json --jq '.args[0].deltas[]?.version'`

func newTail(app *App) *cobra.Command {
	opts := &tailOptions{}
	cmd := &cobra.Command{
		Use:     "tail",
		Short:   "Print a user's deltas as they arrive",
		Long:    tailLong,
		Example: tailExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runTail(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	outputFlag(flags, &opts.output, "text", "json")
	flags.BoolVar(&opts.state, "state", false, "follow the plan, and print what each delta changed in place of what it carried")
	flags.StringVar(&opts.client, "client", "contract", "whose rules --state follows: contract or mobile")
	flags.IntVar(&opts.days, "days", 0, "days of the plan that --state asks for; 0 leaves it to the server")
	flags.BoolVar(&opts.utc, "utc", false, "show times in UTC instead of the local time zone")
	opts.metrics.register(flags)
	opts.stops.register(flags)
	opts.filter.register(flags)
	opts.connect.register(flags)
	return cmd
}

// validate checks what can be checked before anything is connected to.
func (o *tailOptions) validate() (*matcher, plancache.Policy, error) {
	if err := oneOf("--output", o.output, "text", "json"); err != nil {
		return nil, 0, err
	}
	if err := o.stops.validate(); err != nil {
		return nil, 0, err
	}
	policy, err := plancache.ParsePolicy(o.client)
	if err != nil {
		return nil, 0, usage("", "--client %q: want contract or mobile", o.client)
	}
	if o.days < 0 {
		return nil, 0, usage("", "--days %d: want a positive number", o.days)
	}
	m, err := o.filter.compile()
	return m, policy, err
}

func runTail(ctx context.Context, app *App, opts *tailOptions) error {
	wanted, policy, err := opts.validate()
	if err != nil {
		return err
	}
	m, err := opts.metrics.open(ctx, app)
	if err != nil {
		return err
	}
	defer m.close()
	opts.tally = m
	target, err := opts.connect.resolve(app)
	if err != nil {
		return err
	}
	return tailFrom(ctx, app, opts, target, wanted, policy)
}

// tailFrom tails one server until a stop comes true.
func tailFrom(ctx context.Context, app *App, opts *tailOptions, target *endpoint.Endpoint, wanted *matcher, policy plancache.Policy) error {
	ctx, watch, done := opts.stops.watch(ctx)
	defer done()
	app.detail(1, "connecting to %s", target)
	stream := newStream(app, target)
	defer stream.close()
	if opts.state {
		stream.followPlan(plancache.New(policy), opts.days)
	}
	stream.measure(opts.tally)
	show, err := newTailView(app, opts, stream, wanted)
	if err != nil {
		return err
	}
	view := &tailer{view: show, stream: stream, wanted: wanted, watch: watch, connected: opts.connected}
	reason, failure := stream.outcome(ctx, stream.run(ctx, view.step))
	if err := view.end(reason, failure); err != nil {
		return err
	}
	return cmp.Or(failure, lossError(stream.lost(nil)))
}
