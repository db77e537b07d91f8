package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// slowStart is how many milliseconds a package may take before main runs, without being named.
const slowStart = 0.5

// BenchmarkStart runs what "make build" made in turn with node, and names the packages that keep
// the start waiting.
func BenchmarkStart(b *testing.B) {
	program, err := filepath.Abs("../../bin/deltatap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		b.Fatalf("%v: make build", err)
	}
	var ours, node usages
	packages := map[string][]float64{}
	for b.Loop() {
		ours.add(timed(b, exec.Command(program, "version")))
		node.add(timed(b, exec.Command("node", "--version")))
		for name, ms := range initTimes(b, program) {
			packages[name] = append(packages[name], ms)
		}
	}
	b.ReportMetric(median(ratios(ours.wall, node.wall)), "version/node-wall")
	b.ReportMetric(median(ratios(ours.cpu, node.cpu)), "version/node-cpu")
	b.ReportMetric(1000*median(ours.wall), "version-ms")
	b.ReportMetric(1000*median(node.wall), "node-ms")
	b.ReportMetric(0, "ns/op")
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if ms := median(packages[name]); ms > slowStart {
			b.Logf("%s takes %.2f ms at the start", name, ms)
		}
	}
}

// timed runs a program to its end.
func timed(b *testing.B, cmd *exec.Cmd) (time.Duration, *os.ProcessState) {
	b.Helper()
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", cmd, err)
	}
	return time.Since(began), cmd.ProcessState
}

// initLine is a line of GODEBUG=inittrace=1: "init regexp @0.7 ms, 0.02 ms clock, 1864 bytes, …".
var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

// initTimes is how many milliseconds each package took before main ran.
func initTimes(b *testing.B, program string) map[string]float64 {
	b.Helper()
	cmd := exec.Command(program, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v", cmd, err)
	}
	took := map[string]float64{}
	for _, line := range initLine.FindAllStringSubmatch(string(out), -1) {
		if took[line[1]], err = strconv.ParseFloat(line[2], 64); err != nil {
			b.Fatalf("%s: %v", line[0], err)
		}
	}
	if len(took) == 0 {
		b.Fatalf("nothing about packages in %q", out)
	}
	return took
}
