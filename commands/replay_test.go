package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/emit"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// playing is a replay into a target of the test's own.
type playing struct {
	t        *testing.T
	app      *App
	out, err bytes.Buffer
	opts     *replayOptions
	target   *replayTarget

	ledger func(sink.Outcome)
	sent   []int64         // as numbered for the target
	at     []time.Duration // when, since the first
	first  time.Time
	fate   func(n int64) (sink.Outcome, error) // what becomes of a record; nil acknowledges
	closed int
	settle func(context.Context) error // nil: at once
}

// newPlaying prepares a replay with these flags.
func newPlaying(t *testing.T, args ...string) *playing {
	t.Helper()
	p := &playing{t: t, opts: &replayOptions{}}
	p.app = &App{
		In: strings.NewReader(""), Out: &p.out, Err: &p.err, Now: time.Now, Env: func(string) string { return "" },
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	p.target = &replayTarget{name: "test://target", free: true, takes: eventsAlone, open: p.open}
	cmd := &cobra.Command{}
	p.opts.register(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	if !cmd.Flags().Changed("linger") {
		p.opts.linger = forever
	}
	p.opts.to = "-"
	return p
}

// writeEvents writes a session of an event a second, of so many.
func writeEvents(t *testing.T, events int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "day.ndjson")
	file, err := createSession(path, session.Header{Started: time.Unix(1_800_000_000, 0)}, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= events; n++ {
		args := fmt.Sprintf(`[{"deltas":[{"itemType":"bill","entityId":%d,"planItemId":%[1]d,"action":"updated","version":%d,"source":"rest","data":{"bill":{"id":%[1]d}}}]}]`, n%3+1, n)
		if err := file.Write(&session.Record{T: time.Duration(n) * time.Second, Kind: session.KindEvent, Event: contract.Event, Args: []byte(args)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *playing) open(_ context.Context, _ *App, o opening) (*openTarget, error) {
	p.ledger = o.tell
	return &openTarget{sink: p, name: p.target.name}, nil
}

func (p *playing) Send(ctx context.Context, rec *session.Record) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.first.IsZero() {
		p.first = time.Now()
	}
	o := sink.Outcome{N: rec.N, Fate: sink.Acknowledged, Reach: 1}
	if p.fate != nil {
		var err error
		if o, err = p.fate(rec.N); err != nil {
			return err
		}
	}
	p.sent, p.at = append(p.sent, rec.N), append(p.at, time.Since(p.first))
	p.ledger(o)
	return nil
}

func (p *playing) Settle(ctx context.Context) error {
	if p.settle == nil {
		return nil
	}
	return p.settle(ctx)
}

func (p *playing) Close() error { p.closed++; return nil }

// run replays the session at a path, and returns the exit code.
func (p *playing) run(ctx context.Context, path string) int {
	p.t.Helper()
	plan, err := p.opts.plan(p.app, []string{path})
	if err == nil {
		plan.target, plan.when.Spin = p.target, 0 // a test's time stands while somebody spins
		err = plan.look(ctx, p.app)
	}
	if err == nil {
		err = plan.guard(p.app)
	}
	if err == nil {
		err = plan.run(ctx, ctx, p.app)
	}
	return p.app.fail(err)
}

// want runs it, and checks the exit code and what standard error holds.
func (p *playing) want(path string, code int, says ...string) {
	p.t.Helper()
	if got := p.run(p.t.Context(), path); got != code {
		p.t.Errorf("exit %d, want %d: %s", got, code, p.err.String())
	}
	for _, text := range says {
		if !strings.Contains(p.err.String(), text) {
			p.t.Errorf("standard error lacks %q:\n%s", text, p.err.String())
		}
	}
}

func TestReplayKeepsThePaceOfTheSession(t *testing.T) {
	path := writeEvents(t, 3)
	synctest.Test(t, func(t *testing.T) {
		p := newPlaying(t, "--speed", "2")
		p.want(path, 0, "played 3 records with 3 deltas to test://target in 1.5s, up to version 3", "3 acknowledged, 0 failed, 0 unsure of 3 sent")
		if diff := cmp.Diff([]time.Duration{0, 500 * time.Millisecond, time.Second}, p.at); diff != "" {
			t.Errorf("sent at (want -, got +):\n%s", diff)
		}
		if p.closed != 1 {
			t.Errorf("the target was closed %d times", p.closed)
		}
	})
}

func TestReplayOfALostTargetTellsWhereToGoOn(t *testing.T) {
	p := newPlaying(t, "--speed", "max", "-o", "json")
	p.fate = func(n int64) (sink.Outcome, error) {
		switch n {
		case 2:
			return sink.Outcome{N: n, Fate: sink.Failed, Err: errors.New("too large")}, nil
		case 4:
			return sink.Outcome{N: n, Fate: sink.Unsure, Err: sink.ErrNoAnswer}, nil
		case 6:
			return sink.Outcome{}, &sink.LostError{Target: "test://target", Err: errors.New("connection reset")}
		}
		return sink.Outcome{N: n, Fate: sink.Acknowledged, Reach: sink.ReachUnknown}, nil
	}
	p.want(writeEvents(t, 9), ExitUnreachable, "deltatap: record 6: test://target: connection reset\nhint: --from 4 takes it up there\n")
	var got struct {
		Ended                              string
		Sent, Acknowledged, Failed, Unsure int64
		FailedRecords, UnsureRecords       [][2]int64
		Last, Resume                       int64
	}
	if err := json.Unmarshal(p.out.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, p.out.String())
	}
	if got.Ended != "lost" || got.Sent != 5 || got.Acknowledged != 3 || got.Failed != 1 || got.Unsure != 1 || got.Last != 5 || got.Resume != 4 {
		t.Errorf("the summary is %s", p.out.String())
	}
	if diff := cmp.Diff([][2]int64{{2, 2}}, got.FailedRecords); diff != "" {
		t.Errorf("failed: %s", diff)
	}
	if diff := cmp.Diff([][2]int64{{4, 4}}, got.UnsureRecords); diff != "" {
		t.Errorf("unsure: %s", diff)
	}
}

// A target that died before it was asked is certain not to have what was failed: that is sent again, and what failed alone is not.
func TestReplayTakesUpWhatFailedAtTheEnd(t *testing.T) {
	p := newPlaying(t, "--speed", "max")
	p.fate = func(n int64) (sink.Outcome, error) {
		switch n {
		case 2, 4, 5:
			return sink.Outcome{N: n, Fate: sink.Failed, Err: errors.New("no")}, nil
		case 6:
			return sink.Outcome{}, &sink.LostError{Target: "test://target", Err: errors.New("connection reset")}
		}
		return sink.Outcome{N: n, Fate: sink.Acknowledged, Reach: sink.ReachUnknown}, nil
	}
	p.want(writeEvents(t, 9), ExitUnreachable, "failed: record 2, 4-5", "go on with --from 4\n", "hint: --from 4 takes it up there\n")
}

func TestReplayIsInconclusiveWhereARecordFailed(t *testing.T) {
	p := newPlaying(t, "--speed", "max")
	p.fate = func(n int64) (sink.Outcome, error) {
		if n == 2 {
			return sink.Outcome{N: n, Fate: sink.Failed, Err: errors.New("too \x1b[2Jlarge")}, nil
		}
		return sink.Outcome{N: n, Fate: sink.Acknowledged}, nil
	}
	p.want(writeEvents(t, 3), ExitInconclusive, "failed: record 2\nthe first failure: too large\n", "1 record failed, and 0 may have arrived or not", "2 of them reached nobody")
}

func TestReplayTellsARefusalFromALoss(t *testing.T) {
	p := newPlaying(t, "--speed", "max")
	p.fate = func(int64) (sink.Outcome, error) {
		return sink.Outcome{}, &sink.RefusedError{Target: "test://target", Err: errors.New("Unauthorized")}
	}
	p.want(writeEvents(t, 1), ExitRefused, "test://target: refused: Unauthorized")
}

func TestReplayTellsWhatCannotBeExpressed(t *testing.T) {
	p := newPlaying(t, "--speed", "max")
	p.fate = func(n int64) (sink.Outcome, error) {
		return sink.Outcome{N: n, Fate: sink.Inexpressible, Unfit: []sink.Unfit{{What: "bill:42 created", Reason: "REST makes no bills"}}}, nil
	}
	p.want(writeEvents(t, 2), ExitOK, "cannot express 2 records, wholly or in part: record 1-2\n  2: REST makes no bills, like bill:42 created, bill:42 created\n")
}

// The first interrupt ends a replay cleanly: what was sent is told, and the fault log holds what was done until then, no more
// and no less.
func TestInterruptedReplayEndsCleanly(t *testing.T) {
	path := writeEvents(t, 10)
	log := filepath.Join(t.TempDir(), "faults.ndjson")
	synctest.Test(t, func(t *testing.T) {
		p := newPlaying(t, "--fault", "drop=100%", "--fault-log", log)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3500*time.Millisecond, func() { cancel(errInterrupted) })
		if code := p.run(ctx, path); code != ExitOK {
			t.Errorf("exit %d: %s", code, p.err.String())
		}
		if !strings.Contains(p.err.String(), "not to its end") || !strings.Contains(p.err.String(), "faults: 3 drop") {
			t.Errorf("it says %s", p.err.String())
		}
	})
	if got := readFaults(t, log); len(got) != 3 || got[2].N != 3 {
		t.Errorf("the log holds %+v", got)
	}
}

// What cannot be meant is wrong in a dry run, too.
func TestDryRunRefusesWhatIsNoTarget(t *testing.T) {
	path := writeEvents(t, 1)
	for _, target := range []string{
		"redis://me:s3cret@127.0.0.1:port", "redis://127.0.0.1/care", "redis://127.0.0.1?password=s3cret", "postgres://me:s3cret@127.0.0.1:port/care",
		"serve://127.0.0.1:99999",
	} {
		for _, more := range []string{"--yes", "--dry-run"} {
			got := deltatap(t.Context(), "replay", path, "--to", target, "--user", "7", "--linger", "0s", more)
			if target[0] != 's' {
				got = deltatap(t.Context(), "replay", path, "--to", target, "--user", "7", more)
			}
			if got.code != ExitUsage || strings.Contains(got.errs, "s3cret") {
				t.Errorf("%s %s: exit %d, %s%s", target, more, got.code, got.out, got.errs)
			}
		}
	}
}

// A record that goes to nobody is unusable input, and where it is found too late more than that: exit 2 says that nothing was
// sent.
func TestReplayOfARecordOfNobodys(t *testing.T) {
	for at, code := range map[int64]int{1: ExitUsage, 3: ExitInconclusive} {
		p := newPlaying(t, "--speed", "max")
		p.fate = func(n int64) (sink.Outcome, error) {
			if n == at {
				return sink.Outcome{}, &sink.UnknownUserError{N: n}
			}
			return sink.Outcome{N: n, Fate: sink.Acknowledged, Reach: 1}, nil
		}
		p.want(writeEvents(t, 3), code, fmt.Sprintf("deltatap: record %d names no user\nhint: --user ID says whose\n", at))
	}
}

func TestGuardNamesTargetAndAmount(t *testing.T) {
	path := writeEvents(t, 3)
	for _, c := range []struct {
		name     string
		terminal bool
		answer   string
		writable bool
		args     []string
		code     int
	}{
		{"nobody to ask", false, "y\n", false, nil, ExitUsage},
		{"yes by flag", false, "", false, []string{"--yes"}, ExitOK},
		{"writable by context", false, "", true, nil, ExitOK},
		{"asked, and yes", true, "y\n", false, nil, ExitOK},
		{"asked, and no", true, "\n", false, nil, ExitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlaying(t, append(c.args, "--speed", "max")...)
			p.target.free, p.target.writable = false, c.writable
			p.app.In = strings.NewReader(c.answer)
			if c.terminal {
				p.app.InTerminal, p.app.ErrWidth = true, func() int { return 80 }
			}
			p.want(path, c.code)
			if (len(p.sent) > 0) != (c.code == ExitOK) {
				t.Errorf("%d records were sent", len(p.sent))
			}
			if c.code == ExitUsage && !strings.Contains(p.err.String(), "deltatap: not sent: 3 records (3 deltas) to test://target\nhint: --yes") {
				t.Errorf("it says %s", p.err.String())
			}
		})
	}
}

func TestRecordsOfNobodyAreRefusedBeforeAnythingIsSent(t *testing.T) {
	p := newPlaying(t, "--yes")
	p.target.free, p.target.rooms = false, true
	p.want(writeEvents(t, 3), ExitUsage, "3 events of no user\nhint: --user ID")
	if len(p.sent) > 0 {
		t.Error("something was sent")
	}
}

// writeFamily writes a session of the users 3, 4 and 5: a plan of each, and a delta of each.
func writeFamily(t *testing.T) string {
	t.Helper()
	lines := []string{`{"deltatap":1,"session":"0","started":"2026-11-23T09:00:00Z","server":"","user":null}`}
	for user := 3; user <= 5; user++ {
		lines = append(lines, fmt.Sprintf(`{"n":%d,"t":0.1,"kind":"plan","status":200,"body":{"recipient":{"id":%d,"displayName":"Alex"},"appointments":[],"bills":[],"planVersion":0,"planUpdatedAt":"2026-11-23T00:00:00.000Z","collaborators":[]},"user":%[2]d}`, len(lines), user))
	}
	for user := 3; user <= 5; user++ {
		lines = append(lines, fmt.Sprintf(`{"n":%d,"t":0.2,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":1}]}],"user":%d}`, len(lines), user))
	}
	path := filepath.Join(t.TempDir(), "family.ndjson")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// With a mapping, a user whom it leaves out belongs into nobody's room: not into that of another whom it leaves out.
func TestNobodyIsPlayedIntoAnothersRoom(t *testing.T) {
	path := writeFamily(t)
	for _, more := range []string{"", "--dry-run"} {
		args := append([]string{"replay", path, "--speed", "max", "--linger", "0s", "--user", "3=7"}, strings.Fields(more)...)
		got := deltatap(t.Context(), args...)
		if got.code != ExitUsage || got.errs != "deltatap: "+path+": 1 event of user 4, whom no --user maps\nhint: --user 4=ID maps them, and --user ID all others\n" {
			t.Errorf("%v: exit %d, %s%s", more, got.code, got.out, got.errs)
		}
	}
	got := deltatap(t.Context(), "replay", path, "--dry-run", "--user", "3=7", "--user", "9")
	if got.code != ExitOK || !strings.Contains(got.out, "user:7 1 event, user:9 2 events\n") {
		t.Errorf("exit %d, %s%s", got.code, got.out, got.errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	app := &App{
		In: bytes.NewReader(text), Out: &out, Err: &errs, Env: func(string) string { return "" }, Now: time.Now,
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	code := Run(t.Context(), app, []string{"replay", "-", "--speed", "max", "--linger", "0s", "--user", "3=7"})
	if code != ExitUsage || !strings.Contains(errs.String(), "deltatap: standard input: record 2 is of user 4, whom no --user maps\n") {
		t.Errorf("from standard input: exit %d, %s", code, errs.String())
	}
}

// What was sent was sent: a cache that cannot be read is no wrong usage, and the summary is told all the same.
func TestCacheThatCannotBeReadLeavesTheSummary(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache.json")
	args := []string{"replay", "fixture:bill-lifecycle", "--speed", "max", "--linger", "0s", "--expect-client", cache, "-o", "json"}
	for _, text := range []string{"", `{"appointments":[`} {
		why := "no such file or directory"
		if text != "" {
			why = "not a plan: unexpected end of text at byte 17"
			if err := os.WriteFile(cache, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := deltatap(t.Context(), args...)
		if got.code != ExitInconclusive || !strings.Contains(got.errs, "deltatap: "+cache+": "+why+"\n") {
			t.Errorf("exit %d, %s", got.code, got.errs)
		}
		if !strings.Contains(got.out, `"ended":"end"`) || strings.Contains(got.out, `"expectClient"`) {
			t.Errorf("standard output has %q", got.out)
		}
	}
}

func TestDryRunTellsOfAgesToo(t *testing.T) {
	for _, pace := range []string{"--speed=1e-300", "--rate=1e-300"} {
		got := deltatap(t.Context(), "replay", "fixture:bill-lifecycle", pace, "--dry-run", "-o", "json")
		if got.code != ExitOK || !strings.Contains(got.out, `"takes":9223372036.8547`) {
			t.Errorf("%s: exit %d, %s%s", pace, got.code, got.out, got.errs)
		}
	}
}

func TestReplayRefusesAPartThatEndsBeforeItBegins(t *testing.T) {
	path := writeEvents(t, 5)
	for _, c := range []struct{ from, until string }{{"5", "4"}, {"5s", "4s"}} {
		newPlaying(t, "--from", c.from, "--until", c.until).want(path, ExitUsage, "deltatap: --until "+c.until+": that is before --from "+c.from+"\n")
	}
	p := newPlaying(t, "--from", "5", "--until", "5")
	p.want(path, ExitOK)
	if diff := cmp.Diff([]int64{5}, p.sent); diff != "" {
		t.Errorf("sent (want -, got +):\n%s", diff)
	}
	for says, args := range map[string][]string{
		"nothing of it lies behind --from 7":                 {"--from", "7"},
		"nothing of it lies behind --from 1h0m0s":            {"--from", "1h"},
		"nothing of it lies before --until 5ms":              {"--until", "5ms"},
		"nothing of it lies between --from 5 and --until 2s": {"--from", "5", "--until", "2s"},
	} {
		newPlaying(t, append(args, "--speed", "max")...).want(path, ExitOK, "deltatap: warning: "+path+": "+says+"\n")
	}
}

func TestWaitForClientEndsWhereItIsToldTo(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errInterrupted)
	defer cancel()
	for says, wait := range map[string]string{
		"no client came within 30ms":      "--wait-for-client",
		"0 of 2 clients came within 30ms": "--wait-for-client=2",
	} {
		got := deltatap(ctx, "replay", "fixture:bill-lifecycle", "--linger", "0s", wait, "--timeout", "30ms", "-o", "json")
		if got.code != ExitUnreachable || !strings.HasSuffix(got.errs, "deltatap: "+says+"\nhint: --timeout says how long to wait; without it there is no end\n") {
			t.Errorf("exit %d, %s", got.code, got.errs)
		}
		if !strings.Contains(got.out, `"ended":"unreachable"`) {
			t.Errorf("standard output has %s", got.out)
		}
	}
	got := deltatap(ctx, "replay", "fixture:bill-lifecycle", "--linger", "0s", "--timeout", "-1s")
	if got.code != ExitUsage || !strings.HasPrefix(got.errs, "deltatap: --timeout: not positive\n") {
		t.Errorf("exit %d, %s", got.code, got.errs)
	}
}

// A target that takes everything and never answers is one that gave no answer in time: no fault of deltatap's own.
func TestTargetThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaying(t, "--speed", "max")
		p.settle = func(context.Context) error { return &emit.NoAnswerError{After: 2 * time.Second} }
		p.want(writeEvents(t, 2), ExitUnreachable, "deltatap: test://target: no acknowledgement in 2s\n", "played 2 records")
		for _, patience := range []time.Duration{0, time.Minute} {
			want := settleFor + patience
			p = newPlaying(t, "--speed", "max")
			p.target.patience = patience
			p.settle = func(ctx context.Context) error {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			began := time.Now()
			p.want(writeEvents(t, 2), ExitUnreachable, "deltatap: test://target: no answer in "+want.String()+"\n", "played 2 records")
			if took := time.Since(began); took != want {
				t.Errorf("it waited for %v, want %v", took, want)
			}
		}
	})
}

func TestStepTakesLines(t *testing.T) {
	path := writeEvents(t, 5)
	p := newPlaying(t, "--step")
	p.app.In = strings.NewReader("\n \nwhat?\nq\n\n")
	p.want(path, ExitOK, "not to its end", "go on with --from 3")
	if diff := cmp.Diff([]int64{1, 2}, p.sent); diff != "" {
		t.Errorf("sent (want -, got +):\n%s", diff)
	}
	p = newPlaying(t, "--step")
	p.app.In = strings.NewReader("\n")
	p.want(path, ExitOK, "not to its end", "go on with --from 2") // the end of the lines is the end of the replay
}

func TestKeys(t *testing.T) {
	for key, want := range map[byte]player.Command{' ': player.Next, '\r': player.Next, 'p': player.Toggle, 'q': player.Quit, 3: player.Quit} {
		if got, ok := keyCommand(key); !ok || got != want {
			t.Errorf("key %q is %v, %v", key, got, ok)
		}
	}
	if _, ok := keyCommand('x'); ok {
		t.Error("any key is a command")
	}
}

func TestSessionClockRunsBetweenRecordsAndNotPastThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Date(2026, 11, 23, 1, 28, 31, 0, time.UTC)
		c := newSessionClock(started, 2, time.Now)
		check := func(want time.Duration) {
			t.Helper()
			if got := c.now().Sub(started); got != want {
				t.Errorf("it stands at %v, want %v", got, want)
			}
		}
		c.expect(10 * time.Second)
		time.Sleep(3 * time.Second)
		check(6 * time.Second)
		time.Sleep(3 * time.Second) // paused, for instance
		check(10 * time.Second)
		c.reach(10 * time.Second)
		check(10 * time.Second)
		time.Sleep(time.Second)
		check(10 * time.Second) // nothing is known of what comes
		c.end()
		time.Sleep(time.Minute)
		check(70 * time.Second)
	})
}

func TestReplayRefusesWhatItCannotDo(t *testing.T) {
	path := writeEvents(t, 1)
	for _, c := range []struct {
		says string
		args []string
	}{
		{"--speed \"fast\"", []string{"--speed", "fast"}},
		{"--speed \"0\"", []string{"--speed", "0"}},
		{"--rate -1", []string{"--rate", "-1"}},
		{"--rate sets the pace", []string{"--rate", "5", "--speed", "max"}},
		{"--max-gap -1s", []string{"--max-gap", "-1s"}},
		{"--loop -1", []string{"--loop", "-1"}},
		{"--from: \"soon\"", []string{"--from", "soon"}},
		{"--until: \"-1s\"", []string{"--until", "-1s"}},
		{"--fault \"drop\"", []string{"--fault", "drop"}},
		{"--fault-log goes with --fault", []string{"--fault-log", "x"}},
		{"--fault-log -: want a file", []string{"--fault", "drop=1%", "--fault-log", "-"}},
		{"--ready-file -: want a file", []string{"--ready-file", "-"}},
		{"--fault \",\": nothing is to go wrong", []string{"--fault", ","}},
		{"--user \"me\"", []string{"--user", "me"}},
		{"--user \"8\": one user is named", []string{"--user", "7", "--user", "8"}},
		{"--user \"3=9\": user 3 is mapped", []string{"--user", "3=7", "--user", "3=9"}},
		{"--clock \"noon\"", []string{"--clock", "noon"}},
		{"--output \"xml\"", []string{"-o", "xml"}},
		{"--client \"web\"", []string{"--client", "web"}},
		{"--to \"ftp://host\": no such target", []string{"--to", "ftp://host"}},
		{"--to \"redis:…\"", []string{"--to", "redis:secret"}},
		{"--to \"serve://localhost\"", []string{"--to", "serve://localhost"}},
		{"--context names a server", []string{"--context", "x"}},
		{"--expect: standard output cannot tell", []string{"--to", "-", "--expect", "x"}},
		{"--expect-client goes with", []string{"--to", "-", "--expect-client", "x"}},
		{"--linger goes with", []string{"--to", "-", "--linger", "1s"}},
		{"--ready-file goes with", []string{"--to", "-", "--ready-file", "x"}},
		{"--wait-for-client goes with", []string{"--to", "-", "--wait-for-client"}},
		{"--linger -1m0s", []string{"--linger", "-1m"}},
		{"--expect goes with a replay that ends", []string{"--loop", "0", "--expect", "x"}},
	} {
		got := deltatap(t.Context(), append([]string{"replay", path}, c.args...)...)
		if got.code != ExitUsage || !strings.Contains(got.errs, "deltatap: "+c.says) {
			t.Errorf("replay %v: exit %d, %s", c.args, got.code, got.errs)
		}
		if strings.Contains(got.errs, "secret") {
			t.Errorf("replay %v tells the secret: %s", c.args, got.errs)
		}
	}
}

func TestStandardInputIsLookedAtUpToTheFirstDelta(t *testing.T) {
	p := &replayPlan{session: recording{names: []string{"-"}}, replayOptions: &replayOptions{}}
	text, err := os.ReadFile(writeEvents(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	in := &input{name: "standard input", ReadCloser: io.NopCloser(bytes.NewReader(text))}
	src, err := in.source(&App{Now: time.Now}, "")
	if err != nil {
		t.Fatal(err)
	}
	o := &openedSession{in, src}
	if err := p.findPlans(t.Context(), nil, o); err != nil || len(p.plans) > 0 {
		t.Fatalf("%d plans, %v", len(p.plans), err)
	}
	if ahead := o.src.(*readAhead); len(ahead.kept) != 1 {
		t.Errorf("%d records were read ahead", len(ahead.kept))
	}
	var rec session.Record
	for n := int64(1); n <= 3; n++ {
		if err := o.src.Next(&rec); err != nil || rec.N != n || !bytes.Contains(rec.Args, fmt.Appendf(nil, `"version":%d,`, n)) {
			t.Errorf("record %d is %d, %s, %v", n, rec.N, rec.Args, err)
		}
	}
}
