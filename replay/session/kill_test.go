package session

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// recordTo is set in the environment of a copy of the test that records to that path until it is killed.
const recordTo = "DELTATAP_TEST_RECORD_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(recordTo); path != "" {
		recordForEver(path)
	}
	goleak.VerifyTestMain(m)
}

// recordForEver records as fast as it can, and says on standard output what is durable, as a recorder would show it.
func recordForEver(path string) {
	f, err := Create(path, sampleHeader(), Options{RotateSize: 256 << 10})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() {
		for n := 1; ; n++ {
			if err := f.Write(event(n, 500)); err != nil {
				os.Exit(1)
			}
			if n%500 == 0 { // 50,000 a second or so
				time.Sleep(10 * time.Millisecond)
			}
		}
	}()
	for {
		fmt.Println(f.Synced())
		time.Sleep(time.Millisecond)
	}
}

// TestKilled kills a recorder at random moments: what is left is readable, and holds what was shown and more.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rounds := 12
	if testing.Short() {
		rounds = len(names)
	}
	if n, err := strconv.Atoi(os.Getenv("DELTATAP_TEST_KILLS")); err == nil {
		rounds = n
	}
	for i := range rounds {
		path := filepath.Join(t.TempDir(), names[i%len(names)])
		shown := recordAndKill(t, self, path, time.Duration(rand.IntN(100))*time.Millisecond)
		paths := []string{path}
		for part := 2; ; part++ {
			if _, err := os.Stat(PartName(path, part)); err != nil {
				break
			}
			paths = append(paths, PartName(path, part))
		}
		held := readKilled(t, paths)
		if held < shown {
			t.Errorf("%s, %d parts: %d records were shown, and %d are held", path, len(paths), shown, held)
		}
	}
}

// recordAndKill lets a recorder work for a while after its first record, and returns what it had shown when it was killed.
func recordAndKill(t *testing.T, self, path string, after time.Duration) (shown int64) {
	t.Helper()
	child := exec.Command(self)
	child.Env = append(os.Environ(), recordTo+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Errorf("the recorder says %q", lines.Text())
			break
		}
		shown = n
		if shown > 0 && timer == nil {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
			defer timer.Stop()
		}
	}
	_ = child.Process.Kill()
	_ = child.Wait() // it says that the child was killed
	return shown
}

// readKilled reads what is left, checks that it goes on without a gap, and returns the last record's number.
func readKilled(t *testing.T, paths []string) int64 {
	t.Helper()
	p, err := OpenAll(paths)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var n int64
	for _, rec := range readAll(t, p) {
		if rec.N != n+1 {
			t.Errorf("record %d follows record %d", rec.N, n)
		}
		n = rec.N
	}
	return n
}
