//go:build unix && !linux

package pgtest

import "syscall"

// attributes has a program run as somebody else (nil: not).
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as}
}
