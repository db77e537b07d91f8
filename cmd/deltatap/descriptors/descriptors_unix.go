//go:build unix

package descriptors

import "syscall"

// spare is how many files the program must be able to open: two are the runtime's, one stands for
// standard error, and one is for what it is to do.
const spare = 4

func init() {
	if enough() {
		return
	}
	_, _ = syscall.Write(2, []byte("deltatap: too few files may be open at once\nhint: ulimit -n 64\n"))
	syscall.Exit(2)
}

// enough tells whether so many files can be opened.
func enough() bool {
	var open []int
	defer func() {
		for _, fd := range open {
			_ = syscall.Close(fd)
		}
	}()
	for range spare {
		fd, err := syscall.Dup(2)
		if err == syscall.EMFILE {
			return false
		}
		if err != nil {
			return true // standard error is closed: nothing is known, and nobody could be told
		}
		open = append(open, fd)
	}
	return true
}
