package player

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// list is a session of records made in a test.
type list struct {
	records []session.Record
	errs    map[int]error // given instead of a record
	next    int
	closed  int
}

func (l *list) Header() session.Header         { return session.Header{} }
func (l *list) Truncated() *session.Truncation { return nil }
func (l *list) Complete() bool                 { return true }
func (l *list) Close() error                   { l.closed++; return nil }

func (l *list) Next(rec *session.Record) error {
	if l.next == len(l.records) {
		return io.EOF
	}
	l.next++
	if err := l.errs[l.next]; err != nil {
		return err
	}
	*rec = l.records[l.next-1]
	return nil
}

// at makes a session of events that come at these times.
func at(times ...time.Duration) *list {
	l := &list{}
	for i, t := range times {
		l.records = append(l.records, event(int64(i+1), t))
	}
	return l
}

func event(n int64, t time.Duration) session.Record {
	args := fmt.Sprintf(`[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":%d}]}]`, 100+n)
	return session.Record{N: n, T: t, Kind: session.KindEvent, Event: contract.Event, Args: []byte(args)}
}

// sent is a record as it was sent: when, since the start.
type sent struct {
	N  int64
	At time.Duration
}

// log is a target that takes its time for some records.
type log struct {
	start time.Time
	sent  []sent
	takes map[int64]time.Duration
	fails int64
}

var errGone = errors.New("target gone")

func newLog() *log { return &log{start: time.Now()} }

func (l *log) send(_ context.Context, rec *session.Record) error {
	if rec.N == l.fails {
		return errGone
	}
	l.sent = append(l.sent, sent{rec.N, time.Since(l.start)})
	time.Sleep(l.takes[rec.N])
	return nil
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

// play plays in synthetic time, and returns what was sent when.
func play(t *testing.T, src session.Source, opts Options) (got []sent, report Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		target := newLog()
		var err error
		if report, err = Play(t.Context(), src, opts, target.send); err != nil {
			t.Error(err)
		}
		got = target.sent
	})
	return got, report
}

