package commands

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/spf13/cobra"
)

// diffOptions is what diff was asked for.
type diffOptions struct {
	connect    connectFlags
	output     string
	against    string
	db         string
	user       int64
	serverZone string
	session    string
	at         string
	client     string
	sameClient bool
	beside     string
	settle     time.Duration
	days       int
	fenceTries int
	ignore     []string
	only       []string
	format     string
	utc        bool
}

const diffLong = `Compare a cached plan with the server's, and name the cause of each difference.

CACHE is the JSON of /api/plan as the app keeps it (or a dump of the store where it keeps that,
under plan_cache_v1: an object, pairs, rows, or an iPhone's manifest with the file beside it), or
a session, or what record --from converts: what a client that followed it would hold, of --user where
it holds several, or whom its header names, or who is named first; - is standard input, and fixture:NAME and synth:PROFILE?seed=7 work too. Several are the parts of one
recording. The server's plan is read through a fence (version, plan, version, until all agree), or from
--against FILE (or fixture:plan/NAME; synth:PROFILE?seed=7 is where that ends); without both, a cache
with its --session is held against the newest plan that the session itself holds. A session, as CACHE or by --session, is the
evidence that causes rest on; without one the differences are still listed, and causes are
what the two plans alone can prove.

--db and --user ask the server's database too, as a third witness: what the API should have answered,
whose plan it is, and which rows are newer than its version. Causes rest on that as well, and what
only the database has otherwise is listed. Without a server and --against the cache is held against
the database alone, for the cache's own dates, or for --days from today, and asked again before
anything is called a fault. The database is only read. A password in
--db would show in the process list: leave it to PGPASSWORD or .pgpass, or keep the URL in
DELTATAP_DB, env://NAME or file://PATH.

--beside compares two recordings of one user instead: which deltas one had and the other had not, by record,
version and item, and which came with other content.

Exit 0 where they agree or only expected differences are left, 1 where they differ, 3 where
the server's plan would not hold still or the evidence is incomplete.`

const diffExample = `  deltatap diff plan_cache_v1.json --session phone.ndjson.zst --context prod
  deltatap diff day.ndjson --client mobile
  deltatap diff day.ndjson --against plan.json -o json
  deltatap diff fixture:owner-day --against fixture:plan/owner-day
  deltatap diff phone.ndjson --beside desk.ndjson
  deltatap diff day.ndjson --at 41 --against plan-at-41.json
  deltatap diff day.ndjson --context prod --user 7 \
      --db postgres://support@db.example/carebase`

func newDiff(app *App) *cobra.Command {
	opts := &diffOptions{}
	cmd := &cobra.Command{
		Use:               "diff CACHE...",
		Short:             "Tell where a cached plan differs from the server's, and why",
		Long:              diffLong,
		Example:           diffExample,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDiff(cmd.Context(), app, args, opts)
		},
	}
	flags := cmd.Flags()
	outputFlag(flags, &opts.output, "text", "json", "markdown", "junit")
	flags.StringVar(&opts.against, "against", "", "compare with the plan in this `file` instead of a server's")
	flags.StringVar(&opts.db, "db", "", "also ask the database at this PostgreSQL `URL`, or at the one that env://NAME or file://PATH hold")
	flags.Int64Var(&opts.user, "user", 0, "the users.`id` of whom the plan is, in the database; of a session of several users, whom to follow")
	flags.StringVar(&opts.serverZone, "zone", "", "the time `zone` of the server whose database is asked, where the plan does not tell, like -05:00")
	flags.StringVar(&opts.session, "session", "", "the `session` that tells the history of a cache that is a file")
	flags.StringVar(&opts.at, "at", "", "of a session, compare what a client held at this `version or moment`")
	flags.StringVar(&opts.client, "client", "", "whose rules the client follows: auto, contract or mobile (default auto for a file, else contract)")
	flags.BoolVar(&opts.sameClient, "same-client", false, "CACHE and SESSION are of one device: you vouch for that")
	flags.StringVar(&opts.beside, "beside", "", "compare two recordings of one user: CACHE, and the one in this `session`")
	flags.DurationVar(&opts.settle, "settle", diagnose.SettleTime, "how long the server's version has to stand before a divergence is told")
	flags.IntVar(&opts.days, "days", 0, "days of the plan to ask for; 0 leaves it to the server")
	flags.IntVar(&opts.fenceTries, "fence-tries", 5, "how often to read the server's plan until it holds still")
	flags.StringSliceVar(&opts.ignore, "ignore", nil, "leave out this `path`, like bill.amount or bill:42 (repeatable)")
	flags.StringSliceVar(&opts.only, "only", nil, "compare nothing but this `path` (repeatable)")
	flags.BoolVar(&opts.utc, "utc", false, "show times in UTC instead of the local time zone")
	formatFlag(flags, &opts.format)
	_ = cmd.RegisterFlagCompletionFunc("against", completePlans)
	_ = cmd.RegisterFlagCompletionFunc("session", completeSessions)
	_ = cmd.RegisterFlagCompletionFunc("beside", completeSessions)
	_ = cmd.RegisterFlagCompletionFunc("client", cobra.FixedCompletions([]string{"auto", "contract", "mobile"}, cobra.ShellCompDirectiveNoFileComp))
	opts.connect.register(flags)
	return cmd
}

