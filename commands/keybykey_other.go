//go:build !unix

package commands

import (
	"os"

	"golang.org/x/term"
)

// keyByKey has a terminal give each key as it is pressed, and not show it. The returned function
// puts it back.
func keyByKey(file *os.File) (restore func(), err error) {
	fd := int(file.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil
}
