package session

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

var (
	errNoSpace = errors.New("no space left on device")
	errIO      = errors.New("input/output error")
)

// testFS is a file system in memory that can be full, slow and broken.
type testFS struct {
	mu       sync.Mutex
	files    map[string]*testDisk
	room     int64 // bytes that fit, all files together; 0 is no limit
	used     int64
	delay    time.Duration // what a sync takes
	failSync int           // the sync that fails, counted from 1
	gone     error         // what became of the files
	failMake int           // the file that cannot be made, counted from 1
	made     int
	failMove int // the rename that fails, counted from 1
	moves    int
	failAt   int // the write that fails, counted from 1, after half of it
	writes   int
	syncs    int
}

// testDisk is one file.
type testDisk struct {
	fs   *testFS
	data []byte
	good []byte // as of the last sync
	rows int64  // newlines in good
}

func (s *testFS) Create(name string) (Disk, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files[name] != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	if s.made++; s.made == s.failMake {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNoSpace} // there are no inodes left
	}
	if s.files == nil {
		s.files = map[string]*testDisk{}
	}
	s.files[name] = &testDisk{fs: s}
	return s.files[name], nil
}

func (s *testFS) Lock(string) (io.Closer, error) { return unlocked{}, nil }

func (s *testFS) Lstat(name string) (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

func (s *testFS) Glob(pattern string) ([]string, error) {
	var out []string
	for name := range s.files {
		if ok, _ := filepath.Match(pattern, name); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (s *testFS) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moves++; s.moves == s.failMove {
		return &fs.PathError{Op: "rename", Path: from, Err: errIO}
	}
	s.files[to] = s.files[from]
	delete(s.files, from)
	return nil
}

func (s *testFS) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	return nil
}

func (s *testFS) SyncFolder(string) error { return nil }

// durable is what a crash would leave of a file.
func (s *testFS) durable(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.files[name].good)
}

// durableLines is how many lines that is.
func (s *testFS) durableLines(name string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[name].rows
}

func (d *testDisk) Write(b []byte) (int, error) {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	n := len(b)
	if d.fs.writes++; d.fs.writes == d.fs.failAt {
		d.data = append(d.data, b[:n/2]...)
		return n / 2, errIO
	}
	if d.fs.room > 0 {
		n = min(n, int(d.fs.room-d.fs.used))
	}
	d.data = append(d.data, b[:n]...)
	d.fs.used += int64(n)
	if n < len(b) {
		return n, errNoSpace
	}
	return n, nil
}

func (d *testDisk) Sync() error {
	time.Sleep(d.fs.delay)
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	d.fs.syncs++
	if d.fs.syncs == d.fs.failSync {
		clear(d.data[len(d.good):]) // the pages are gone, and the next sync will not say so
		return errIO
	}
	d.rows += int64(bytes.Count(d.data[len(d.good):], newline))
	d.good = append(d.good, d.data[len(d.good):]...)
	return nil
}

func (d *testDisk) Truncate(size int64) error {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	d.fs.used -= int64(len(d.data)) - size
	d.data = d.data[:size]
	return nil
}

func (d *testDisk) Close() error { return nil }

func (d *testDisk) Check(string, int64) error {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	return d.fs.gone
}