// comparison is a valid diffOptions.
type comparison struct {
	*diffOptions
	policy plancache.Policy
	point  *point
	paths  diff.Options
	again  string // how to see this from the evidence that watch keeps; may be empty
}

func (o *diffOptions) validate() (*comparison, error) {
	if err := oneOf("--output", o.output, "text", "json", "markdown", "junit"); err != nil {
		return nil, err
	}
	if err := checkFormat(o.format); err != nil {
		return nil, err
	}
	if o.client != "" {
		if _, err := compare.ParseClient(o.client); err != nil {
			return nil, usage("", "--client %q: want auto, contract or mobile", o.client)
		}
	}
	var err error
	c := &comparison{diffOptions: o, paths: diff.Options{Ignore: o.ignore, Only: o.only}}
	if o.client == string(compare.Mobile) {
		c.policy = plancache.Mobile
	}
	if err := c.paths.Validate(); err != nil {
		return nil, usage("", "%v", err)
	}
	if o.at != "" {
		if c.point, err = parsePoint(o.at); err != nil {
			return nil, err
		}
	}
	switch {
	case o.fenceTries < 1:
		return nil, usage("", "--fence-tries %d: want at least one", o.fenceTries)
	case o.days < 0:
		return nil, usage("", "--days %d: want a positive number", o.days)
	}
	return c, nil
}

func runDiff(ctx context.Context, app *App, names []string, opts *diffOptions) error {
	c, err := opts.validate()
	if err != nil {
		return err
	}
	r, err := oneRecording(names)
	if err != nil {
		return err
	}
	if err := c.oneStdin(r.names[0]); err != nil {
		return err
	}
	ctx, done := app.readOn(ctx, slices.Concat(names, []string{c.session, c.against, c.beside})...)
	defer done()
	if c.beside != "" {
		return c.compareBeside(ctx, app, r)
	}
	db, err := c.database(app)
	if err != nil {
		return err
	}
	held, server, err := c.sides(ctx, app, r, db != nil)
	if err != nil && (held == nil || db == nil || !errors.Is(err, errNoServer)) {
		return err
	}
	report, err := c.report(ctx, app, held, server, db)
	if err != nil {
		return err
	}
	if err := c.print(app, report); err != nil {
		return err
	}
	return verdictError(report.Verdict)
}

// oneStdin refuses two readers of standard input: the second would find nothing.
func (c *comparison) oneStdin(name string) error {
	var readers []string
	for _, r := range []struct{ label, name string }{
		{"CACHE", name}, {"--session", c.session}, {"--against", c.against}, {"--beside", c.beside}, {"--token-file", c.connect.tokenFile},
	} {
		if r.name == "-" {
			readers = append(readers, r.label)
		}
	}
	if len(readers) > 1 {
		return usage("", "%s and %s: only one of them can read standard input", readers[0], readers[1])
	}
	return nil
}

