package session

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// FS is what a File needs of a file system. Tests put one in that is full, slow or broken.
type FS interface {
	// Create makes a file that was not there, of mode 0600.
	Create(name string) (Disk, error)
	// Lock keeps others from recording into a file that is there, until it is closed; ErrRecording
	// says that another does. The file that Create makes is locked by itself.
	Lock(name string) (io.Closer, error)
	Lstat(name string) (fs.FileInfo, error)
	Glob(pattern string) ([]string, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncFolder makes the names in a folder as durable as the files are.
	SyncFolder(name string) error
}

// Disk is a file to write to.
type Disk interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
	// Check says whether name still leads to the file, and whether it holds so many bytes. What else
	// it says is a *GoneError.
	Check(name string, size int64) error
}

// OSDisk is a file of the operating system's.
type OSDisk struct{ *os.File }

// Check says whether name still leads to the file, and whether it holds so many bytes.
func (d OSDisk) Check(name string, size int64) error { return checkFile(d.File, name, size) }

// osFS is the operating system's.
type osFS struct{}

func (osFS) Create(name string) (Disk, error) {
	// What another program cuts off is not made up for with zeros.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		_ = file.Close() // it is there for who was faster: they replace it
		return nil, err
	}
	return OSDisk{file}, nil
}

func (osFS) Lock(name string) (io.Closer, error) { return lockFile(name) }

func (osFS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }
func (osFS) Glob(pattern string) ([]string, error)  { return filepath.Glob(pattern) }
func (osFS) Rename(from, to string) error           { return os.Rename(from, to) }
func (osFS) Remove(name string) error               { return os.Remove(name) }

func (osFS) SyncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such thing, and needs none
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
