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
}

// osFS is the operating system's.
type osFS struct{}

func (osFS) Create(name string) (Disk, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

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
