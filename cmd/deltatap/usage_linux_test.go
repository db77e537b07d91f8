package main

import (
	"os"
	"syscall"
)

// peakMegabytes is the most memory that a process held.
func peakMegabytes(state *os.ProcessState) float64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return float64(usage.Maxrss) / 1024
	}
	return 0
}