// report holds what a client has against the server and the database, of which one may be missing.
func (c *comparison) report(ctx context.Context, app *App, held *heldPlan, server *serverPlan, db *database) (*compare.Report, error) {
	if server != nil {
		defer server.close()
		if why := diagnose.Strangers(held.plan, server.plan); why != "" {
			return nil, usage("compare the plans of one recipient: is the token that of the phone's user?", "%s: %s", held.source, why)
		}
	}
	if db != nil && (server == nil || server.again == nil) {
		return c.settledDatabase(ctx, app.Now(), held, server, db)
	}
	return c.settled(ctx, app.Now(), held, server, db)
}

// settled compares with a server. It changes a row, and then its plan's version: what was read in
// between is no divergence, so that one only counts where the version still stands after a moment.
func (c *comparison) settled(ctx context.Context, now time.Time, held *heldPlan, server *serverPlan, db *database) (*compare.Report, error) {
	for try := 1; ; try++ {
		report, err := c.withServer(ctx, now, held, server, db)
		if err != nil || !unsettled(report) || server.again == nil || !server.stable || server.settled || server.fromCache {
			return c.askDoubtful(ctx, now, held, server, db, report, err)
		}
		if err := pause(ctx, c.settle); err != nil {
			return nil, err
		}
		before := server.plan.Version
		if err := server.reread(ctx, c.fenceTries); err != nil {
			return nil, err
		}
		server.settled = server.stable && server.plan.Version == before && c.settle > 0
		if !server.settled && try == c.fenceTries {
			server.stable = false
		}
	}
}

// askDoubtful asks the server by themselves for items that only the cache has, where nothing tells
// why for sure, and compares again.
func (c *comparison) askDoubtful(ctx context.Context, now time.Time, held *heldPlan, server *serverPlan, db *database, report *compare.Report, err error) (*compare.Report, error) {
	if err != nil || server.again == nil || !server.stable || server.fromCache {
		return report, err
	}
	doubtful := compare.DoubtfulItems(report)
	if len(doubtful) == 0 {
		return report, nil
	}
	server.singles = compare.AskSingles(ctx, server.again.client, server.plan, doubtful)
	if version, err := server.again.version(ctx); len(server.singles) == 0 || err != nil || version != server.plan.Version {
		server.singles = nil // what they say may be of a later plan
		return report, ctx.Err()
	}
	return c.withServer(ctx, now, held, server, db)
}

// unsettled tells whether a report may be of a plan that was half written.
func unsettled(r *compare.Report) bool {
	return r.Verdict == diagnose.Desynced || r.Verdict == diagnose.Inconclusive || r.Verdict == diagnose.Behind
}

// withServer compares a client with the server, and has the database tell what it knows where there
// is one.
func (c *comparison) withServer(ctx context.Context, now time.Time, held *heldPlan, server *serverPlan, db *database) (*compare.Report, error) {
	if db == nil {
		return c.compare(held, server)
	}
	told, err := c.hear(ctx, now, server, db)
	if err != nil {
		return nil, err
	}
	return c.withBoth(held, server, told, server.settled, db)
}

// verdictError is the exit code of a verdict.
func verdictError(v diagnose.Verdict) error {
	switch v {
	case diagnose.Desynced, diagnose.Behind:
		return errFound
	case diagnose.Inconclusive:
		return errInconclusive
	}
	return nil
}

// zone is the time zone of the times that are shown.
func (c *comparison) zone() *time.Location { return zoneOf(c.utc) }

// manyDifferences are so many that memory matters more than the time to look for garbage.
const manyDifferences = 10_000

