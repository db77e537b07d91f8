package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
	"github.com/spf13/cobra"
)

// recordOptions is what record was asked for.
type recordOptions struct {
	connect     connectFlags
	stops       stops
	client      string
	days        int
	poll        time.Duration
	force       bool
	rotateSize  byteSize
	rotateEvery time.Duration
	from        string
	format      string
	metrics     metricsFlag

	disk session.FS // what the file is written to; nil is the operating system's
}

const recordLong = `Connect as a user and record the stream into a session file: every event as it came, a plan
snapshot on connecting and whenever the contract calls for a refresh, and the version polls, each
with its outcome and duration. The file can stand for a client.

With --client mobile the plan is read as the app reads it: at the start and whenever a delta or a
version calls for it, never because the connection came back; and the version is polled while
there is no connection. The token is renewed all the same.

FILE is compressed where its name ends in .zst or .gz, readable by its owner alone, never
overwritten without --force, and synced: what is shown as recorded survives a kill. A line typed
on standard input, or SIGUSR1, becomes a mark.

With --from, a raw capture, a HAR file of a browser or a proxy, a dump of frames (wscat,
websocat) or plain payloads are converted instead. What is left out of them is said.`

const recordExample = `  deltatap record day.ndjson.zst --context staging
  deltatap record --rotate-size 100MB --rotate-every 1h day.ndjson
  deltatap record --from browser.har day.ndjson`

func newRecord(app *App) *cobra.Command {
	opts := &recordOptions{}
	cmd := &cobra.Command{
		Use:     "record FILE",
		Short:   "Record the stream into a session file",
		Long:    recordLong,
		Example: recordExample,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runRecord(cmd.Context(), app, args[0], opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.client, "client", "contract", "whose rules decide when the plan is fetched: contract or mobile")
	flags.IntVar(&opts.days, "days", 0, "days of the plan to ask for; 0 leaves it to the server")
	flags.DurationVar(&opts.poll, "poll", 15*time.Second, "how often the version is polled; 0 for never")
	flags.BoolVar(&opts.force, "force", false, "overwrite FILE")
	flags.Var(&opts.rotateSize, "rotate-size", "begin a new part when the file holds this `size`, like 100MB")
	flags.DurationVar(&opts.rotateEvery, "rotate-every", 0, "begin a new part after this `duration`, like 1h")
	flags.StringVar(&opts.from, "from", "", "convert this `file` into a session instead of connecting")
	formatFlag(flags, &opts.format)
	_ = cmd.RegisterFlagCompletionFunc("from", completeSessions)
	opts.metrics.register(flags)
	opts.stops.register(flags)
	opts.connect.register(flags)
	return cmd
}

func (o *recordOptions) validate() (plancache.Policy, error) {
	if err := o.stops.validate(); err != nil {
		return 0, err
	}
	if err := checkFormat(o.format); err != nil {
		return 0, err
	}
	switch {
	case o.days < 0:
		return 0, usage("", "--days %d: want a positive number", o.days)
	case o.poll < 0:
		return 0, usage("", "--poll %s: want a positive duration", o.poll)
	case o.rotateEvery < 0:
		return 0, usage("", "--rotate-every %s: want a positive duration", o.rotateEvery)
	case o.format != "" && o.from == "":
		return 0, usage("", "--format goes with --from")
	case o.metrics.addr != "" && o.from != "":
		return 0, usage("", "--metrics goes with a connection, not with --from")
	}
	policy, err := plancache.ParsePolicy(o.client)
	if err != nil {
		return 0, usage("", "--client %q: want contract or mobile", o.client)
	}
	return policy, nil
}

func runRecord(ctx context.Context, app *App, path string, opts *recordOptions) error {
	policy, err := opts.validate()
	if err != nil {
		return err
	}
	if opts.from != "" {
		return convertSession(ctx, app, opts.from, path, opts)
	}
	m, err := opts.metrics.open(ctx, app)
	if err != nil {
		return err
	}
	defer m.close()
	target, err := opts.connect.resolve(app)
	if err != nil {
		return err
	}
	ctx, watch, done := opts.stops.watch(ctx)
	defer done()

	app.detail(1, "connecting to %s", target)
	stream := newStream(app, target)
	defer stream.close()
	stream.followPlan(plancache.New(policy), opts.days)
	stream.config.Poll = opts.poll
	stream.measure(m)
	file, err := createSession(path, stream.header(""), session.Options{
		Force: opts.force, RotateSize: int64(opts.rotateSize), RotateEvery: opts.rotateEvery, Seal: true,
		Snapshot: func() { stream.conn.Inject(follow.Snapshot{}) },
		FS:       opts.disk,
	})
	if err != nil {
		return err
	}
	r, err := newRecorder(app, stream, file, watch)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	return r.run(ctx)
}

// createSession starts a session file, or says in one line why it cannot.
func createSession(path string, h session.Header, o session.Options) (*session.File, error) {
	file, err := session.Create(path, h, o)
	if errors.Is(err, fs.ErrExist) {
		return nil, usage("--force overwrites it", "%s: it exists already", path)
	}
	if err != nil {
		return nil, usage("", "%s: %s", path, whyFile(err))
	}
	return file, nil
}

// recorder writes a stream into a session file and says how it is getting on.
type recorder struct {
	app    *App
	stream *stream
	file   *session.File
	watch  *watchman
	board  *board
	text   *render.Tail
	deltas int64
	online bool

	lineMarks sync.Once
}

func newRecorder(app *App, s *stream, file *session.File, watch *watchman) (*recorder, error) {
	theme, err := app.theme(app.ErrWidth())
	if err != nil {
		return nil, err
	}
	r := &recorder{app: app, stream: s, file: file, watch: watch, board: newBoard(app, theme)}
	var says io.Writer = r.board
	if app.Quiet {
		says = io.Discard
	}
	r.text = render.NewTail(io.Discard, says, render.TailOptions{Started: s.started, ErrWidth: app.ErrWidth, ErrTheme: theme})
	return r, nil
}

// run records until the stream ends, and ends the file.
func (r *recorder) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopMarks := r.signalMarks()
	defer stopMarks()
	stopBoard := r.board.every(func() render.RecordingState {
		if r.file.Sync() != nil {
			cancel(errDisk)
		}
		return r.state()
	})
	reason, failure := r.stream.outcome(ctx, r.stream.run(ctx, r.step))
	stopBoard()
	if failure == nil && reason != "interrupt" {
		r.settle(context.WithoutCancel(ctx))
	}
	return r.end(reason, failure)
}

