package commands

import (
	"context"
	"errors"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/spf13/pflag"
)

// stops are the conditions under which a command that follows a stream ends by itself; the first to
// come true ends it.
type stops struct {
	count        int64
	duration     time.Duration
	untilVersion int64
	idle         time.Duration
}

func (s *stops) register(flags *pflag.FlagSet) {
	flags.Int64Var(&s.count, "count", 0, "stop after `N` deltas (with filters: N that match)")
	flags.DurationVar(&s.duration, "for", 0, "stop after this `duration`, like 90s or 10m")
	flags.Int64Var(&s.untilVersion, "until-version", 0, "stop once plan version `V` or a later one was seen")
	flags.DurationVar(&s.idle, "idle-exit", 0, "stop after this `duration` without a delta")
}

func (s *stops) validate() error {
	switch {
	case s.count < 0:
		return usage("", "--count %d: want a positive number", s.count)
	case s.duration < 0:
		return usage("", "--for %s: want a positive duration", s.duration)
	case s.untilVersion < 0:
		return usage("", "--until-version %d: want a plan version", s.untilVersion)
	case s.idle < 0:
		return usage("", "--idle-exit %s: want a positive duration", s.idle)
	}
	return nil
}

// stopped ends a stream for a reason that is no failure.
type stopped struct{ reason string }

func (s stopped) Error() string { return s.reason }

// stopReason tells why a stream ended: the word of its end record, and whether that was a failure.
func stopReason(ctx context.Context, err error) (reason string, failure error) {
	if errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	var s stopped
	switch {
	case errors.As(err, &s):
		return s.reason, nil
	case err == nil, errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return "interrupt", nil
	}
	return explain(err).reason(), err
}

// watchman watches a stream for the conditions of stops.
type watchman struct {
	stops
	deltas int64
	idle   *time.Timer
	due    func(stopped)
}

// watch starts the conditions that depend on time alone: they end the context. Call the returned
// function when the stream has ended.
func (s stops) watch(ctx context.Context) (context.Context, *watchman, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w, done := s.tell(func(why stopped) { cancel(why) })
	return ctx, w, func() {
		done()
		cancel(nil)
	}
}

// tell starts the conditions that depend on time alone: due is called, on another goroutine, when
// one has come true. Call the returned function when the stream has ended.
func (s stops) tell(due func(stopped)) (*watchman, func()) {
	w := &watchman{stops: s, due: due}
	var whole *time.Timer
	if s.duration > 0 {
		whole = time.AfterFunc(s.duration, func() { due(stopped{"for"}) })
	}
	return w, func() {
		for _, timer := range []*time.Timer{whole, w.idle} {
			if timer != nil {
				timer.Stop()
			}
		}
	}
}

// connected starts the wait of --idle-exit at the first connection: before it, nothing could have
// come.
func (w *watchman) connected() {
	if w.stops.idle > 0 && w.idle == nil {
		w.idle = time.AfterFunc(w.stops.idle, func() { w.due(stopped{"idle"}) })
	}
}

// message takes note of a message with the given number of wanted deltas, and returns a stopped
// error where one of the conditions came true.
func (w *watchman) message(m *contract.Message, wanted int) error {
	if w.idle != nil && len(m.Deltas) > 0 {
		w.idle.Reset(w.stops.idle)
	}
	w.deltas += int64(wanted)
	if w.count > 0 && w.deltas >= w.count {
		return stopped{"count"}
	}
	for i := range m.Deltas {
		if d := &m.Deltas[i]; d.Has&contract.FieldVersion != 0 {
			if err := w.version(d.Version); err != nil {
				return err
			}
		}
	}
	return nil
}

// version takes note of a plan version seen anywhere.
func (w *watchman) version(v int64) error {
	if w.untilVersion > 0 && v >= w.untilVersion {
		return stopped{"until-version"}
	}
	return nil
}
