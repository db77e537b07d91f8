package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// event is the n-th event of a test's recording, with so much to say.
func event(n, size int) *Record {
	return &Record{
		T: time.Duration(n) * time.Millisecond, Kind: KindEvent, Event: "plan:item-delta",
		Args: []byte(fmt.Sprintf(`[{"deltas":[],"pad":"%s"}]`, strings.Repeat("x", size))),
	}
}

var names = []string{"day.ndjson", "day.ndjson.zst", "day.ndjson.gz"}

func TestFileIsASession(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			f, err := Create(path, sampleHeader(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkMode(t, path)
			for _, rec := range sampleRecords() {
				if err := f.Write(&rec); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if got := text(t, path); got != sample {
				t.Errorf("(-want +got):\n%s", cmp.Diff(sample, got))
			}
			n := int64(len(sampleRecords()))
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			want := Stats{Received: n, Written: n, Bytes: info.Size(), Part: 1, Path: path}
			if diff := cmp.Diff(want, f.Stats()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := f.Write(event(1, 1)); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("writing after the end gave %v", err)
			}
		})
	}
}

func checkMode(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

// text is the text of a session file, whatever its compression.
func text(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := Decompress(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestFramesAreIndependentAndOfWholeLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "day.zst")
	f, err := Create(path, sampleHeader(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const events = 60_000
	big := 0
	for n := range events {
		size := 40
		if n%20_000 == 19_999 {
			size = 3 << 20 // a plan of some people is like that
			big++
		}
		if err := f.Write(event(n, size)); err != nil {
			t.Fatal(err)
		}
		if n%1000 == 0 {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := NewBlocks(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	total, frames, lines := 0, 0, 0
	for {
		b, err := blocks.Next()
		if err != nil {
			break
		}
		b.load()
		total += len(b.raw)
		lines += bytes.Count(b.raw, newline)
		if len(b.raw) > 0 {
			frames++
			if b.raw[len(b.raw)-1] != '\n' {
				t.Error("a frame ends within a line")
			}
		}
		if len(b.raw) > frameText && bytes.Count(b.raw, newline) > 1 {
			t.Errorf("a frame of %d lines holds %d bytes", bytes.Count(b.raw, newline), len(b.raw))
		}
	}
	if lines != events+1 {
		t.Errorf("%d lines, want %d", lines, events+1)
	}
	if most := total/frameText + 4*big + 8; frames > most {
		t.Errorf("%d frames for %d bytes, want %d at most", frames, total, most)
	}
}

func TestCreateDoesNotOverwrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "day.ndjson")
	if err := os.WriteFile(path, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, sampleHeader(), Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating it again gave %v", err)
	}
	f, err := Create(path, sampleHeader(), Options{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "precious" {
		t.Errorf("before the first record it is %q", got)
	}
	if err := f.Write(event(1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, path); !strings.HasPrefix(got, `{"deltatap":1`) {
		t.Errorf("after the first record it is %q", got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	checkMode(t, path)
	checkFolder(t, folder, "day.ndjson")
	if _, err := Create(folder, sampleHeader(), Options{Force: true}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("replacing a folder gave %v", err)
	}
	if _, err := Create(filepath.Join(folder, "no", "day"), sampleHeader(), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("creating in no folder gave %v", err)
	}
}

func checkFolder(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

func TestForceFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "real"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(folder, "link")); err != nil {
		t.Skip(err)
	}
	f, err := Create(filepath.Join(folder, "link"), sampleHeader(), Options{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, filepath.Join(folder, "real")); got != firstLine(sample) {
		t.Errorf("the file holds %q", got)
	}
	if _, err := os.Readlink(filepath.Join(folder, "link")); err != nil {
		t.Errorf("the link is gone: %v", err)
	}
}

func TestWholeOrNothing(t *testing.T) {
	for _, keep := range []bool{false, true} {
		folder := t.TempDir()
		path := filepath.Join(folder, "day.zst")
		f, err := Create(path, sampleHeader(), Options{Whole: true, RotateEvery: 5 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 12 {
			if err := f.Write(event(n, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("before the end: %v", err)
		}
		if keep {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			checkFolder(t, folder, "day.part0002.zst", "day.part0003.zst", "day.zst")
			continue
		}
		f.Discard()
		checkFolder(t, folder)
		if s := f.Stats(); s.Written != 0 || s.Lost != 12 {
			t.Errorf("stats are %+v", s)
		}
	}
}

// TestWholeOrNothingOnAFullDisk holds that nothing is left of what did not fit.
func TestWholeOrNothingOnAFullDisk(t *testing.T) {
	const events = 20
	for room := int64(400); room < 9000; room += 97 {
		disk := &testFS{room: room}
		f, err := Create("day.ndjson", sampleHeader(), Options{FS: disk, Whole: true, RotateEvery: 7 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		for n := range events {
			_ = f.Write(event(n, 200))
			_ = f.Sync()
		}
		err = f.Close()
		s := f.Stats()
		whole := err == nil && len(disk.files) == 3 && s.Written == events
		nothing := errors.Is(err, errNoSpace) && len(disk.files) == 0 && s.Lost == events
		if !whole && !nothing {
			t.Errorf("room %d: %v, %d files, %+v", room, err, len(disk.files), s)
		}
	}
}

// TestGroupCommit holds that a record is durable 10 ms after it was written, and not synced on its own.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &testFS{}
		f, err := Create("day", sampleHeader(), Options{FS: disk})
		if err != nil {
			t.Fatal(err)
		}
		before := disk.syncs
		for n := range 100 {
			if err := f.Write(event(n, 1)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		if got := f.Synced(); got < 80 {
			t.Errorf("%d records are durable after 100 ms", got)
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if got := f.Synced(); got != 100 {
			t.Errorf("%d records are durable after 110 ms", got)
		}
		if got := disk.syncs - before; got < 8 || got > 11 {
			t.Errorf("%d syncs", got)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSlowDisk holds that a disk that takes its time slows the records down, loses none, and is not lied about.
func TestSlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &testFS{delay: time.Second}
		f, err := Create("day", sampleHeader(), Options{FS: disk})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		const events, size = 48, 1 << 20
		for n := range events {
			if err := f.Write(event(n, size)); err != nil {
				t.Fatal(err)
			}
			if f.Synced() > disk.durableLines("day")-1 {
				t.Fatal("says that more is durable than is")
			}
		}
		if waited := time.Since(start); waited < 3*time.Second {
			t.Errorf("48 MiB were taken in %v, by a disk that takes a second each time", waited)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if s := f.Stats(); s.Written != events || s.Lost != 0 {
			t.Errorf("stats are %+v", s)
		}
	})
}

// TestDiskFull fills the disk at every so many bytes: the file is readable, and holds exactly the records that are said to
// be written.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for room := int64(150); room < 12_000; room += 83 {
				disk := &testFS{room: room}
				checkFailure(t, disk, name, errNoSpace)
			}
		})
	}
}

// TestSyncFails has the disk fail to make something durable, once, and say nothing of it later.
func TestSyncFails(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for k := 2; k < 6; k++ {
				checkFailure(t, &testFS{failSync: k}, name, errIO)
			}
		})
	}
}

func checkFailure(t *testing.T, disk *testFS, name string, want error) {
	t.Helper()
	f, err := Create(name, sampleHeader(), Options{FS: disk})
	if err != nil {
		if len(disk.files) > 0 || !errors.Is(err, want) {
			t.Errorf("creating failed with %v, and left %d files", err, len(disk.files))
		}
		return
	}
	const events = 40
	for n := range events {
		_ = f.Write(event(n, 300+n))
		if n%7 == 6 {
			_ = f.Sync()
		}
	}
	if err := f.Close(); !errors.Is(err, want) {
		if disk.room == 0 || err != nil {
			t.Errorf("closing gave %v", err)
		}
	}
	s := f.Stats()
	_, lines, bad := read(t, disk.files[name].data)
	if int64(len(lines)) != s.Written || len(bad) > 0 || s.Written+s.Lost != events || s.Received != events {
		t.Errorf("room %d: holds %d records and %v, and says %+v", disk.room, len(lines), bad, s)
	}
	if f.Synced() != s.Written {
		t.Errorf("room %d: %d are synced, %d written", disk.room, f.Synced(), s.Written)
	}
}

func TestEndCountsWhatWasLost(t *testing.T) {
	disk := &testFS{}
	f, err := Create("day", sampleHeader(), Options{FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	var tooLong *TooLongError
	if err := f.Write(event(1, MaxLine)); !errors.As(err, &tooLong) {
		t.Errorf("writing it gave %v", err)
	}
	if err := f.Write(&Record{Kind: KindEnd, Reason: "interrupt", Lost: 2}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	want := `{"n":1,"t":0.000000,"kind":"end","reason":"interrupt","records":1,"lost":3}` + "\n"
	if got := disk.durable("day"); !strings.HasSuffix(got, want) {
		t.Errorf("the file ends %.200q", got)
	}
}
