package commands

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/synth"
)

// ran is what a run of deltatap came to.
type ran struct {
	code      int
	out, errs string
}

// deltatap runs a command line without a terminal, and without anything on standard input.
func deltatap(ctx context.Context, args ...string) ran {
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs,
		Env: func(string) string { return "" }, Now: time.Now,
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	code := Run(ctx, app, args)
	return ran{code, out.String(), errs.String()}
}

func wantSession(t *testing.T, o synth.Options) string {
	t.Helper()
	s, err := synth.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	w, err := session.NewWriter(&text, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	var rec session.Record
	for s.Next(&rec) == nil {
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestSynthMakesWhatItsFlagsSay(t *testing.T) {
	start := time.Date(2027, 1, 5, 6, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		args string
		want synth.Options
	}{
		{"synth", synth.Options{}},
		{"synth burst --deltas 50 --seed 7", synth.Options{Profile: synth.Burst, Deltas: 50, Seed: 7}},
		{"synth --profile burst --deltas 50", synth.Options{Profile: synth.Burst, Deltas: 50}},
		{
			"synth bulk --items 9 --deltas 30 --duration 5m --users 3 --start 2027-01-05T07:00:00+01:00",
			synth.Options{Profile: synth.Bulk, Items: 9, Deltas: 30, Duration: 5 * time.Minute, Users: 3, Start: start},
		},
		{
			"synth day --deltas 200 --faulty data-missing,version-duplicate --faulty plan-action",
			synth.Options{Deltas: 200, Faulty: []string{"data-missing", "version-duplicate", "plan-action"}},
		},
		{"synth synth:bulk?deltas=30&seed=2 --seed 5", synth.Options{Profile: synth.Bulk, Deltas: 30, Seed: 5}},
	} {
		got := deltatap(t.Context(), strings.Fields(tc.args)...)
		if got.code != 0 || got.out != wantSession(t, tc.want) || got.errs != "" {
			t.Errorf("%s: exit %d, %d bytes, %s", tc.args, got.code, len(got.out), got.errs)
		}
	}
}

func TestSynthWritesFilesWhole(t *testing.T) {
	dir := t.TempDir()
	plain, packed, plan := filepath.Join(dir, "a.ndjson"), filepath.Join(dir, "a.ndjson.zst"), filepath.Join(dir, "plan.json")
	got := deltatap(t.Context(), "synth", "--deltas", "40", "--out", plain, "--plan", plan)
	if got.code != 0 || got.out != "" || !strings.Contains(got.errs, plain+": ") || !strings.Contains(got.errs, "plan at the end") {
		t.Fatalf("exit %d, %q, %s", got.code, got.out, got.errs)
	}
	text, err := os.ReadFile(plain)
	if err != nil || string(text) != wantSession(t, synth.Options{Deltas: 40}) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	final, err := synth.FinalPlan(synth.Options{Deltas: 40})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(plan); err != nil || string(text) != string(final)+"\n" {
		t.Errorf("plan of %d bytes, %v", len(text), err)
	}
	if got := deltatap(t.Context(), "synth", "--deltas", "40", "--out", packed); got.code != 0 {
		t.Errorf("exit %d, %s", got.code, got.errs)
	}
	text, err = os.ReadFile(packed)
	if err != nil || !bytes.HasPrefix(text, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		t.Errorf("%.4x, %v", text, err)
	}
}

func TestSynthReplacesNothingUnasked(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--out", "--plan"} {
		got := deltatap(t.Context(), "synth", "--deltas", "5", flag, there)
		if got.code != ExitUsage || got.out != "" || !strings.Contains(got.errs, "it exists already") {
			t.Errorf("%s: exit %d, %q, %s", flag, got.code, got.out, got.errs)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("it holds %q now, %v", text, err)
	}
	if got := deltatap(t.Context(), "synth", "--deltas", "5", "--force", "--out", there); got.code != 0 {
		t.Errorf("exit %d, %s", got.code, got.errs)
	}
}

func TestSynthRefusesWhatItCannotMake(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.ndjson")
	for args, want := range map[string]string{
		"night":                 `synth: profile: there is no "night"`,
		"synth:day?delta=5":     "synth: delta: there are seed",
		"day --profile burst":   `PROFILE is "day", and --profile "burst"`,
		"--start tomorrow":      `--start "tomorrow": want a time`,
		"--faulty no-such-rule": `synth: faulty: cannot break "no-such-rule"`,
		"--deltas 1000000 -v -v day --duration 1s": "synth: duration: 1000000 deltas do not fit into 1s",
		"day --force --plan " + out:                "--out and --plan are one file: " + out,
		"day burst":                                "accepts at most 1 arg",
	} {
		got := deltatap(t.Context(), append([]string{"synth", "--out", out}, strings.Fields(args)...)...)
		if got.code != ExitUsage || !strings.Contains(got.errs, want) || got.out != "" {
			t.Errorf("%s: exit %d, %s", args, got.code, got.errs)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: something was written", args)
		}
	}
}

func TestSynthLeavesNothingWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	dir := t.TempDir()
	deltatap(ctx, "synth", "burst", "--out", filepath.Join(dir, "out.ndjson"), "--plan", filepath.Join(dir, "plan.json"))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestSynthHelpListsTheProfiles(t *testing.T) {
	said := strings.Join(strings.Fields(deltatap(t.Context(), "synth", "--help").out), " ") // however it is folded
	for _, p := range synth.Profiles() {
		if !strings.Contains(said, string(p.Name)) || !strings.Contains(said, p.Says) {
			t.Errorf("%s is not in the help", p.Name)
		}
	}
}

func TestMadeUpSessionsAreSessions(t *testing.T) {
	text, err := openSynth("synth:day?deltas=20")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	if _, err := session.NewReader(text); err != nil {
		t.Error(err)
	}
	if _, err := openSynth("synth:night"); err == nil || !strings.Contains(err.Error(), `there is no "night"`) {
		t.Error(err)
	}
}
