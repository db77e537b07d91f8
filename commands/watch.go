package commands

import (
	"context"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/spf13/cobra"
)

// watchOptions is what watch was asked for.
type watchOptions struct {
	diff      diffOptions
	stops     stops
	every     time.Duration
	quiet     time.Duration
	poll      time.Duration
	keepGoing bool
	record    string
	force     bool
	exec      string
	metrics   metricsFlag
}

const watchLong = `Follow the stream as a client would, compare its cache with the server's plan on a schedule and
at each quiet moment, and report the first divergence at once, with what should have prevented
it. --record keeps the evidence.

--exec runs beside the watch, one run at a time: what is reported while it runs is told by one
further run. The end of the watch waits for it, for a minute at most.

With --client mobile the client is the app: it reads the plan at the start and whenever a delta or
a version calls for it, and nothing when it connects again. What it missed while it was away is a
divergence.

A stop that comes true is put off until what is held then has been compared, too: some seconds, as
a rule two. Ctrl-C is not.

Exit 0 where nothing diverged until a stop came true, 1 at the first divergence, 3 where no
comparison would hold still.`

func newWatch(app *App) *cobra.Command {
	opts := &watchOptions{}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Follow the stream as a client would, and compare as it goes",
		Long:  watchLong,
		Example: "  deltatap watch --context staging --for 1h\n" +
			"  deltatap watch --client mobile --every 10s --record evidence.ndjson.zst \\\n" +
			"      --exec 'notify-send diverged'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runWatch(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	outputFlag(flags, &opts.diff.output, "text", "json")
	flags.DurationVar(&opts.every, "every", 30*time.Second, "how often to compare")
	flags.DurationVar(&opts.quiet, "quiet-after", 2*time.Second, "compare once no delta has come for this `duration`; 0 for never")
	flags.DurationVar(&opts.poll, "poll", 15*time.Second, "how often the version is polled; 0 for never")
	flags.BoolVar(&opts.keepGoing, "keep-going", false, "go on after a divergence, and report each new one")
	flags.StringVar(&opts.record, "record", "", "keep the evidence in this session `file`")
	flags.BoolVar(&opts.force, "force", false, "overwrite the file of --record")
	flags.StringVar(&opts.exec, "exec", "", "run this shell `command` on divergence; DELTATAP_VERDICT and DELTATAP_ITEMS are set")
	flags.StringVar(&opts.diff.client, "client", "contract", "whose rules the client follows: contract or mobile")
	flags.DurationVar(&opts.diff.settle, "settle", diagnose.SettleTime, "how long the server's version has to stand before a divergence is told")
	flags.IntVar(&opts.diff.days, "days", 0, "days of the plan to ask for; 0 leaves it to the server")
	flags.IntVar(&opts.diff.fenceTries, "fence-tries", 5, "how often to read the server's plan until it holds still")
	flags.StringSliceVar(&opts.diff.ignore, "ignore", nil, "leave out this `path`, like bill.amount or bill:42 (repeatable)")
	flags.StringSliceVar(&opts.diff.only, "only", nil, "compare nothing but this `path` (repeatable)")
	flags.BoolVar(&opts.diff.utc, "utc", false, "show times in UTC instead of the local time zone")
	opts.metrics.register(flags)
	opts.stops.register(flags)
	opts.diff.connect.register(flags)
	return cmd
}

func (o *watchOptions) validate() (*comparison, error) {
	if err := oneOf("--output", o.diff.output, "text", "json"); err != nil {
		return nil, err
	}
	if err := o.stops.validate(); err != nil {
		return nil, err
	}
	switch {
	case o.diff.client == "auto":
		return nil, usage("", "--client auto: want contract or mobile; auto is diff's")
	case o.every <= 0:
		return nil, usage("", "--every %s: want a positive duration", o.every)
	case o.quiet < 0:
		return nil, usage("", "--quiet-after %s: want a positive duration, or 0", o.quiet)
	case o.poll < 0:
		return nil, usage("", "--poll %s: want a positive duration, or 0", o.poll)
	}
	return o.diff.validate()
}

func runWatch(ctx context.Context, app *App, opts *watchOptions) error {
	compare, err := opts.validate()
	if err != nil {
		return err
	}
	m, err := opts.metrics.open(ctx, app)
	if err != nil {
		return err
	}
	defer m.close()
	target, err := opts.diff.connect.resolve(app)
	if err != nil {
		return err
	}
	stream := newStream(app, target)
	defer stream.close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch, done := opts.stops.tell(func(why stopped) { stream.conn.Inject(stopDue{why}) })
	defer done()
	stream.followPlan(plancache.New(compare.policy), opts.diff.days)
	stream.config.Poll = opts.poll
	stream.measure(m)
	w, err := newWatcher(app, opts, compare, stream, watch)
	if err != nil {
		return err
	}
	if opts.record != "" {
		if w.file, err = createSession(opts.record, stream.header(""), session.Options{Force: opts.force, Seal: true}); err != nil {
			return err
		}
	}
	w.overdue = cancel
	return w.run(ctx)
}