func check(t *testing.T, got []sent, want ...sent) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestPlaysAtTheRecordedPace(t *testing.T) {
	got, report := play(t, at(0, 10*ms, 2500*ms, 2500*ms, 60*sec), Options{})
	check(t, got, sent{1, 0}, sent{2, 10 * ms}, sent{3, 2500 * ms}, sent{4, 2500 * ms}, sent{5, 60 * sec})
	want := Report{
		Sent: 5, Events: 5, Deltas: 5, Last: 5, Version: 105, Rounds: 1, Elapsed: 60 * sec, Planned: 60 * sec,
		Late: Lateness{Count: 5, At: 1, buckets: [buckets]int64{0: 5}},
	}
	if diff := cmp.Diff(want, report, cmp.AllowUnexported(Lateness{})); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestPaces(t *testing.T) {
	src := func() *list { return at(0, 1*sec, 1500*ms, 11500*ms) }
	for _, tc := range []struct {
		name string
		opts Options
		want []sent
	}{
		{"twice as fast", Options{Speed: 2}, []sent{{1, 0}, {2, 500 * ms}, {3, 750 * ms}, {4, 5750 * ms}}},
		{"half as fast", Options{Speed: 0.5}, []sent{{1, 0}, {2, 2 * sec}, {3, 3 * sec}, {4, 23 * sec}}},
		{"gaps cut", Options{MaxGap: 700 * ms}, []sent{{1, 0}, {2, 700 * ms}, {3, 1200 * ms}, {4, 1900 * ms}}},
		{"gaps cut, then faster", Options{MaxGap: 700 * ms, Speed: 2}, []sent{{1, 0}, {2, 350 * ms}, {3, 600 * ms}, {4, 950 * ms}}},
		{"evenly", Options{Rate: 4}, []sent{{1, 0}, {2, 250 * ms}, {3, 500 * ms}, {4, 750 * ms}}},
		{"at once", Options{Max: true, Rate: 4}, []sent{{1, 0}, {2, 0}, {3, 0}, {4, 0}}},
		{"from a record", Options{From: AtRecord(2)}, []sent{{2, 0}, {3, 500 * ms}, {4, 10500 * ms}}},
		{"from a moment", Options{From: AtTime(500 * ms)}, []sent{{2, 500 * ms}, {3, 1 * sec}, {4, 11 * sec}}},
		{"until a record", Options{Until: AtRecord(2)}, []sent{{1, 0}, {2, 1 * sec}}},
		{"until a moment", Options{Until: AtTime(1500 * ms)}, []sent{{1, 0}, {2, 1 * sec}, {3, 1500 * ms}}},
		{"from until", Options{From: AtRecord(2), Until: AtTime(1500 * ms)}, []sent{{2, 0}, {3, 500 * ms}}},
		{"nothing", Options{From: AtRecord(5)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, report := play(t, src(), tc.opts)
			check(t, got, tc.want...)
			if want := int64(len(tc.want)); report.Sent != want || report.Late.Worst != 0 {
				t.Errorf("report says %d sent, %v late; want %d, 0", report.Sent, report.Late.Worst, want)
			}
		})
	}
}

func TestRecordsThatAreNoEventsGoAlongWithARate(t *testing.T) {
	src := at(0, 1*sec, 2*sec, 3*sec)
	src.records[1].Kind, src.records[2].Kind = session.KindPlan, session.KindVersion
	got, _ := play(t, src, Options{Rate: 2})
	check(t, got, sent{1, 0}, sent{2, 0}, sent{3, 0}, sent{4, 500 * ms})
}

func TestTimeThatGoesBackwardsIsNoGap(t *testing.T) {
	got, _ := play(t, at(1*sec, 500*ms, 1500*ms), Options{})
	check(t, got, sent{1, 1 * sec}, sent{2, 1 * sec}, sent{3, 1500 * ms})
}

// Lateness never adds up: a target that holds the replay up now and then does not shift what follows.
func TestSlowSendsDoNotDrift(t *testing.T) {
	const records = 601
	src := &list{}
	for i := range int64(records) {
		src.records = append(src.records, event(i+1, time.Duration(i)*100*ms))
	}
	synctest.Test(t, func(t *testing.T) {
		target := newLog()
		target.takes = map[int64]time.Duration{}
		for i := range int64(records) {
			target.takes[i] = 40 * ms
			if i%50 == 25 {
				target.takes[i] = 330 * ms
			}
		}
		report, err := Play(t.Context(), src, Options{}, target.send)
		if err != nil || report.Sent != records {
			t.Fatalf("sent %d, %v", report.Sent, err)
		}
		late := int64(0)
		for _, s := range target.sent {
			due := time.Duration(s.N-1) * 100 * ms
			if s.At < due {
				t.Errorf("record %d was sent at %v, and due at %v", s.N, s.At, due)
			}
			if s.At > due {
				late++
			}
			if s.At-due > 230*ms {
				t.Errorf("record %d was sent at %v, and due at %v", s.N, s.At, due)
			}
		}
		if last := target.sent[records-1].At; last != 60*sec || report.Elapsed != 60*sec {
			t.Errorf("60 s end at %v; the report says %v", last, report.Elapsed)
		}
		// 330 ms: the next are 230, 170, 110 and 50 ms late.
		if want := int64(12 * 4); late != want {
			t.Errorf("%d records were late, want %d", late, want)
		}
		if report.Late.Worst != 230*ms || report.Late.Quantile(0.5) > time.Microsecond || report.Late.Quantile(0.99) < 170*ms {
			t.Errorf("worst %v, median %v, p99 %v", report.Late.Worst, report.Late.Quantile(0.5), report.Late.Quantile(0.99))
		}
	})
}

func TestLoop(t *testing.T) {
	var opened []*list
	opts := Options{Loop: 3, From: AtRecord(2), Reopen: func() (session.Source, error) {
		again := at(0, 1*sec, 3*sec)
		opened = append(opened, again)
		return again, nil
	}}
	first := at(0, 1*sec, 3*sec)
	got, report := play(t, first, opts)
	check(t, got, sent{2, 0}, sent{3, 2 * sec}, sent{2, 2 * sec}, sent{3, 4 * sec}, sent{2, 4 * sec}, sent{3, 6 * sec})
	if report.Rounds != 3 || report.Skipped != 3 || report.Version != 103 {
		t.Errorf("report is %+v", report)
	}
	if first.closed != 0 || len(opened) != 2 || opened[0].closed != 1 || opened[1].closed != 1 {
		t.Errorf("the caller's was closed %d times; opened %d", first.closed, len(opened))
	}
}

func TestLoopForEverEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10500*ms, errGone)
		defer cancel()
		target := newLog()
		report, err := Play(ctx, at(0, 1*sec), Options{
			Loop: -1, Reopen: func() (session.Source, error) { return at(0, 1*sec), nil },
		}, target.send)
		if err != errGone || report.Rounds != 10 || report.Sent != 21 {
			t.Errorf("%d rounds, %d sent, %v", report.Rounds, report.Sent, err)
		}
	})
}

