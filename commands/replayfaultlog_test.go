package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/google/go-cmp/cmp"
)

func readFaults(t *testing.T, path string) (entries []fault.Entry) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var e fault.Entry
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return entries
		} else if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
}

func TestFaultsAreTheSameWhereverAReplayBegins(t *testing.T) {
	path := writeEvents(t, 40)
	const faults = "drop=20%,duplicate=20%,reorder=20%,stale=20%"
	play := func(log string, args ...string) (*playing, []fault.Entry) {
		p := newPlaying(t, append(args, "--speed", "max", "--fault", faults, "--seed", "7", "--fault-log", log)...)
		p.want(path, 0)
		return p, readFaults(t, log)
	}
	whole, all := play(filepath.Join(t.TempDir(), "whole"))
	part, some := play(filepath.Join(t.TempDir(), "part"), "--from", "21")
	if len(some) == 0 || len(some) >= len(all) {
		t.Fatalf("%d of %d faults", len(some), len(all))
	}
	if diff := cmp.Diff(all[len(all)-len(some):], some); diff != "" {
		t.Errorf("the faults differ (whole -, from the middle +):\n%s", diff)
	}
	if diff := cmp.Diff(whole.sent[len(whole.sent)-len(part.sent):], part.sent); diff != "" {
		t.Errorf("what is sent differs (whole -, from the middle +):\n%s", diff)
	}
}

func TestFaultLogIsNotOverwritten(t *testing.T) {
	path, log := writeEvents(t, 1), filepath.Join(t.TempDir(), "faults.ndjson")
	if err := os.WriteFile(log, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	newPlaying(t, "--fault", "drop=100%", "--fault-log", log).want(path, ExitUsage, "it exists already", "hint: --force")
	if text, _ := os.ReadFile(log); string(text) != "mine" {
		t.Errorf("it holds %q", text)
	}
	newPlaying(t, "--speed", "max", "--fault", "drop=100%", "--fault-log", log, "--force").want(path, ExitOK)
	info, err := os.Stat(log)
	if err != nil || info.Mode().Perm() != 0o600 || len(readFaults(t, log)) != 1 {
		t.Errorf("by force it has mode %v (%v)", info.Mode().Perm(), err)
	}
}

// A target that does not open leaves no log behind, which would be in the way of the next try.
func TestFaultLogBeginsWithTheTarget(t *testing.T) {
	path, log := writeEvents(t, 1), filepath.Join(t.TempDir(), "faults.ndjson")
	for target, code := range map[string]int{
		"redis://127.0.0.1:1": ExitUnreachable, "postgres://127.0.0.1:1/care": ExitUnreachable,
	} {
		got := deltatap(t.Context(), "replay", path, "--to", target, "--user", "7", "--yes", "--fault", "drop=100%", "--fault-log", log)
		if got.code != code {
			t.Errorf("%s: exit %d, %s", target, got.code, got.errs)
		}
		if _, err := os.Lstat(log); err == nil {
			t.Fatalf("%s: a log was left behind", target)
		}
	}
}

// A replay whose target cannot be opened leaves no fault log behind, which the next attempt would stumble over.
func TestFaultLogOfAReplayThatNeverBegan(t *testing.T) {
	path, log := writeEvents(t, 1), filepath.Join(t.TempDir(), "faults.ndjson")
	p := newPlaying(t, "--speed", "max", "--fault", "drop=100%", "--fault-log", log)
	p.target.open = func(context.Context, *App, opening) (*openTarget, error) {
		return nil, &sink.LostError{Target: "test://target", Err: errors.New("nobody is there")}
	}
	p.want(path, ExitUnreachable, "nobody is there")
	if _, err := os.Lstat(log); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is there: %v", err)
	}
	newPlaying(t, "--speed", "max", "--fault", "drop=100%", "--fault-log", log).want(path, ExitOK)
}
