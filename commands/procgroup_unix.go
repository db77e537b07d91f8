//go:build unix

package commands

import (
	"os/exec"
	"syscall"
)

// ownGroup has a command start in a process group of its own: what a terminal sends to deltatap
// does not reach it, and it can be ended with its children.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// tellGroup asks a command of a group of its own, and its children, to end.
func tellGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// killGroup ends what is left of them.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