func TestEmptyRoundsEndWithTheContextToo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opened := 0
	_, err := Play(ctx, at(), Options{Loop: -1, Reopen: func() (session.Source, error) {
		if opened++; opened == 5 {
			cancel()
		}
		return at(), nil
	}}, newLog().send)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSkippedAreTold(t *testing.T) {
	var skipped []int64
	_, report := play(t, at(0, 1*sec, 2*sec, 3*sec), Options{From: AtRecord(3), Skipped: func(rec *session.Record) error {
		skipped = append(skipped, rec.N)
		return nil
	}})
	if diff := cmp.Diff([]int64{1, 2}, skipped); diff != "" || report.Skipped != 2 {
		t.Errorf("skipped %v, report %d", skipped, report.Skipped)
	}
}

// TestGettingThereTakesNoTime: nobody catches up on the time that it took to read up to where a round begins.
func TestGettingThereTakesNoTime(t *testing.T) {
	again := func() (session.Source, error) { return at(0, 1*sec, 2*sec, 2500*ms, 4*sec), nil }
	skip := func(*session.Record) error { time.Sleep(3 * sec); return nil }
	first, _ := again()
	got, report := play(t, first, Options{From: AtTime(1800 * ms), Loop: 2, Reopen: again, Skipped: skip})
	check(t, got, sent{3, 6200 * ms}, sent{4, 6700 * ms}, sent{5, 8200 * ms}, sent{3, 14400 * ms}, sent{4, 14900 * ms}, sent{5, 16400 * ms})
	if report.Late.Worst != 0 || report.Elapsed != 4400*ms || report.Planned != 4400*ms {
		t.Errorf("late %v, elapsed %v of %v", report.Late.Worst, report.Elapsed, report.Planned)
	}
}

// TestPreparing is done in time that nobody waits for: before a record is due, and before the first begins the replay.
func TestPreparing(t *testing.T) {
	var prepared []int64
	got, report := play(t, at(0, 1*sec, 1*sec, 4*sec), Options{From: AtRecord(2), Prepare: func(rec *session.Record) {
		time.Sleep(2 * sec)
		prepared = append(prepared, rec.N)
	}})
	check(t, got, sent{2, 2 * sec}, sent{3, 4 * sec}, sent{4, 6 * sec})
	if diff := cmp.Diff([]int64{2, 3, 4}, prepared); diff != "" || report.Late.Worst != 2*sec || report.Late.At != 3 {
		t.Errorf("prepared %v; %v late at record %d", prepared, report.Late.Worst, report.Late.At)
	}
}

func TestFailedSendEndsTheReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := newLog()
		target.fails = 3
		report, err := Play(t.Context(), at(0, 1*sec, 2*sec, 3*sec), Options{}, target.send)
		var failed *SendError
		if !errors.As(err, &failed) || failed.N != 3 || !errors.Is(err, errGone) || err.Error() != "record 3: target gone" {
			t.Errorf("error is %v", err)
		}
		if report.Sent != 2 || report.Last != 2 || report.Failed != 3 || report.Version != 102 {
			t.Errorf("report is %+v", report)
		}
	})
}

func TestBadLinesArePassedOver(t *testing.T) {
	src := at(0, 1*sec, 2*sec)
	src.errs = map[int]error{2: &session.LineError{Line: 3, Reason: "not JSON"}}
	got, report := play(t, src, Options{})
	check(t, got, sent{1, 0}, sent{3, 2 * sec})
	if report.BadLines != 1 {
		t.Errorf("%d bad lines", report.BadLines)
	}
}

func TestOtherErrorsOfTheSourceEndTheReplay(t *testing.T) {
	src := at(0, 1*sec)
	src.errs = map[int]error{2: io.ErrUnexpectedEOF}
	synctest.Test(t, func(t *testing.T) {
		report, err := Play(t.Context(), src, Options{}, newLog().send)
		if err != io.ErrUnexpectedEOF || report.Sent != 1 {
			t.Errorf("%d sent, %v", report.Sent, err)
		}
	})
}

func TestOptionsThatAreNoGood(t *testing.T) {
	for _, opts := range []Options{{Speed: -1}, {Rate: -1}, {MaxGap: -1}, {Loop: 2}, {Loop: -1}, {Step: true}} {
		_, err := Play(t.Context(), at(0), opts, newLog().send)
		var bad *OptionsError
		if !errors.As(err, &bad) {
			t.Errorf("%+v: error is %v", opts, err)
		}
	}
}
