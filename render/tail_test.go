package render

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with testdata/name. Escape characters are written as \e there, so that the files can be read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", `\e`)
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, d)
	}
}

func columnsOf(n int) func() int { return func() int { return n } }

// play shows a session of testdata as tail would.
func play(t *testing.T, name string, out, err io.Writer, opts TailOptions) {
	t.Helper()
	f, ferr := os.Open(filepath.Join("testdata", name+".ndjson"))
	if ferr != nil {
		t.Fatal(ferr)
	}
	defer f.Close()
	r, ferr := session.NewReader(f)
	if ferr != nil {
		t.Fatal(ferr)
	}
	opts.Started, opts.Location = r.Header().Started, time.UTC
	p := player{tail: NewTail(out, err, opts)}
	p.account.OnGap = func(g versions.Gap) { p.gaps = append(p.gaps, g) }
	var rec session.Record
	for ferr = r.Next(&rec); ferr == nil; ferr = r.Next(&rec) {
		if err := p.record(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if ferr != io.EOF {
		t.Fatal(ferr)
	}
	if err := p.tail.End(Ending{Elapsed: rec.T, Versions: p.account.Report()}); err != nil {
		t.Fatal(err)
	}
}

type player struct {
	tail    *Tail
	message contract.Message
	checker contract.Checker
	account versions.Account
	gaps    []versions.Gap
}

func (p *player) record(rec *session.Record) error {
	switch rec.Kind {
	case session.KindConnect:
		p.account.Connect(rec.T)
	case session.KindDisconnect, session.KindConnectError:
		p.account.Disconnect(rec.T)
	case session.KindPlan:
		if rec.Status == 200 {
			p.account.Plan(rec.T, rec.Took, 40)
			return p.tail.Plan(rec, 40, 12, 1)
		}
	case session.KindEvent:
		if rec.Event == contract.Event {
			return p.deltas(rec)
		}
	}
	return p.tail.State(rec)
}

func (p *player) deltas(rec *session.Record) error {
	p.gaps = p.gaps[:0]
	contract.Decode(rec.Args, &p.message)
	p.account.Message(rec.N, rec.T, &p.message)
	var found []contract.Finding
	p.checker.Check(&p.message, func(f contract.Finding) { found = append(found, f) })
	if err := p.tail.Message(rec, &p.message); err != nil {
		return err
	}
	if err := p.tail.Gaps(rec.T, p.gaps); err != nil {
		return err
	}
	return p.tail.Findings(rec, &p.message, found)
}

func TestTailGolden(t *testing.T) {
	plain := theme.Plain()
	for _, tt := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{
		{"plain-80", 80, plain},
		{"plain-100", 100, plain},
		{"plain-200", 200, plain},
		{"ascii-80", 80, plain.ASCII()},
		{"dark-80", 80, theme.New(theme.TrueColor, true)},
		{"light-80", 80, theme.New(theme.TrueColor, false)},
		{"dark-200", 200, theme.New(theme.ANSI256, true)},
		{"light-200", 200, theme.New(theme.ANSI, false)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, session := range []string{"owner-day", "rough-night"} {
				var screen bytes.Buffer
				opts := TailOptions{Width: columnsOf(tt.width), ErrWidth: columnsOf(tt.width), Theme: tt.theme, ErrTheme: tt.theme}
				play(t, session, &screen, &screen, opts)
				golden(t, session+"-"+tt.name+".golden", screen.String())
				checkLines(t, screen.String(), tt.width)
				checkBlanks(t, screen.String())
			}
		})
	}
}

func TestTailPipedGolden(t *testing.T) {
	for _, session := range []string{"owner-day", "rough-night"} {
		var out, err bytes.Buffer
		play(t, session, &out, &err, TailOptions{})
		golden(t, session+"-piped.golden", out.String())
		golden(t, session+"-piped-state.golden", err.String())
		checkLines(t, out.String(), unlimited)
		checkBlanks(t, out.String())
		for line := range strings.Lines(out.String()) {
			if n := len(strings.Fields(line)); n < 5 {
				t.Errorf("line has %d fields, want at least time, version, item, action and source: %q", n, line)
			}
		}
	}
}

// checkLines finds lines that are too wide or that hold what a terminal would act on.
func checkLines(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		bare := uncoloured(strings.TrimSuffix(line, "\n"))
		if Clean(bare) != bare {
			t.Errorf("line is not clean: %q", line)
		}
		if n := Width(bare); n > width {
			t.Errorf("line is %d columns wide, more than %d: %q", n, width, bare)
		}
	}
}

