//go:build !linux

package main

import "os"

// peakMegabytes is only known on Linux.
func peakMegabytes(*os.ProcessState) float64 { return 0 }
