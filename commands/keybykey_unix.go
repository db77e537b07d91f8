//go:build unix

package commands

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// keyByKey has a terminal give each key as it is pressed, and not show it. Its signals stay as they
// are, and so does what is written to it. The returned function puts it back; so does a signal that
// ends the process without asking.
func keyByKey(file *os.File) (restore func(), err error) {
	fd := int(file.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	now := *before
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &now); err != nil {
		return nil, err
	}
	var once sync.Once
	putBack := func() { once.Do(func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }) }
	stop := onFatalSignal(putBack)
	return func() { stop(); putBack() }, nil
}

// onFatalSignal does something before a signal ends the process as it would have.
func onFatalSignal(fn func()) (stop func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGQUIT) // SIGHUP ends the program cleanly
	go func() {
		select {
		case s := <-signals:
			fn()
			signal.Reset(s)
			_ = syscall.Kill(os.Getpid(), s.(syscall.Signal))
		case <-done:
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(signals)
		close(done)
	})
}
