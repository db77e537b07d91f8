package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/spf13/cobra"
)

// demoOptions is what demo was asked for.
type demoOptions struct {
	pace time.Duration
}

const demoLong = `Start a stand-in Carebase server on this machine, live a family's day on it through
REST, and tail the deltas beside it. Nothing leaves the machine, nothing is kept, and it
ends by itself within 20 seconds.`

func newDemo(app *App) *cobra.Command {
	opts := &demoOptions{}
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "See it all at work on this machine, in under 20 seconds",
		Long:    demoLong,
		Example: "  deltatap demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), app, opts)
		},
	}
	cmd.Flags().DurationVar(&opts.pace, "pace", 800*time.Millisecond, "`pause` between two events of the day, at most 1s")
	return cmd
}

func runDemo(ctx context.Context, app *App, opts *demoOptions) error {
	if opts.pace < 0 || opts.pace > time.Second {
		return usage("like 800ms", "--pace %s: want a pause between 0 and 1s", opts.pace)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, demoLimit, errors.New("the demo took too long"))
	defer cancel()
	stage, err := newStage(ctx, app)
	if err != nil {
		return err
	}
	defer stage.close()
	say(app, "A stand-in Carebase is at %s. This is its tail:", stage.owner.Origin())
	if err := stage.play(ctx, app, opts, day(app.Now())); err != nil {
		return err
	}
	say(app, "That was the day. Now one delta is lost on purpose, and deltatap watch looks on:")
	if err := stage.lose(ctx, app, opts); err != nil {
		return err
	}
	say(app, "Next: deltatap serve, and deltatap tail beside it.")
	return nil
}

// demoLimit is when the demo gives up on itself.
const demoLimit = 20 * time.Second

func say(app *App, format string, args ...any) {
	if !app.Quiet {
		_, _ = fmt.Fprintf(app.Err, "\n"+format+"\n\n", args...)
	}
}

// play tails the stage's server while the day is lived on it, and ends when its last version was
// seen.
func (s *stage) play(ctx context.Context, app *App, opts *demoOptions, events []event) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	connected := make(chan struct{}, 1)
	tail := &tailOptions{output: "text", connected: func() { connected <- struct{}{} }}
	for _, e := range events {
		tail.stops.untilVersion += e.versions
	}
	wanted, err := tail.filter.compile()
	if err != nil {
		return err
	}
	lived := make(chan error, 1)
	go func() {
		err := s.live(ctx, app, opts.pace, events, connected)
		if err != nil {
			cancel(err)
		}
		lived <- err
	}()
	err = tailFrom(ctx, app, tail, s.owner, wanted, plancache.Contract)
	cancel(nil)
	return errors.Join(<-lived, err)
}

// lose has a client watch while a delta is lost, and succeeds when the client's divergence was
// found.
func (s *stage) lose(ctx context.Context, app *App, opts *demoOptions) error {
	watch := &watchOptions{every: time.Minute, quiet: 200 * time.Millisecond, diff: diffOptions{output: "text", client: "contract", fenceTries: 5, settle: demoSettle}}
	compare, err := watch.validate()
	if err != nil {
		return err
	}
	ctx, watchman, done := watch.stops.watch(ctx)
	defer done()
	stream := newStream(app, s.owner)
	defer stream.close()
	stream.followPlan(plancache.New(compare.policy), 0)
	w, err := newWatcher(app, watch, compare, stream, watchman)
	if err != nil {
		return err
	}
	loaded := make(chan struct{}, 1)
	w.loaded = func() {
		select {
		case loaded <- struct{}{}:
		default:
		}
	}
	lived := make(chan error, 1)
	go func() { lived <- s.live(ctx, app, min(opts.pace, grace/4), losing(), loaded) }()
	err = w.run(ctx)
	if lost := <-lived; lost != nil {
		return lost
	}
	if !errors.Is(err, errFound) {
		return errors.Join(errors.New("the lost delta was not found"), err)
	}
	return nil
}

// live makes the day's changes, one after the other.
func (s *stage) live(ctx context.Context, app *App, pace time.Duration, events []event, connected <-chan struct{}) error {
	select {
	case <-connected:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for _, e := range events {
		select {
		case <-time.After(pace):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if !app.Quiet {
			_, _ = fmt.Fprintf(app.Err, "%s\n", render.Clean("  # "+e.says))
		}
		answer, err := s.as(e.by).Do(ctx, e.method, e.path, []byte(e.body))
		if err != nil {
			return err
		}
		if answer.Status >= 300 {
			return fmt.Errorf("%s %s: the stand-in answered %d: %s", e.method, e.path, answer.Status, render.Clean(string(answer.Body)))
		}
	}
	return nil
}

// as returns the client that speaks for somebody.
func (s *stage) as(by actor) *rest.Client {
	switch by {
	case byOperator:
		return s.operator
	case byHelper:
		return s.helper
	}
	return s.family
}

// demoSettle is how long the demo's server has to hold still: nobody but the demo changes it.
const demoSettle = 500 * time.Millisecond
