package commands

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// special tells whether a path names something that is there and no regular file: a device, or a
// pipe. It is written into, and never replaced. Nor is what stands for a file that is open, as
// /dev/stderr does.
func special(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	clean := filepath.Clean(path)
	return !info.Mode().IsRegular() || strings.HasPrefix(clean, "/dev/std") || strings.HasPrefix(clean, "/dev/fd/")
}

// openSpecial opens it.
func openSpecial(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
}

// writeSpecial writes a text into it.
func writeSpecial(path string, text io.Reader) error {
	file, err := openSpecial(path)
	if err != nil {
		return usage("", "%s: %s", path, whyFile(err))
	}
	defer file.Close()
	if _, err := io.Copy(file, text); err != nil {
		return usage("", "%s: %s", path, whyFile(err))
	}
	return nil
}

// clearFile takes a file of an earlier run away, which would mislead who waits for a new one.
func clearFile(path string) {
	if path != "" && !special(path) {
		_ = os.Remove(path)
	}
}
