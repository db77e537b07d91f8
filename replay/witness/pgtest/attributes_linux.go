package pgtest

import "syscall"

// attributes has a program run as somebody else (nil: not), and end when the tests are killed.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
}
