package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// watcher compares what a client that follows a stream holds with what the server says. Everything
// but the reading of the server's plan happens on the stream's goroutine.
type watcher struct {
	app      *App
	opts     *watchOptions
	compare  *comparison
	stream   *stream
	watch    *watchman
	timeline *diagnose.Timeline
	text     *render.Tail
	file     *session.File // nil: the evidence is not kept
	ctx      context.Context

	reading  bool             // the server's plan is being read
	held     []byte           // what the client held when that began
	later    []session.Record // what the timeline has not been told yet
	ahead    bool             // it began because the server's version had moved on
	touched  bool             // something has changed the client's plan since
	steady   bool             // the connection is the one that there was then
	pending  bool             // another comparison was asked for meanwhile
	quiet    *time.Timer
	online   bool
	settled  int                      // comparisons that held still
	unstable int                      // comparisons that did not
	suspects map[digest]time.Duration // when the differences that there are were seen first
	reported map[digest]bool          // the differences that were reported, and that there are still
	found    int                      // differences that were reported
	readings sync.WaitGroup
	hook     *hook
	latest   int // the number of the latest reading

	last    error             // the stop that came true, and waits for a last comparison; nil before that
	tries   int               // last comparisons that did not hold still
	bound   *time.Timer       // when that is overdue
	overdue func(cause error) // ends the context; nil: a stop is never overdue

	loaded func() // called at each plan that was read, for who watches beside; may be nil
}

// The notes that a watcher gives to its own stream.
type (
	compareDue  struct{}
	compareRead struct {
		number int
		server *serverPlan
		err    error
	}
	stopDue   struct{ why stopped }
	hookEnded struct{}
)

// grace is how long a delta may be on its way after the change that it tells of can be read: what
// is found missing before that is no divergence.
const grace = time.Second

func newWatcher(app *App, opts *watchOptions, compare *comparison, s *stream, watch *watchman) (*watcher, error) {
	theme, err := app.theme(app.ErrWidth())
	if err != nil {
		return nil, err
	}
	w := &watcher{
		app: app, opts: opts, compare: compare, stream: s, watch: watch,
		timeline: diagnose.NewTimeline(compare.policy), reported: map[digest]bool{},
	}
	w.hook = newHook(app, opts.exec, func() { s.conn.Inject(hookEnded{}) })
	w.timeline.Header(s.header(""))
	says := app.Err
	if app.Quiet {
		says = io.Discard
	}
	w.text = render.NewTail(io.Discard, says, render.TailOptions{Started: s.started, ErrWidth: app.ErrWidth, ErrTheme: theme, Location: zoneOf(opts.diff.utc)})
	s.config.OnNote = w.noted
	return w, nil
}

func (w *watcher) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	w.ctx = ctx
	ticker := time.NewTicker(w.opts.every)
	defer ticker.Stop()
	ticks := make(chan struct{})
	go func() {
		defer close(ticks)
		for {
			select {
			case <-ticker.C:
				w.stream.conn.Inject(compareDue{})
			case <-ctx.Done():
				return
			}
		}
	}()
	reason, failure := stopReason(ctx, w.stream.run(ctx, w.step))
	cancel()
	<-ticks
	for _, timer := range []*time.Timer{w.quiet, w.bound} {
		if timer != nil {
			timer.Stop()
		}
	}
	w.readings.Wait()
	return w.end(reason, failure)
}

// step takes a record in.
func (w *watcher) step(step *follow.Step) error {
	rec, m := step.Record, step.Message
	w.remember(rec)
	if w.file != nil {
		if err := w.file.Write(rec); err != nil {
			return &Error{Code: ExitInconclusive, What: w.opts.record, Err: errors.New(whyFile(err))}
		}
	}
	if m != nil {
		return w.message(step)
	}
	_ = w.text.State(rec)
	_ = w.text.WentBack(w.stream.back)
	switch rec.Kind {
	case session.KindConnect:
		w.online, w.steady = true, false
		w.watch.connected()
		if w.compare.policy == plancache.Mobile {
			w.begin(false) // no answer will begin one: the app reads nothing
		}
	case session.KindDisconnect:
		w.online, w.steady = false, false
		if !w.reading {
			return w.last
		}
	case session.KindPlan:
		if w.loaded != nil {
			w.loaded()
		}
		w.touched = w.touched || !w.ahead
		w.begin(false)
		version, _ := fold.Version(rec)
		return w.leave(w.watch.version(version))
	case session.KindVersion:
		version, _ := fold.Version(rec)
		if w.behind(version) {
			w.begin(true)
		}
		return w.leave(w.watch.version(version))
	}
	return nil
}

// seal ends the evidence, where it is kept.
func (w *watcher) seal(elapsed time.Duration, reason string) error {
	if w.file == nil {
		return nil
	}
	if w.online {
		_ = w.file.Write(&session.Record{T: elapsed, Kind: session.KindDisconnect, Reason: socket.ReasonClientDisconnect})
	}
	_ = w.file.Write(&session.Record{T: elapsed, Kind: session.KindEnd, Reason: reason, Lost: w.stream.lost(nil)})
	if err := w.file.Close(); err != nil {
		return &Error{Code: ExitInconclusive, What: w.opts.record, Err: errors.New(whyFile(err))}
	}
	return nil
}

