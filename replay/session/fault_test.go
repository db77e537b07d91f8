package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFaults has the file system fail at every point of a sealed recording of several parts: what is left is readable, holds
// exactly the records that are said to be written, and the rest is said to be lost.
func TestFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]func(k int) *testFS{
		"full":      func(k int) *testFS { return &testFS{room: int64(350 + 97*k)} },
		"no inodes": func(k int) *testFS { return &testFS{failMake: k + 2} },
		"rename":    func(k int) *testFS { return &testFS{failMove: k + 1} },
		"write":     func(k int) *testFS { return &testFS{failAt: k + 2} },
		"sync":      func(k int) *testFS { return &testFS{failSync: k + 2} },
	}
	for fault, make := range faults {
		for _, name := range names {
			for _, rotate := range []time.Duration{0, 7 * time.Millisecond} {
				failed := 0
				for k := range 60 {
					if checkFault(t, fmt.Sprintf("%s %d, %s, rotated %v", fault, k, name, rotate), make(k), name, rotate) {
						failed++
					}
				}
				if failed == 0 && (rotate > 0 || fault != "no inodes" && fault != "rename") {
					t.Errorf("%s, %s: nothing ever failed", fault, name)
				}
			}
		}
	}
}

// checkFault records on a disk that may fail, and returns whether it did.
func checkFault(t *testing.T, what string, disk *testFS, name string, rotate time.Duration) bool {
	t.Helper()
	f, err := Create(name, sampleHeader(), Options{FS: disk, Seal: true, RotateEvery: rotate})
	if err != nil {
		if len(disk.files) > 0 {
			t.Errorf("%s: creating failed with %v, and left %d files", what, err, len(disk.files))
		}
		return true
	}
	const events = 24
	shown := int64(0)
	for n := range events {
		_ = f.Write(event(n, 60+n))
		if n%3 == 2 {
			_ = f.Sync()
			shown = max(shown, f.Synced())
		}
	}
	_ = f.Write(&Record{T: time.Second, Kind: KindEnd, Reason: "interrupt"})
	err = f.Close()
	s := f.Stats()
	held, last := heldRecords(t, what, disk, name)
	if held != s.Written || s.Written+s.Lost != events+1 || s.Received != events+1 {
		t.Errorf("%s: holds %d records, and says %+v", what, held, s)
	}
	if last < shown || last < f.Synced() {
		t.Errorf("%s: record %d was shown, %d is synced, and %d is held", what, shown, f.Synced(), last)
	}
	if err == nil && s.Lost > 0 { // the end of a compressed file may fail where all its records are safe
		t.Errorf("%s: %d lost, and closing gives %v", what, s.Lost, err)
	}
	if err != nil && !errors.Is(err, errNoSpace) && !errors.Is(err, errIO) {
		t.Errorf("%s: closing gives %v", what, err)
	}
	return err != nil
}

// heldRecords counts what is left of the records that were given to a File, in all parts, and finds the last one's number.
func heldRecords(t *testing.T, what string, disk *testFS, name string) (held, last int64) {
	t.Helper()
	for file := range disk.files {
		if strings.HasPrefix(file, ".") {
			t.Errorf("%s: %s is left", what, file)
		}
	}
	for part := 1; disk.files[PartName(name, part)] != nil; part++ {
		_, lines, bad := read(t, disk.files[PartName(name, part)].data)
		if len(bad) > 0 {
			t.Errorf("%s, part %d: %v", what, part, bad)
		}
		for _, line := range lines {
			var rec Record
			do(t, ParseRecord([]byte(line), &rec))
			if last = rec.N; rec.Kind != KindSeal && rec.Reason != ReasonRotated {
				held++
			}
		}
	}
	return held, last
}
