package player

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// doing is what a person does, and when.
type doing struct {
	at      time.Duration
	command Command
}

// played plays in synthetic time while a person does something.
func played(t *testing.T, src session.Source, opts Options, script ...doing) (got []sent, report Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		target := newLog()
		commands := make(chan Command)
		opts.Commands = commands
		done := make(chan struct{})
		go func() {
			for _, d := range script {
				time.Sleep(time.Until(target.start.Add(d.at)))
				select {
				case commands <- d.command:
				case <-done:
					t.Errorf("nobody was there for %v at %v", d.command, d.at)
				}
			}
		}()
		var err error
		if report, err = Play(t.Context(), src, opts, target.send); err != nil {
			t.Error(err)
		}
		close(done)
		got = target.sent
	})
	return got, report
}

func TestPauseShiftsAllThatFollows(t *testing.T) {
	got, report := played(t, at(0, 1*sec, 2*sec, 4*sec), Options{},
		doing{1500 * ms, Pause}, doing{9500 * ms, Run}, doing{11 * sec, Toggle}, doing{12 * sec, Toggle})
	check(t, got, sent{1, 0}, sent{2, 1 * sec}, sent{3, 10 * sec}, sent{4, 13 * sec})
	if report.Paused != 9*sec || report.Elapsed != 4*sec || report.Late.Worst != 0 {
		t.Errorf("paused %v, elapsed %v, late %v", report.Paused, report.Elapsed, report.Late.Worst)
	}
}

func TestStep(t *testing.T) {
	got, report := played(t, at(0, 1*sec, 2*sec, 3*sec, 5*sec), Options{Step: true},
		doing{10 * sec, Next}, doing{20 * sec, Next}, doing{20 * sec, Next}, doing{30 * sec, Run})
	check(t, got, sent{1, 10 * sec}, sent{2, 20 * sec}, sent{3, 20 * sec}, sent{4, 31 * sec}, sent{5, 33 * sec})
	if report.Late.Count != 2 || report.Late.Worst != 0 {
		t.Errorf("lateness is %d records, %v", report.Late.Count, report.Late.Worst)
	}
}

func TestStepTakesOtherRecordsAlong(t *testing.T) {
	src := at(0, 1*sec, 2*sec, 3*sec)
	src.records[0].Kind, src.records[2].Kind = session.KindConnect, session.KindPlan
	got, _ := played(t, src, Options{Step: true}, doing{10 * sec, Next}, doing{20 * sec, Next})
	check(t, got, sent{1, 0}, sent{2, 10 * sec}, sent{3, 10 * sec}, sent{4, 20 * sec})
}

func TestNextWhilePlayingStops(t *testing.T) {
	got, _ := played(t, at(0, 1*sec, 2*sec, 3*sec), Options{},
		doing{500 * ms, Next}, doing{10 * sec, Next}, doing{20 * sec, Next}, doing{30 * sec, Next})
	check(t, got, sent{1, 0}, sent{2, 10 * sec}, sent{3, 20 * sec}, sent{4, 30 * sec})
}

func TestNextWhilePausedSendsOne(t *testing.T) {
	got, _ := played(t, at(0, 1*sec, 2*sec, 3*sec), Options{},
		doing{500 * ms, Pause}, doing{10 * sec, Next}, doing{20 * sec, Run})
	check(t, got, sent{1, 0}, sent{2, 10 * sec}, sent{3, 21 * sec}, sent{4, 22 * sec})
}

func TestQuit(t *testing.T) {
	for _, opts := range []Options{{}, {Step: true}} {
		got, report := played(t, at(0, 3*sec), opts, doing{1 * sec, Quit})
		if opts.Step && len(got) != 0 || !opts.Step && len(got) != 1 || !report.Quit || report.Rounds != 0 {
			t.Errorf("sent %v, report %+v", got, report)
		}
	}
	got, report := played(t, at(0, 3*sec), Options{}, doing{1 * sec, Pause}, doing{2 * sec, Quit})
	check(t, got, sent{1, 0})
	if !report.Quit {
		t.Error("did not quit from a pause")
	}
}

func TestProgress(t *testing.T) {
	type shot struct {
		N, Version        int64
		At, Elapsed, Left time.Duration
		Rate              float64
		Paused            bool
	}
	var got []shot
	opts := Options{Total: 6 * sec, ProgressEvery: 2 * sec, Progress: func(p Progress) {
		got = append(got, shot{N: p.N, Version: p.Version, At: p.At, Elapsed: p.Elapsed, Left: p.Left, Rate: p.Rate, Paused: p.Paused})
	}}
	played(t, at(0, 1*sec, 5*sec), opts, doing{3 * sec, Pause}, doing{9 * sec, Run})
	want := []shot{
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 2 * sec, Left: 4 * sec, Rate: 1},
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 3 * sec, Left: 3 * sec, Paused: true}, // the command
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 3 * sec, Left: 3 * sec, Paused: true}, // 4 s
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 3 * sec, Left: 3 * sec, Paused: true}, // 6 s
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 3 * sec, Left: 3 * sec, Paused: true}, // 8 s
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 3 * sec, Left: 3 * sec},               // the command
		{N: 2, Version: 102, At: 1 * sec, Elapsed: 4 * sec, Left: 2 * sec},               // 10 s
		{N: 3, Version: 103, At: 5 * sec, Elapsed: 5 * sec, Left: 1 * sec, Rate: 1},      // the end, 11 s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
