//go:build !unix

package commands

import "os/exec"

// This system has no process groups: the command alone is ended.
func ownGroup(*exec.Cmd)      {}
func tellGroup(*exec.Cmd)     {}
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
