package commands

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsReadIsNeverWrittenInto(t *testing.T) {
	dir := t.TempDir()
	path, want := writeEvents(t, 2), filepath.Join(dir, "want.json")
	if err := os.WriteFile(want, []byte(`{"appointments":[],"bills":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.ndjson")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	fresh, again := filepath.Join(dir, "one"), filepath.Join(dir, ".", "x", "..", "one")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"--fault-log " + path + ": the session is read from there", []string{"--fault", "drop=1%", "--fault-log", path, "--force"}},
		{"--fault-log " + link + ": the session is read from there", []string{"--fault", "drop=1%", "--fault-log", link, "--force"}},
		{"--ready-file " + path + ": the session is read from there", []string{"--ready-file", path}},
		{"--ready-file " + want + ": --expect is read from there", []string{"--ready-file", want, "--expect", want}},
		{"--ready-file " + fresh + ": --expect-client is read from there", []string{"--ready-file", fresh, "--expect-client", fresh}},
		{"--ready-file " + again + ": --fault-log goes there", []string{"--ready-file", again, "--fault", "drop=1%", "--fault-log", fresh}},
	} {
		before, _ := os.ReadFile(path)
		got := deltatap(t.Context(), append([]string{"replay", path, "--speed", "max", "--linger", "0s"}, c.args...)...)
		if got.code != ExitUsage || !strings.Contains(got.errs, "deltatap: "+c.says+"\n") {
			t.Errorf("replay %v: exit %d, %s", c.args, got.code, got.errs)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Fatalf("replay %v: the session is %d bytes of %d, %v", c.args, len(after), len(before), err)
		}
	}
	if got := deltatap(t.Context(), "replay", path, "--speed", "max", "--linger", "0s", "--fault", "drop=1%", "--fault-log", os.DevNull, "--ready-file", os.DevNull); got.code != ExitOK {
		t.Errorf("a device may be both: exit %d, %s", got.code, got.errs)
	}
}
