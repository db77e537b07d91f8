package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// GoneError says that another program took the file of a recording away, or wrote to it. Nothing
// more is written then.
type GoneError struct {
	Path   string
	Reason string // in lower case
	Kept   bool   // what was written is all there, wherever the file is now

	cut  bool  // the beginning is still there,
	size int64 // of so many bytes
}

func (e *GoneError) Error() string { return e.Reason }

// ErrRecording says that another deltatap records into a file.
var ErrRecording = errors.New("another deltatap is recording into it")

// checkFile holds the file that is written to against the one that is at name, which should hold
// size bytes. An error is a
// *GoneError.
func checkFile(file *os.File, name string, size int64) error {
	ours, err := file.Stat()
	if err != nil {
		return nil // nothing is known
	}
	gone := &GoneError{Path: name}
	there, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && links(ours) > 0:
		gone.Reason, gone.Kept = "another program moved the file away", true
	case errors.Is(err, fs.ErrNotExist):
		gone.Reason = "another program removed the file"
	case err != nil:
		return nil // the folder may not be looked into any more, and what is written goes on
	case !os.SameFile(ours, there):
		gone.Reason, gone.Kept = "another program put another file in its place", links(ours) > 0
	case ours.Size() < size:
		gone.cut, gone.size = true, ours.Size()
		gone.Reason = fmt.Sprintf("another program cut the file to %d of %d bytes", ours.Size(), size)
	case ours.Size() > size:
		gone.Reason, gone.Kept = fmt.Sprintf("another program wrote to the file: it holds %d bytes, not %d", ours.Size(), size), true
	default:
		return nil
	}
	return gone
}

// lockFile locks a file that is there, so that nobody records into it, and nobody who does is
// disturbed.
func lockFile(name string) (io.Closer, error) {
	for {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil {
			return unlocked{}, nil // it can be replaced all the same
		}
		if err := lock(file); err != nil {
			_ = file.Close()
			return nil, err
		}
		ours, err := file.Stat()
		there, lost := os.Lstat(name)
		if err != nil || lost == nil && os.SameFile(ours, there) {
			return file, nil
		}
		_ = file.Close() // it was replaced before it was locked
		if errors.Is(lost, fs.ErrNotExist) {
			return nil, lost
		}
	}
}

// unlocked is the lock of a file that cannot be locked.
type unlocked struct{}

func (unlocked) Close() error { return nil }
