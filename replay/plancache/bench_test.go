package plancache

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan/plantest"
)

const benchItems = 100_000

// session makes n messages of one delta each over the items, as text.
func session(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	texts := make([][]byte, n)
	for i := range texts {
		id, action := int64(i+1), "created"
		if i >= benchItems {
			id, action = 1+r.Int64N(benchItems), "updated"
		}
		itemType, payload := "bill", plantest.Bill(id, uint64(i)%50, false)
		if id%2 == 0 {
			itemType, payload = "appointment", plantest.Appointment(id, uint64(i)%50, false)
		}
		texts[i] = fmt.Appendf(nil, `[{"deltas":[{"itemType":%q,"entityId":%d,"planItemId":%d,"action":%q,"source":"rest","data":{%q:%s},"version":%d}]}]`,
			itemType, id, id, action, itemType, payload, i+1)
	}
	return texts
}

// BenchmarkFold folds deltas over 100,000 items: from text, and the fold alone.
func BenchmarkFold(b *testing.B) {
	texts := session(3 * benchItems)
	var size int
	for _, text := range texts {
		size += len(text)
	}
	b.Logf("%d bytes a message", size/len(texts))
	decoded := make([]contract.Message, len(texts))
	for i := range texts {
		contract.Decode(texts[i], &decoded[i])
	}
	for _, policy := range []Policy{Contract, Mobile} {
		b.Run(policy.String()+"/text", func(b *testing.B) {
			var m contract.Message
			fold(b, policy, len(texts), func(c *Cache, i int) {
				contract.Decode(texts[i], &m)
				c.Apply(&m, nil)
			})
		})
		b.Run(policy.String()+"/alone", func(b *testing.B) {
			fold(b, policy, len(texts), func(c *Cache, i int) { c.Apply(&decoded[i], nil) })
		})
	}
}

func fold(b *testing.B, policy Policy, n int, apply func(c *Cache, i int)) {
	c, i := New(policy), n
	b.ReportAllocs()
	for b.Loop() {
		if i == n {
			c, i = New(policy), 0
			_ = c.Load([]byte(`{"appointments":[],"bills":[],"planVersion":0}`)) // the app applies nothing before
		}
		apply(c, i)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deltas/s")
}

// BenchmarkMemory folds deltas over 100,000 items and says what an item costs.
func BenchmarkMemory(b *testing.B) {
	texts := session(3 * benchItems)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		var m contract.Message
		c := New(Contract)
		for _, text := range texts {
			contract.Decode(text, &m)
			c.Apply(&m, nil)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/benchItems, "B/item")
		b.ReportMetric(float64(c.slab.used)/benchItems, "B/item-used")
		runtime.KeepAlive(c)
	}
}

// BenchmarkAgainstNode folds a million deltas over 100,000 items from a file, and has Node do the same with a Map.
func BenchmarkAgainstNode(b *testing.B) {
	node, err := exec.LookPath("node")
	if err != nil {
		b.Skip("there is no Node here")
	}
	path := filepath.Join(b.TempDir(), "deltas.ndjson")
	writeLines(b, path, session(1_000_000))
	var here, there time.Duration
	for b.Loop() {
		here += foldFile(b, path)
		there += foldInNode(b, node, path)
	}
	b.ReportMetric(1e6*float64(b.N)/here.Seconds(), "deltas/s")
	b.ReportMetric(1e6*float64(b.N)/there.Seconds(), "node-deltas/s")
	b.ReportMetric(there.Seconds()/here.Seconds(), "times-node")
}

func writeLines(b *testing.B, path string, lines [][]byte) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for _, line := range lines {
		_, _ = w.Write(append(line, '\n')) // Flush tells
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
}

func foldFile(b *testing.B, path string) time.Duration {
	start := time.Now()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	c := New(Contract)
	var m contract.Message
	for {
		line, err := r.ReadSlice('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		contract.Decode(line[:len(line)-1], &m)
		c.Apply(&m, nil)
	}
	took := time.Since(start)
	if appointments, bills := c.Len(); appointments+bills != benchItems || c.Version() != 1_000_000 {
		b.Fatalf("%d items at version %d", appointments+bills, c.Version())
	}
	return took
}

func foldInNode(b *testing.B, node, path string) time.Duration {
	out, err := exec.Command(node, "testdata/fold.js", path).Output()
	if err != nil {
		b.Fatal(err)
	}
	var result struct {
		Deltas, Items, Version int
		Seconds                float64
	}
	if err := json.Unmarshal(out, &result); err != nil || result.Items != benchItems || result.Version != 1_000_000 {
		b.Fatalf("node says %s", out)
	}
	return time.Duration(result.Seconds * float64(time.Second))
}

// BenchmarkLoad takes a plan of 100,000 items.
func BenchmarkLoad(b *testing.B) {
	text := plantest.Plan(benchItems/2, 7, func(int64) uint64 { return 0 })
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	c := New(Contract)
	for b.Loop() {
		if err := c.Load(text); err != nil {
			b.Fatal(err)
		}
	}
}
