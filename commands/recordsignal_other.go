//go:build !unix

package commands

import "os"

// noSignal never comes: this system has no signal to spare for marks.
type noSignal struct{}

func (noSignal) Signal()        {}
func (noSignal) String() string { return "none" }

// markSignals are the signals that become marks.
var markSignals = []os.Signal{noSignal{}}

func signalName(s os.Signal) string { return s.String() }
