package commands

import (
	"errors"
	"fmt"
	"io"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// tailer shows the wanted steps of a stream and watches for its end.
type tailer struct {
	view   *tailView
	stream *stream
	wanted *matcher
	watch  *watchman

	connected func()
}

// step shows one step.
func (t *tailer) step(step *follow.Step) error {
	rec, m := step.Record, step.Message
	if rec.Kind == session.KindConnect {
		t.watch.connected()
		if t.connected != nil {
			t.connected()
		}
	}
	if err := t.show(step); err != nil {
		return err
	}
	if t.stream.conn.Pending() == 0 {
		if err := t.view.flush(); err != nil {
			return err
		}
	}
	if m != nil {
		return t.watch.message(m, t.view.counted)
	}
	return nil
}

// show prints a record where it is wanted: a message with a matching delta, or, where the
// conditions are on deltas alone, what says when there was a connection.
func (t *tailer) show(step *follow.Step) error {
	rec, m := step.Record, step.Message
	t.view.counted = 0
	matching := 0
	if m != nil {
		matching = t.wanted.count(m)
	}
	if !t.wanted.empty && matching == 0 && (t.wanted.code != nil || rec.Kind == session.KindEvent) {
		return t.view.skip(step)
	}
	if !framesPeriods(rec.Kind) && !t.wanted.holds(rec, m) {
		return t.view.skip(step)
	}
	pass, values, err := t.wanted.query(rec)
	switch {
	case err != nil:
		return err
	case len(values) > 0:
		t.view.counted = matching
		return t.view.values(step, values)
	case !pass:
		return t.view.skip(step)
	}
	t.view.counted = matching
	return t.view.record(step)
}

// framesPeriods tells what says when there was a connection: a session without it is none that
// anything can be told from.
func framesPeriods(kind session.Kind) bool {
	return kind == session.KindConnect || kind == session.KindDisconnect || kind == session.KindConnectError
}

func (t *tailer) end(reason string, failure error) error {
	return t.view.end(reason, failure, t.wanted)
}

// tailView prints steps as text or as a session. Deltas and records are data; everything else is
// state.
type tailView struct {
	app     *App
	stream  *stream
	text    *render.Tail
	session *sessionOut // nil for text
	state   bool
	met     bool // there was a connection
	online  bool // there is one
	counted int  // deltas of the latest message that were wanted
	changes []render.Change
}

func newTailView(app *App, opts *tailOptions, s *stream, wanted *matcher) (*tailView, error) {
	v := &tailView{app: app, stream: s, state: opts.state}
	out, errs := app.Out, app.Err
	if app.Quiet {
		errs = io.Discard
	}
	outTheme, err := app.theme(app.OutWidth())
	if err != nil {
		return nil, err
	}
	errTheme, err := app.theme(app.ErrWidth())
	if err != nil {
		return nil, err
	}
	if opts.output == "json" {
		v.session = &sessionOut{out: app.cleaned(), header: s.header(wanted.String())}
		if wanted.code == nil {
			if err := v.session.start(); err != nil {
				return nil, err
			}
		}
		out = io.Discard
	}
	v.text = render.NewTail(out, errs, render.TailOptions{
		Started: s.started, Width: app.OutWidth, ErrWidth: app.ErrWidth,
		Theme: outTheme, ErrTheme: errTheme, Location: zoneOf(opts.utc),
	})
	return v, nil
}

// theme is the theme of a stream that is so many columns wide; 0 stands for no terminal.
func (app *App) theme(width int) (*theme.Theme, error) {
	profile, err := theme.Decide(app.Color, width > 0, app.Env)
	if err != nil {
		return nil, err
	}
	dark, known := theme.Background(app.Env)
	t := theme.New(profile, dark || !known)
	if !theme.UTF8(app.Env) {
		t = t.ASCII()
	}
	return t, nil
}

// record prints a step that is wanted.
func (v *tailView) record(step *follow.Step) error {
	rec, m := step.Record, step.Message
	if v.session != nil {
		if err := v.session.write(rec); err != nil {
			return err
		}
	}
	switch {
	case m == nil:
		return v.other(step)
	case v.session != nil:
		v.text.Seen(m)
	case v.state:
		if err := v.text.Changes(rec, m, v.changed(step)); err != nil {
			return err
		}
	default:
		if err := v.text.Message(rec, m); err != nil {
			return err
		}
	}
	return v.remarks(step)
}

// values prints what a jq expression made of a record.
func (v *tailView) values(step *follow.Step, values [][]byte) error {
	if err := v.flush(); err != nil {
		return err
	}
	if step.Message != nil {
		v.text.Seen(step.Message)
	}
	return v.print(values)
}

// skip takes note of a step that is not wanted.
func (v *tailView) skip(step *follow.Step) error {
	if step.Message == nil {
		return v.other(step)
	}
	v.text.Skip(step.Record, step.Message)
	return v.gaps(step)
}

// other tells what a record that is no message says of the stream. A first attempt that fails ends
// it: the error says why.
func (v *tailView) other(step *follow.Step) error {
	rec := step.Record
	switch rec.Kind {
	case session.KindConnect:
		v.met, v.online = true, true
	case session.KindDisconnect:
		v.online = false
	case session.KindConnectError:
		if !v.met {
			return nil
		}
	}
	if err := v.text.WentBack(v.stream.back); err != nil {
		return err
	}
	if cache := v.stream.config.Cache; cache != nil && rec.Kind == session.KindPlan && rec.Status == 200 && cache.Loaded() {
		appointments, bills := cache.Len()
		return v.text.Plan(rec, cache.Version(), appointments, bills)
	}
	return v.text.State(rec)
}

// remarks tells what is odd about a message.
func (v *tailView) remarks(step *follow.Step) error {
	if len(v.stream.findings) > 0 {
		if err := v.text.Findings(step.Record, step.Message, v.stream.findings); err != nil {
			return err
		}
	}
	return v.gaps(step)
}

func (v *tailView) gaps(step *follow.Step) error {
	if len(v.stream.gaps) == 0 {
		return nil
	}
	return v.text.Gaps(step.Record.T, v.stream.gaps)
}

// changed lists what the cache did, with the fields that differ.
func (v *tailView) changed(step *follow.Step) []render.Change {
	v.changes = v.changes[:0]
	for i := range step.Changes {
		v.changes = append(v.changes, change(&step.Changes[i]))
	}
	return v.changes
}

func (v *tailView) print(lines [][]byte) error {
	out := v.app.cleaned()
	for _, line := range lines {
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (v *tailView) flush() error {
	if v.session != nil {
		return v.session.flush()
	}
	return v.text.Flush()
}

// end closes the output and sums up.
func (v *tailView) end(reason string, failure error, wanted *matcher) error {
	s := v.stream
	elapsed := s.elapsed(v.app.Now())
	lost := s.lost(failure)
	if v.session != nil {
		if v.online {
			// The end of the stream ends the connection, also where no signal was waited for to say so.
			if err := v.session.also(&session.Record{T: elapsed, Kind: session.KindDisconnect, Reason: socket.ReasonClientDisconnect}); err != nil {
				return err
			}
		}
		if err := v.session.end(&session.Record{T: elapsed, Kind: session.KindEnd, Reason: reason, Lost: lost}); err != nil {
			return err
		}
	}
	if n, first := wanted.failures(); n > 0 {
		_ = v.text.Warn(elapsed, fmt.Sprintf("--jq failed on %s and left %s out: %s", render.Plural(n, "record"), them(n), first))
	}
	if !v.met && failure != nil {
		return v.text.Flush()
	}
	return errors.Join(v.text.End(render.Ending{Elapsed: elapsed, Versions: s.account.Report(), Lost: lost}), v.text.Flush())
}

func them(n int64) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
