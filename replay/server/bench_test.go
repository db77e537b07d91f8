package server

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
)

// counting runs the official client that merely counts b.N messages, lets send emit them, and reports the rate at which
// they arrived.
func counting(b *testing.B, send func(c *carebase, n int)) {
	c := start(b)
	c.seedItems(1)
	cmd := exec.Command("node", "count.mjs", "--url", c.url, "--token", ownerToken, "--count", strconv.Itoa(b.N))
	cmd.Dir = nodetest.Need(b)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Wait() })
	eventually(b, "the client is in its room", func() bool {
		return c.server.sockets.io.Sockets().Adapter().Rooms().Len() > 1
	})
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		send(c, n)
	}
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	b.StopTimer()
	var result struct {
		Count   int
		Seconds float64
	}
	if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
		b.Fatalf("%q: %v", lines.Bytes(), err)
	}
	if result.Seconds > 0 {
		b.ReportMetric(float64(result.Count)/result.Seconds, "messages/s")
	}
}

// benchArgs is the argument of a message with one delta of the usual size.
var benchArgs = []byte(`{"deltas":[` + itemDelta("bill", 1, 1, "updated", "rest", strings.Replace(bill(1, 1, "todo"), `"k"`, `"`+strings.Repeat("k", 200)+`"`, 1), 7) + `]}`)

// BenchmarkEmit is how fast messages go from the server to one official client.
func BenchmarkEmit(b *testing.B) {
	b.SetBytes(int64(len(benchArgs)))
	counting(b, func(c *carebase, _ int) { c.server.sockets.emit(roomOf(1), eventDelta, benchArgs) })
}

// BenchmarkMutate is how fast mutations go through the store, the tick and the socket to one official client.
func BenchmarkMutate(b *testing.B) {
	counting(b, func(c *carebase, _ int) {
		_, err := c.server.mutate(context.Background(), 1, false, func(m *mutation) error {
			return m.delta([]byte(touch(1)))
		})
		if err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkPlan is how fast /api/plan is written.
func BenchmarkPlan(b *testing.B) {
	c := start(b)
	c.seedItems(1000)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(c.do(ownerToken, "GET", "/api/plan", ""))))
	}
}