// compare finds the differences and their causes.
func (c *comparison) compare(held *heldPlan, server *serverPlan) (*compare.Report, error) {
	result, err := diff.Parsed(held.plan, server.plan, c.paths)
	if err != nil {
		return nil, usage("", "%v", err)
	}
	evidence := diagnose.Case{
		Differences: result.Differences, Cached: held.plan, Server: server.plan, Timeline: held.timeline,
		SessionIsCache: held.folded, SameClient: held.vouched, Fence: server.fence(), Live: held.live, Location: c.zone(),
		Database: server.tables, Singles: server.singles, FromCache: server.fromCache,
	}
	if len(result.Differences) > manyDifferences {
		debug.SetGCPercent(30) // what is examined is thrown away at once: it would be most of what this takes
	}
	report := diagnose.Explain(evidence)
	if held.chosen != nil {
		for _, also := range held.chosen.Also {
			evidence.Timeline = also
			report.HoldUnder(diagnose.Explain(evidence))
		}
	}
	client, why, chosen := "", "", false
	if held.chosen != nil {
		chosen = !held.folded || len(held.chosen.Also) > 0
		client, why = string(held.chosen.Client), held.chosen.Why
	}
	return &compare.Report{
		Client: client, ClientWhy: why, Chosen: chosen,
		Verdict: report.Verdict, Result: result, Causes: report.Causes, Report: report,
		Cached: held.source, Server: server.source,
		Fenced: server.fenced, Tries: server.tries, Stable: server.stable, FromCache: server.fromCache, Session: held.timeline != nil,
	}, nil
}

func (c *comparison) print(app *App, report *compare.Report) error {
	switch c.output {
	case "json":
		return render.DiffJSON(app.cleaned(), report)
	case "markdown":
		return render.DiffMarkdown(app.cleaned(), report)
	case "junit":
		return render.DiffJUnit(app.cleaned(), report)
	}
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	return render.Diff(app.Out, report, render.DiffPage{Width: app.OutWidth(), Theme: theme, Hint: strings.TrimSpace(c.hint(report)), Verbose: app.Verbose > 0})
}

// hint is what to do next.
func (c *comparison) hint(report *compare.Report) string {
	undecided := len(report.Undecided()) > 0
	switch {
	case report.Verdict == diagnose.Inconclusive && report.FromCache:
		return "ask the server itself, past what stands between: --server takes another address"
	case report.Verdict == diagnose.Inconclusive && report.Fenced && !report.Stable:
		return "the plan changed while it was read; try again when it is quiet, or with more --fence-tries"
	case report.Verdict == diagnose.Inconclusive && undecided && !report.Fenced:
		return "the saved plan is of another version than the database; compare with the server itself, or save its plan anew"
	case report.Verdict == diagnose.Inconclusive && undecided:
		return "the plan changed between the server's answer and the database's; try again when it is quiet, or with more --fence-tries"
	case report.Verdict == diagnose.Inconclusive:
		return "give a session that is unfiltered, with a plan in it, and the plan of the same recipient"
	case report.Verdict == diagnose.InSync || report.Verdict == diagnose.Explained:
		return ""
	case report.Database != nil && report.Database.AnswersBehind():
		return "what the API answers wrongly no refresh mends: hold its queries and its own caches against the database"
	case c.again != "":
		return c.again
	case report.Verdict == diagnose.Behind && report.Session:
		return "compare with the plan of the moment at which the cache or its session ends, or record until the complaint; a refresh shows the change"
	case report.Verdict == diagnose.Behind:
		return "an old file proves nothing wrong: give the client's session with --session to learn whether its screen showed the change"
	case !report.Session:
		return "give the client's session with --session to learn when and why; deltatap record makes one"
	case report.Database != nil && report.MayMend(diagnose.Emission):
		return "a refresh mends this client's plan; only the server's side can tell whether it was lost on the way or never sent"
	}
	if everyFaultOpen(report) {
		return "whether it was sent shows a second recording: deltatap record as the same user, beside the phone; a refresh of the client's plan mends this"
	}
	return "a refresh of the client's plan mends this; deltatap inspect --item tells an item's whole life"
}

// everyFaultOpen tells whether each fault of a report is one on the way or at the server's side,
// and nothing tells which.
func everyFaultOpen(report *compare.Report) bool {
	for i := range report.Causes {
		c := &report.Causes[i]
		if !c.Expected && !slices.Equal(c.Parties, []diagnose.Party{diagnose.Network, diagnose.Emission}) {
			return false
		}
	}
	return report.Harmful() > 0
}
