package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
)

// ingested is how many deltas one round takes in.
const ingested = 100_000

// BenchmarkIngest runs, in turn, "tail -o json" into a file and the official JavaScript client that
// merely counts, each as a whole process against an official server that sends the same deltas, and
// reports the median of the ratios of their wall times (below 1: tail is the faster) and where
// tail's time goes. Run it with -benchtime 5x for five rounds.
func BenchmarkIngest(b *testing.B) {
	scripts := nodetest.Need(b)
	binary := build(b)
	var tail, count usages
	for b.Loop() {
		tail.add(round(b, func(url string) *exec.Cmd {
			cmd := exec.Command(binary, "tail", "-q", "-o", "json", "--transport", "websocket", "--server", url, "--count", strconv.Itoa(ingested))
			out, err := os.Create(filepath.Join(b.TempDir(), "out.ndjson"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { out.Close() })
			cmd.Stdout = out
			return cmd
		}))
		count.add(round(b, func(url string) *exec.Cmd {
			return exec.Command("node", filepath.Join(scripts, "count.mjs"), "--url", url, "--token", "token", "--count", strconv.Itoa(ingested))
		}))
	}
	b.ReportMetric(median(ratios(tail.wall, count.wall)), "tail/js-wall")
	b.ReportMetric(median(ratios(tail.cpu, count.cpu)), "tail/js-cpu")
	b.ReportMetric(median(tail.wall), "tail-s")
	b.ReportMetric(median(tail.cpu), "tail-cpu-s")
	b.ReportMetric(median(tail.system), "tail-kernel-s")
	b.ReportMetric(median(tail.memory), "tail-peak-MB")
	b.ReportMetric(median(count.wall), "js-s")
	b.ReportMetric(median(count.cpu), "js-cpu-s")
	b.ReportMetric(0, "ns/op")
}

// usages are what the runs of one program took: seconds, and megabytes at the peak.
type usages struct{ wall, cpu, system, memory []float64 }

func (u *usages) add(wall time.Duration, state *os.ProcessState) {
	u.wall = append(u.wall, wall.Seconds())
	u.cpu = append(u.cpu, (state.UserTime() + state.SystemTime()).Seconds())
	u.system = append(u.system, state.SystemTime().Seconds())
	u.memory = append(u.memory, peakMegabytes(state))
}

// round starts a server, runs one client against it, and returns what that took.
func round(b *testing.B, client func(url string) *exec.Cmd) (time.Duration, *os.ProcessState) {
	b.Helper()
	server := nodetest.StartServer(b, "--token", "token", "--generate", fmt.Sprint(ingested), "--wait-clients", "1")
	defer server.CloseInput()
	cmd := client(server.URL)
	cmd.Env = append(os.Environ(), "DELTATAP_TOKEN=token")
	started := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", cmd.Path, err)
	}
	return time.Since(started), cmd.ProcessState
}

func ratios(ours, theirs []float64) []float64 {
	all := make([]float64, len(ours))
	for i := range ours {
		all[i] = ours[i] / theirs[i]
	}
	return all
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
