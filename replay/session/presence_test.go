package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTakenAway has another program take the file of a recording away while it is being written: it says so at once, even
// where nothing more comes, writes nothing more, and counts as written what can be read back.
func TestTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file stays where it is")
	}
	for _, name := range names {
		for _, c := range []struct {
			name, says string
			kept       int64 // of 20 records; -1 is all
			take       func(t *testing.T, path string)
		}{
			{"removed", "removed the file", 0, func(t *testing.T, path string) { do(t, os.Remove(path)) }},
			{"folder removed", "removed the file", 0, func(t *testing.T, path string) { do(t, os.RemoveAll(filepath.Dir(path))) }},
			{"moved", "moved the file away", -1, func(t *testing.T, path string) { do(t, os.Rename(path, path+".old")) }},
			{"replaced", "put another file in its place", 0, func(t *testing.T, path string) {
				do(t, os.WriteFile(path+".new", []byte("other"), 0o600))
				do(t, os.Rename(path+".new", path))
			}},
			{"emptied", "cut the file to 0 of", 0, func(t *testing.T, path string) { do(t, os.Truncate(path, 0)) }},
			{"written to", "wrote to the file", -1, func(t *testing.T, path string) {
				file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
				do(t, err)
				_, err = file.WriteString("{}\n")
				do(t, err)
				do(t, file.Close())
			}},
		} {
			for _, moment := range []string{"idle", "writing", "closing"} {
				t.Run(name+" "+c.name+" "+moment, func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "folder", name)
					do(t, os.Mkdir(filepath.Dir(path), 0o700))
					f := createTaken(t, path)
					c.take(t, path)
					given := int64(20)
					switch moment {
					case "idle":
						if err := f.Sync(); err == nil {
							t.Error("nothing is said at once")
						}
					case "writing":
						for n := 0; f.Write(event(n, 10)) == nil; n++ {
							time.Sleep(time.Millisecond)
						}
						given = f.Stats().Received
					}
					var gone *GoneError
					if err := f.Close(); !errors.As(err, &gone) || !strings.Contains(err.Error(), c.says) {
						t.Fatalf("closing gives %v", err)
					}
					s := f.Stats()
					if s.Received != given || s.Written+s.Lost != given {
						t.Errorf("stats are %+v, of %d records", s, given)
					}
					if c.kept >= 0 && s.Written != c.kept || c.kept < 0 && s.Written < 20 {
						t.Errorf("%d are said to be written", s.Written)
					}
					if c.name == "replaced" {
						if text, _ := os.ReadFile(path); string(text) != "other" {
							t.Errorf("the other file holds %q", text)
						}
					}
				})
			}
		}
	}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// createTaken starts a recording of 20 durable records.
func createTaken(t *testing.T, path string) *File {
	t.Helper()
	f, err := Create(path, sampleHeader(), Options{})
	do(t, err)
	for n := range 20 {
		do(t, f.Write(event(n, 10)))
	}
	do(t, f.Sync())
	return f
}

// TestCutInTheMiddle counts what another program left.
func TestCutInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.ndjson")
	f := createTaken(t, path)
	text, err := os.ReadFile(path)
	do(t, err)
	do(t, os.Truncate(path, int64(len(strings.Join(strings.SplitAfter(string(text), "\n")[:8], ""))+5)))
	if err := f.Close(); err == nil || !strings.Contains(err.Error(), "cut the file") {
		t.Errorf("closing gives %v", err)
	}
	if s := f.Stats(); s.Written != 7 || s.Lost != 13 || f.Synced() != 7 || f.ReadBack() != 7 {
		t.Errorf("stats are %+v, %d synced, %d read back", s, f.Synced(), f.ReadBack())
	}
}

// TestOneRecorderAFile starts four recordings with Force on one path at once: one gets it, and holds it to its end.
func TestOneRecorderAFile(t *testing.T) {
	for _, there := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "day.ndjson")
		if there {
			do(t, os.WriteFile(path, []byte("old"), 0o600))
		}
		var all sync.WaitGroup
		files, errs := make([]*File, 4), make([]error, 4)
		for i := range files {
			all.Go(func() { files[i], errs[i] = Create(path, sampleHeader(), Options{Force: true}) })
		}
		all.Wait()
		var mine *File
		for i, f := range files {
			switch {
			case f != nil && mine == nil:
				mine = f
			case f != nil:
				t.Error("two record into one file")
			case !errors.Is(errs[i], ErrRecording):
				t.Errorf("it is refused with %v", errs[i])
			}
		}
		if mine == nil {
			t.Fatal("nobody records")
		}
		for n := range 3 {
			do(t, mine.Write(event(n, 1)))
			do(t, mine.Sync())
			if _, err := Create(path, sampleHeader(), Options{Force: true}); !errors.Is(err, ErrRecording) {
				t.Errorf("after %d records another gets %v", n+1, err)
			}
		}
		do(t, mine.Close())
		f, err := Create(path, sampleHeader(), Options{Force: true})
		do(t, err)
		do(t, f.Close())
		checkFolder(t, filepath.Dir(path), "day.ndjson")
	}
}

// TestNothingElseIsReplaced holds that a file which appears where a recording is to go stays, and that nothing is left beside
// it.
func TestNothingElseIsReplaced(t *testing.T) {
	for _, o := range []Options{{Whole: true}, {Force: true}, {Force: true, Whole: true}} {
		path := filepath.Join(t.TempDir(), "day.ndjson")
		if o.Force {
			do(t, os.WriteFile(path, []byte("old"), 0o600))
		}
		f, err := Create(path, sampleHeader(), o)
		do(t, err)
		do(t, os.WriteFile(path+".new", []byte("precious"), 0o600))
		do(t, os.Rename(path+".new", path))
		do(t, f.Write(event(1, 1)))
		if err := f.Close(); !errors.Is(err, errTaken) {
			t.Errorf("%+v: closing gives %v", o, err)
		}
		if s := f.Stats(); s.Written != 0 || s.Lost != 1 || f.ReadBack() != 0 {
			t.Errorf("%+v: stats are %+v", o, s)
		}
		if text, _ := os.ReadFile(path); string(text) != "precious" {
			t.Errorf("%+v: it holds %q", o, text)
		}
		checkFolder(t, filepath.Dir(path), "day.ndjson")
	}
}

// TestWholeOnAFullDiskKeepsWhatIsThere holds that what Whole was to replace stays where the disk is full.
func TestWholeOnAFullDiskKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.ndjson")
	do(t, os.WriteFile(path, []byte("precious"), 0o600))
	f, err := Create(path, sampleHeader(), Options{Force: true, Whole: true, FS: &fullFS{room: 400}})
	do(t, err)
	for n := range 5 {
		_ = f.Write(event(n, 100))
	}
	if err := f.Close(); !errors.Is(err, errNoSpace) {
		t.Errorf("closing gives %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("it holds %q", text)
	}
	checkFolder(t, filepath.Dir(path), "day.ndjson")
}

// fullFS is the operating system's, with room for so many bytes.
type fullFS struct {
	osFS
	room int
}

type fullDisk struct {
	OSDisk
	fs *fullFS
}

func (s *fullFS) Create(name string) (Disk, error) {
	disk, err := s.osFS.Create(name)
	if err != nil {
		return nil, err
	}
	return &fullDisk{disk.(OSDisk), s}, nil
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.File.Write(p[:min(len(p), d.fs.room)])
	d.fs.room -= n
	if err == nil && n < len(p) {
		err = &fs.PathError{Op: "write", Path: d.Name(), Err: errNoSpace}
	}
	return n, err
}
