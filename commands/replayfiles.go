package commands

import (
	"os"
	"path/filepath"
)

// files refuses to write where the replay reads, or twice: --force, and a ready file that is always
// made anew, would take the session away that is being played.
func (p *replayPlan) files() error {
	outs := []struct{ flag, path string }{{"--fault-log", p.faultLog}, {"--ready-file", p.readyFile}}
	for _, out := range outs {
		if err := realFile(out.flag, out.path); err != nil {
			return err
		}
	}
	for _, name := range p.session.names {
		for _, out := range outs {
			if name != "-" && !builtIn(name) && sameFile(out.path, name) {
				return usage("", "%s %s: the session is read from there", out.flag, out.path)
			}
		}
	}
	for _, two := range []struct{ flag, path, other, says string }{
		{"--fault-log", p.faultLog, p.expect, "--expect is read from there"},
		{"--fault-log", p.faultLog, p.expectClient, "--expect-client is read from there"},
		{"--ready-file", p.readyFile, p.expect, "--expect is read from there"},
		{"--ready-file", p.readyFile, p.expectClient, "--expect-client is read from there"},
		{"--ready-file", p.readyFile, p.faultLog, "--fault-log goes there"},
	} {
		if sameFile(two.path, two.other) {
			return usage("", "%s %s: %s", two.flag, two.path, two.says)
		}
	}
	return nil
}

// realFile refuses a dash for a file to write: it would be a file of that name, and is meant for
// standard output.
func realFile(flag, path string) error {
	if path == "-" {
		return usage("/dev/stdout is one, where there is such a thing", "%s -: want a file", flag)
	}
	return nil
}

// sameFile tells whether two paths name one file, be it there already or not. Devices and pipes are
// nobody's: all may write there.
func sameFile(a, b string) bool {
	if a == "" || b == "" || special(a) {
		return false
	}
	isA, errA := os.Stat(a)
	isB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(isA, isB)
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}
