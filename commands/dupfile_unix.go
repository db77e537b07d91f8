//go:build unix

package commands

import (
	"os"

	"golang.org/x/sys/unix"
)

// dupFile is another file for what a file writes to; nil where there can be none.
func dupFile(file *os.File) *os.File {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), file.Name())
}
