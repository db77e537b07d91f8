//go:build unix

package commands

import (
	"os"
	"syscall"
)

// markSignals are the signals that become marks.
var markSignals = []os.Signal{syscall.SIGUSR1}

func signalName(os.Signal) string { return "SIGUSR1" }