// remember folds a record into the timeline. While it is found out why the server is ahead, what
// mends that has to wait: the timeline is the evidence.
func (w *watcher) remember(rec *session.Record) {
	if w.reading && w.ahead {
		later := *rec
		later.Args, later.Body = bytes.Clone(rec.Args), bytes.Clone(rec.Body)
		w.later = append(w.later, later)
		return
	}
	w.timeline.Record(rec)
}

// catchUp folds in what had to wait.
func (w *watcher) catchUp() {
	for i := range w.later {
		w.timeline.Record(&w.later[i])
	}
	w.later = nil
}

// behind tells whether the server's version had moved on past all that the client compares with
// when a poll was answered.
func (w *watcher) behind(polled int64) bool { return polled > w.stream.config.Cache.Seen() }

func (w *watcher) message(step *follow.Step) error {
	rec, m := step.Record, step.Message
	w.touched = true
	w.text.Seen(m)
	if len(w.stream.gaps) > 0 {
		_ = w.text.Gaps(rec.T, w.stream.gaps)
	}
	if w.opts.quiet > 0 {
		if w.quiet == nil {
			w.quiet = time.AfterFunc(w.opts.quiet, func() { w.stream.conn.Inject(compareDue{}) })
		} else {
			w.quiet.Reset(w.opts.quiet)
		}
	}
	return w.leave(w.watch.message(m, len(m.Deltas)))
}

func (w *watcher) noted(note any) error {
	switch note := note.(type) {
	case compareDue:
		if w.file != nil {
			if err := w.file.Sync(); err != nil { // where nothing comes, nothing is written, and nothing else would tell
				return &Error{Code: ExitInconclusive, What: w.opts.record, Err: errors.New(whyFile(err))}
			}
		}
		w.begin(false)
	case compareRead:
		return w.finish(note)
	case hookEnded:
		w.hook.done()
	case stopDue:
		return w.leave(note.why)
	}
	return nil
}

// begin starts a comparison: what the client holds now against what the server says after the
// grace.
func (w *watcher) begin(ahead bool) {
	cache := w.stream.config.Cache
	if !cache.Loaded() || !w.online {
		return
	}
	if w.reading {
		w.pending = true
		if !ahead || w.ahead {
			return
		}
		// What the client holds now is about to be mended: the reading that is under way has to give way.
	}
	if !ahead && refreshing(cache) {
		return // the answer will begin one
	}
	w.reading, w.ahead, w.touched, w.steady = true, ahead, false, true
	w.held = cache.AppendJSON(w.held[:0])
	w.latest++
	number := w.latest
	w.readings.Go(func() { w.readServer(number) })
}

// readServer reads the server's plan after the grace, and hands it to the stream.
func (w *watcher) readServer(number int) {
	select {
	case <-time.After(grace):
	case <-w.ctx.Done():
		return
	}
	f := &fence{client: w.stream.rest, days: w.opts.diff.days}
	server, err := f.read(w.ctx, w.opts.diff.fenceTries)
	if err == nil && server.stable {
		server.stable, err = f.stands(w.ctx, server.plan.Version)
	}
	if w.ctx.Err() == nil {
		w.stream.conn.Inject(compareRead{number, server, err})
	}
}

// finish compares, unless the client's plan has changed, or its connection broke, while the
// server's was read.
func (w *watcher) finish(read compareRead) error {
	if read.number != w.latest {
		return nil
	}
	w.reading = false
	defer func() {
		if !w.reading {
			w.catchUp()
		}
	}()
	again := w.pending || w.touched
	w.pending = false
	switch {
	case read.err != nil:
		_ = w.text.Warn(w.stream.elapsed(w.app.Now()), "the server's plan could not be read: "+read.err.Error())
		return w.last
	case w.touched, !w.steady && !w.ahead: // what is to be done about a break is done when the connection is back
	case !read.server.stable || read.server.fromCache:
		w.unstable++
	default:
		waits, err := w.judge(read.server)
		if err != nil {
			return err
		}
		if waits {
			w.reading, w.pending = true, again
			return nil
		}
		if w.last != nil {
			return w.last
		}
	}
	if w.last != nil {
		return w.compareAgain()
	}
	if again {
		w.catchUp()
		w.begin(false)
	}
	return nil
}

