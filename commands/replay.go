package commands

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// replayOptions is what replay was asked for.
type replayOptions struct {
	connect connectFlags
	output  string
	format  string

	to    string
	users []string
	yes   bool

	speed  string
	rate   float64
	maxGap time.Duration
	loop   int
	from   string
	until  string
	step   bool

	fault    string
	seed     uint64
	faultLog string
	force    bool

	clients   int
	readyFile string
	linger    time.Duration
	clock     string

	dryRun       bool
	expect       string
	expectClient string
	client       string
	utc          bool
}

const replayLong = `Play a session into a target, at its own pace or another, with or without faults. Several
SESSIONs are the parts of one recording.

--to names the target:
  serve://HOST:PORT   a stand-in server that starts as the session's first plan and moves on
                      with the replay (default serve://127.0.0.1:0, a free port). Point the app
                      at it; tokens are in --ready-file. It stays for --linger after the last
                      record, until interrupted by default
%s  -                   records on standard output

"socket" and "rest" alone take the server of --context, --server or the environment. An
address with a password is safer in DELTATAP_TO than in --to, which a process list shows.

Anything else than serve:// and - is written to only where a context with "writable: true"
names that server, or with --yes. --dry-run tells what would be done, and does nothing.

Deadlines count from the start, and nothing is dropped to keep pace. Without --step, Ctrl-C
ends the replay cleanly. With --step each event waits for a key: space or enter sends the
next, p plays on or pauses, q ends; where standard input is no terminal, a line stands for
a key (empty, p or q), and its end for q.

--fault breaks the stream on purpose, as --seed decides, wherever --from begins:
  drop=5%%,duplicate=1%%,reorder=2%%,delay=10%%:500ms,stale=1%%,strip=1%%
  disconnect=v42:10s, and as many of these as are wanted, parted by commas
--fault-log lists what was done to which delta, an object a line: the answer key for diff.

--expect compares the plan that the target ends with, as soon as everything was sent, with
the plan in a file. --expect-client compares the cache that the app was left with, read when
the stand-in ends, with the stand-in's plan; causes rest on what was sent to the app, and on
what it asked for. Both print what diff prints.

Exit 0 where all was sent, 1 where an expectation failed, 2 where nothing was sent for wrong
usage, 3 where what became of some records is not known or an expectation could not be
checked, 4 and 5 where the target refused or was lost. The summary tells where --from takes it
up: at the first record that the target may lack. One that failed while later ones arrived is
listed, and left behind.`

const replayExample = `  deltatap replay day.ndjson.zst --ready-file ready.json
  deltatap replay fixture:owner-day --speed max --linger 0s \
      --expect fixture:plan/owner-day
  deltatap replay "synth:burst?deltas=10000&seed=7" --seed 42 \
      --fault drop=1% --fault-log faults.ndjson
  deltatap replay day.ndjson --to - --max-gap 2s | deltatap inspect -`

func newReplay(app *App) *cobra.Command {
	opts := &replayOptions{}
	cmd := &cobra.Command{
		Use:               "replay SESSION...",
		Short:             "Play a session into a target, with or without faults",
		Long:              replayHelp(),
		Example:           replayExample,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("linger") {
				opts.linger = forever
			}
			return runReplay(cmd.Context(), app, args, opts)
		},
	}
	opts.register(cmd)
	return cmd
}

// forever is a --linger that nobody gave.
const forever time.Duration = -1

func (o *replayOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	outputFlag(flags, &o.output, "text", "json")
	flags.StringVar(&o.to, "to", "", "the `target` (default "+defaultTarget+")")
	flags.StringArrayVar(&o.users, "user", nil, "into the room of this user of the target: `ID` for all records, or FROM=TO for those of one user (repeatable)")
	flags.BoolVar(&o.yes, "yes", false, "write to the target without asking")
	flags.StringVar(&o.speed, "speed", "1", "so many `times` as fast as recorded, or max: without waiting")
	flags.Float64Var(&o.rate, "rate", 0, "send `N` events a second, evenly, instead of the recorded pace")
	flags.DurationVar(&o.maxGap, "max-gap", 0, "wait no longer than this between two records, before --speed")
	flags.IntVar(&o.loop, "loop", 1, "play it `N` times; 0 until interrupted")
	flags.StringVar(&o.from, "from", "", "begin with this `record or moment`, like 120, 12.5s or 10:00")
	flags.StringVar(&o.until, "until", "", "end with this `record or moment`")
	flags.BoolVar(&o.step, "step", false, "wait for a key before each event")
	flags.StringVar(&o.fault, "fault", "", "break the stream on purpose: `faults` such as drop=5%,disconnect=v42:10s")
	flags.Uint64Var(&o.seed, "seed", 1, "the `number` that decides which deltas the faults hit")
	flags.StringVar(&o.faultLog, "fault-log", "", "list what was done to which delta in this `file`, 0600")
	flags.BoolVar(&o.force, "force", false, "overwrite the file of --fault-log")
	flags.IntVar(&o.clients, "wait-for-client", 0, "wait until a client, or `N`, is connected to the stand-in: without end, or as long as --timeout says")
	flags.Lookup("wait-for-client").NoOptDefVal = "1"
	flags.StringVar(&o.readyFile, "ready-file", "", "write the stand-in's URL and tokens to this `path`, 0600, once it listens")
	flags.DurationVar(&o.linger, "linger", 0, "how long the stand-in stays after the last record (default until interrupted)")
	flags.StringVar(&o.clock, "clock", "session", "the stand-in's clock: session, or now")
	flags.BoolVar(&o.dryRun, "dry-run", false, "tell what would be done, and send nothing")
	flags.StringVar(&o.expect, "expect", "", "compare the plan that the target ends with with the one in this `file`")
	flags.StringVar(&o.expectClient, "expect-client", "", "compare the cache in this `file`, which the app leaves behind, with the stand-in's plan")
	flags.StringVar(&o.client, "client", "contract", "whose rules the app follows: contract or mobile")
	flags.BoolVar(&o.utc, "utc", false, "show times in UTC instead of the local time zone")
	formatFlag(flags, &o.format)
	o.connect.register(flags)
	_ = cmd.RegisterFlagCompletionFunc("to", completeTargets)
	_ = cmd.RegisterFlagCompletionFunc("fault", completeFaults)
	for flag, values := range map[string][]string{
		"speed": {"1", "2", "max"}, "clock": {"session", "now"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

func runReplay(ctx context.Context, app *App, names []string, opts *replayOptions) error {
	p, err := opts.plan(app, names)
	if err != nil {
		return err
	}
	reading, done := app.readOn(ctx, names...)
	defer done()
	if err := p.look(reading, app); err != nil {
		return err
	}
	if opts.dryRun {
		return p.printDryRun(app)
	}
	if err := p.guard(app); err != nil {
		return err
	}
	return p.run(reading, ctx, app)
}