// checkBlanks finds lines that end in blanks.
func checkBlanks(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasSuffix(uncoloured(line), " \n") {
			t.Errorf("line ends in blanks: %q", line)
		}
	}
}

// uncoloured takes out the escape sequences that a theme puts in: digits and semicolons between ESC [ and m.
func uncoloured(s string) string {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		s = strings.TrimPrefix(strings.TrimLeft(rest, "0123456789;"), "m")
	}
}

type brokenPipe struct{ err error }

func (w brokenPipe) Write([]byte) (int, error) { return 0, w.err }

func TestTailStopsAtBrokenPipe(t *testing.T) {
	broken := errors.New("broken pipe")
	tail := NewTail(brokenPipe{broken}, io.Discard, TailOptions{})
	rec := &session.Record{Kind: session.KindEvent, Args: []byte(benchAppointment)}
	var m contract.Message
	contract.Decode(rec.Args, &m)
	if err := tail.Message(rec, &m); err != nil {
		t.Errorf("first message: got %v, want it held back", err)
	}
	if err := tail.Flush(); err != broken {
		t.Errorf("flush: got %v, want %v", err, broken)
	}
	if err := tail.Message(rec, &m); err != broken {
		t.Errorf("message after a failure: got %v, want %v", err, broken)
	}
	if err := tail.State(&session.Record{Kind: session.KindMark}); err != broken {
		t.Errorf("state after a failure: got %v, want %v", err, broken)
	}
}

func TestTailHoldsBackALimitedAmount(t *testing.T) {
	var out bytes.Buffer
	tail := NewTail(&out, io.Discard, TailOptions{})
	rec := &session.Record{Kind: session.KindEvent, Args: []byte(benchAppointment)}
	var m contract.Message
	contract.Decode(rec.Args, &m)
	for range 1000 {
		if err := tail.Message(rec, &m); err != nil {
			t.Fatal(err)
		}
		if len(tail.buf) > held+1024 {
			t.Fatalf("%d bytes are held back", len(tail.buf))
		}
	}
	if out.Len() == 0 {
		t.Error("nothing was written before Flush")
	}
}

func TestTailFollowsTheWindow(t *testing.T) {
	var screen bytes.Buffer
	width := 80
	tail := NewTail(&screen, &screen, TailOptions{Width: func() int { return width }, ErrWidth: func() int { return width }, Location: time.UTC})
	rec := &session.Record{Kind: session.KindEvent, Args: []byte(benchAppointment)}
	var m contract.Message
	contract.Decode(rec.Args, &m)
	for _, width = range []int{80, 200} {
		if err := errors.Join(tail.Flush(), tail.Message(rec, &m), tail.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(screen.String(), "\n"), "\n")
	narrow, wide := lines[len(lines)-2], lines[len(lines)-1]
	if strings.Contains(narrow, "Riverside") || !strings.Contains(wide, "Riverside") {
		t.Errorf("the place is to be shown once there is room:\n%s", screen.String())
	}
}

func TestTailTimes(t *testing.T) {
	started := time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)
	berlin := time.FixedZone("CET", 3600)
	for _, tt := range []struct {
		name string
		opts TailOptions
		want []string
	}{
		{"zone", TailOptions{Location: berlin}, []string{"00:59:59.250", "01:00:01.000"}},
		{"terminal", TailOptions{Location: berlin, ErrWidth: columnsOf(100)}, []string{"Tue 24 Nov 2026, CET", "00:59:59.250", "01:00:01.000"}},
		{"utc", TailOptions{Location: time.UTC}, []string{"23:59:59.250", "Tue 24 Nov 2026", "00:00:01.000"}},
		{"relative", TailOptions{Relative: true}, []string{"      0.250s", "      2.000s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Started = started
			var screen bytes.Buffer
			tail := NewTail(&screen, &screen, tt.opts)
			for _, at := range []time.Duration{250 * time.Millisecond, 2 * time.Second} {
				if err := tail.Note(at, "x"); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for line := range strings.Lines(screen.String()) {
				got = append(got, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "  · x"))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("times differ (-want +got):\n%s", d)
			}
		})
	}
}