// judge compares what the client held with a server's plan that held still. A difference may be of
// a row that was read before its version was bumped: it waits until the version has stood for a
// while, and is judged again then.
func (w *watcher) judge(server *serverPlan) (waits bool, err error) {
	held, err := plan.Parse(w.held)
	if err != nil {
		return false, err
	}
	server.source = w.stream.target.Server()
	report, err := w.compare.compare(&heldPlan{source: "this client", plan: held, timeline: w.timeline, folded: true, live: w.online}, server)
	if err != nil {
		return false, err
	}
	agrees := report.Verdict == diagnose.InSync || report.Verdict == diagnose.Explained
	if !agrees && !server.settled && w.opts.diff.settle > 0 {
		if !w.stood(report) {
			w.awaitSettled(server)
			return true, nil
		}
		server.settled = true
		return w.judge(server)
	}
	w.settled++
	if agrees {
		w.agreed(server.plan, report)
		return false, nil
	}
	if report.Verdict != diagnose.Desynced && report.Verdict != diagnose.Behind || !w.fresh(report) {
		return false, nil
	}
	w.compare.again = w.again()
	if err := w.compare.print(w.app, report); err != nil {
		return false, err
	}
	w.runHook(report)
	if !w.opts.keepGoing {
		return false, stopped{"divergence"}
	}
	return false, nil
}

// stood tells whether all differences of a report have been there for so long that none is of a row
// that was half written: on a stream that never rests the version never stands.
func (w *watcher) stood(report *compare.Report) bool {
	now, all := w.stream.elapsed(w.app.Now()), true
	suspects := map[digest]time.Duration{}
	for i := range report.Causes {
		if report.Causes[i].Expected {
			continue
		}
		key := digestOf(&report.Result.Differences[i])
		since, seen := w.suspects[key]
		if !seen {
			since = now
		}
		suspects[key] = since
		all = all && now-since >= w.opts.diff.settle
	}
	w.suspects = suspects
	return all
}

// awaitSettled has a plan judged again once its version has stood for a while.
func (w *watcher) awaitSettled(server *serverPlan) {
	number := w.latest
	w.readings.Go(func() {
		if pause(w.ctx, w.opts.diff.settle) != nil {
			return
		}
		f := &fence{client: w.stream.rest, days: w.opts.diff.days}
		later, err := f.read(w.ctx, w.opts.diff.fenceTries)
		if err == nil {
			later.settled = later.stable && later.plan.Version == server.plan.Version
			later.stable = later.settled
		}
		if w.ctx.Err() == nil {
			w.stream.conn.Inject(compareRead{number, later, err})
		}
	})
}

// agreed has the history let go of what explains nothing any more, unless the connection changed
// while the server's plan was read.
func (w *watcher) agreed(server *plan.Plan, report *compare.Report) {
	clear(w.reported)
	clear(w.suspects)
	if w.steady {
		w.timeline.Agreed(server, report.Result.Differences)
	}
}

// again tells how the evidence shows a divergence again. Where it was a poll that showed it, the
// client has since read the plan.
func (w *watcher) again() string {
	switch {
	case w.file == nil:
		return ""
	case w.ahead:
		return fmt.Sprintf("deltatap diff %s --at %.6fs tells this again from the evidence", w.opts.record, w.timeline.Now().Seconds())
	}
	return fmt.Sprintf("deltatap diff %s tells this again from the evidence", w.opts.record)
}

// digest stands for a difference: an item, and what the server holds of it.
type digest [sha256.Size]byte

func digestOf(d *diff.Difference) digest {
	return sha256.Sum256(append([]byte(d.Item.String()+" "), d.Server...))
}

// fresh notes the differences of a report, and tells whether one of them is new. One that was
// mended and is there again is new.
func (w *watcher) fresh(report *compare.Report) bool {
	there, before := map[digest]bool{}, w.found
	for i := range report.Causes {
		if report.Causes[i].Expected {
			continue
		}
		d := &report.Result.Differences[i]
		key := digestOf(d)
		if !w.reported[key] && !there[key] {
			w.found++
		}
		there[key] = true
	}
	w.reported = there
	return w.found > before
}

// runHook has the user's command run.
func (w *watcher) runHook(report *compare.Report) {
	if w.opts.exec == "" {
		return
	}
	var items []string
	for i := range report.Causes {
		if !report.Causes[i].Expected {
			items = append(items, report.Result.Differences[i].Item.String())
		}
	}
	w.hook.ask("DELTATAP_VERDICT="+string(report.Verdict), "DELTATAP_ITEMS="+strings.Join(items, " "))
}

// end closes the evidence, waits for the user's command and tells the outcome.
func (w *watcher) end(reason string, failure error) error {
	elapsed := w.stream.elapsed(w.app.Now())
	err := w.seal(elapsed, reason)
	w.hook.wait()
	if err != nil {
		return err
	}
	if failure == nil {
		w.app.note("%s, %s that held still, %s", render.Plural(int64(w.found), "divergence"),
			render.Plural(int64(w.settled), "comparison"), render.Duration(elapsed))
	}
	switch {
	case w.found > 0:
		w.app.fail(failure) // found or not, it ended before its time
		return errFound
	case failure != nil:
		return failure
	case w.stream.lost(nil) > 0:
		return lossError(w.stream.lost(nil))
	case w.settled == 0:
		return &Error{Code: ExitInconclusive, What: "no comparison held still", Hint: "watch for longer"}
	}
	return nil
}