// answerTime is how long a recording that is over waits for the plan.
const answerTime = 2 * time.Second

// settle reads the plan once more where the client was about to, or had not got its answer yet:
// else the recording would tell of a client that neglected a refresh. A failure is not recorded: no
// client saw it.
func (r *recorder) settle(ctx context.Context) {
	if state := r.stream.config.Cache.Refresh().State; !r.online || state != plancache.Due && state != plancache.InFlight {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := r.stream.rest.Plan(ctx, r.stream.config.Days)
	if err != nil || answer.Status != http.StatusOK {
		return
	}
	_ = r.file.Write(&session.Record{
		T: r.stream.elapsed(r.app.Now()), Kind: session.KindPlan, Status: answer.Status, Took: answer.Took, Body: answer.Body,
	})
}

// errDisk ends a recording whose file takes no more.
var errDisk = errors.New("the session file takes no more")

// step records one step.
func (r *recorder) step(step *follow.Step) error {
	rec, m := step.Record, step.Message
	if err := r.file.Write(rec); err != nil {
		if _, long := errors.AsType[*session.TooLongError](err); !long {
			return errDisk
		}
		_ = r.text.Warn(rec.T, err.Error())
	}
	r.tell(step)
	switch rec.Kind {
	case session.KindConnect:
		r.online = true
		r.watch.connected()
		r.lineMarks.Do(func() { go r.markLines(r.app.In) })
	case session.KindDisconnect:
		r.online = false
	}
	r.board.note(func(s *render.RecordingState) {
		s.Deltas, s.Connected, s.Version = r.deltas, r.online, r.stream.account.Proven()
	})
	if m != nil {
		return r.watch.message(m, len(m.Deltas))
	}
	if rec.Kind == session.KindPlan && rec.Status == http.StatusOK { // not a poll: what it is ahead of may be on its way, and the plan is read then
		version, _ := fold.PlanVersion(rec.Body)
		return r.watch.version(version)
	}
	return nil
}

// tell says what of a step concerns the stream as a whole.
func (r *recorder) tell(step *follow.Step) {
	rec, m := step.Record, step.Message
	if m == nil {
		_ = r.text.State(rec)
		_ = r.text.WentBack(r.stream.back)
		return
	}
	r.deltas += int64(len(m.Deltas))
	r.text.Seen(m)
	if len(r.stream.findings) > 0 {
		_ = r.text.Findings(rec, m, r.stream.findings)
	}
	if len(r.stream.gaps) > 0 {
		_ = r.text.Gaps(rec.T, r.stream.gaps)
	}
}

// state is how the recording is getting on, as far as it is safe on disk.
func (r *recorder) state() render.RecordingState {
	stats := r.file.Stats()
	return render.RecordingState{Records: stats.Written, Bytes: stats.Bytes, Part: stats.Part, Elapsed: r.stream.elapsed(r.app.Now())}
}

// end closes the file and sums up.
func (r *recorder) end(reason string, failure error) error {
	lost := r.stream.lost(failure)
	elapsed := r.stream.elapsed(r.app.Now())
	if r.online {
		_ = r.file.Write(&session.Record{T: elapsed, Kind: session.KindDisconnect, Reason: socket.ReasonClientDisconnect})
	}
	_ = r.file.Write(&session.Record{T: elapsed, Kind: session.KindEnd, Reason: reason, Lost: lost})
	closed := r.file.Close()
	stats := r.file.Stats()
	lost += stats.Lost
	if !r.app.Quiet {
		_ = r.text.End(render.Ending{Elapsed: elapsed, Versions: r.stream.account.Report(), Lost: lost})
		_, _ = fmt.Fprintf(r.app.Err, "%s: received %s, wrote %s, lost %s, %s\n", render.Clean(stats.Path),
			render.Plural(stats.Received+lost-stats.Lost, "record"), render.Count(stats.Written), render.Count(lost), render.Bytes(stats.Bytes))
	}
	switch {
	case closed != nil:
		return &Error{Code: ExitInconclusive, What: stats.Path, Err: errors.New(whyFile(closed)), Hint: fmt.Sprintf("%s on disk are good; the rest is lost", render.Plural(r.file.ReadBack(), "record"))}
	case lost > 0 && failure == nil:
		return &Error{Code: ExitInconclusive, What: fmt.Sprintf("lost %s", render.Plural(lost, "record"))}
	}
	return failure
}
