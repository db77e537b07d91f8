package diff

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/plan/plantest"
)

// plans returns a cached plan and the server's, of n appointments and n bills each, 1 % of which differ.
func plans(n int) (cached, server []byte) {
	cached = plantest.Plan(n, 7, func(int64) uint64 { return 0 })
	server = plantest.Plan(n, 7, func(id int64) uint64 {
		if id%100 == 0 {
			return 1
		}
		return 0
	})
	return cached, server
}

func BenchmarkPlans(b *testing.B) {
	cached, server := plans(100_000)
	b.SetBytes(int64(len(cached) + len(server)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Plans(cached, server, Options{})
		if err != nil || len(r.Differences) != 2000 {
			b.Fatalf("%d differences, %v", len(r.Differences), err)
		}
	}
}

func BenchmarkRespelled(b *testing.B) {
	cached, server := plans(100_000)
	cached = plantest.Respell(cached)
	b.SetBytes(int64(len(cached) + len(server)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Plans(cached, server, Options{})
		if err != nil || len(r.Differences) != 2000 {
			b.Fatalf("%d differences, %v", len(r.Differences), err)
		}
	}
}

// BenchmarkAgainstNode compares two files of a plan each, and has Node do the same with a Map by id.
func BenchmarkAgainstNode(b *testing.B) {
	node, err := exec.LookPath("node")
	if err != nil {
		b.Skip("there is no Node here")
	}
	cached, server := plans(100_000)
	dir := b.TempDir()
	serverFile := write(b, filepath.Join(dir, "server.json"), server)
	straight := write(b, filepath.Join(dir, "straight.json"), cached)
	respelled := write(b, filepath.Join(dir, "respelled.json"), plantest.Respell(cached))
	b.Run("straight", func(b *testing.B) { againstNode(b, node, straight, serverFile) })
	b.Run("respelled", func(b *testing.B) { againstNode(b, node, respelled, serverFile) })
}

func againstNode(b *testing.B, node, cachedFile, serverFile string) {
	var here, there time.Duration
	for b.Loop() {
		here += compareFiles(b, cachedFile, serverFile)
		there += compareInNode(b, node, cachedFile, serverFile)
	}
	b.ReportMetric(here.Seconds()/float64(b.N), "s")
	b.ReportMetric(there.Seconds()/float64(b.N), "node-s")
	b.ReportMetric(there.Seconds()/here.Seconds(), "times-node")
}

func write(b *testing.B, path string, text []byte) string {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func compareFiles(b *testing.B, cachedFile, serverFile string) time.Duration {
	start := time.Now()
	var texts [2][]byte
	var errs [2]error
	var reading sync.WaitGroup
	for i, path := range []string{cachedFile, serverFile} {
		reading.Go(func() { texts[i], errs[i] = os.ReadFile(path) })
	}
	reading.Wait()
	if errs[0] != nil || errs[1] != nil {
		b.Fatal(errs)
	}
	r, err := Plans(texts[0], texts[1], Options{})
	if err != nil || len(r.Differences) != 2000 {
		b.Fatalf("%d differences, %v", len(r.Differences), err)
	}
	return time.Since(start)
}

func compareInNode(b *testing.B, node, cachedFile, serverFile string) time.Duration {
	out, err := exec.Command(node, "--max-old-space-size=4096", "testdata/diff.js", cachedFile, serverFile).Output()
	if err != nil {
		b.Fatal(err)
	}
	var result struct {
		Stale, Missing, Ghost int
		Seconds               float64
	}
	if err := json.Unmarshal(out, &result); err != nil || result.Stale != 2000 || result.Missing+result.Ghost != 0 {
		b.Fatalf("node says %s", out)
	}
	return time.Duration(result.Seconds * float64(time.Second))
}
