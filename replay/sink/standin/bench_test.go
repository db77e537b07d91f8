package standin

import (
	"testing"

	"github.com/carebase/deltatap/replay/session"
)

// BenchmarkFollow is what it costs to keep the plan.
func BenchmarkFollow(b *testing.B) {
	s := open(b, map[int64]string{1: empty}, toFirst)
	const messages = 5000
	records := make([]*session.Record, messages)
	for n := range records {
		id := n%1000 + 1
		records[n] = s.deltas(delta(id, "updated", bill(id, "todo", "null"), n+1))
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s.follow(records[n%messages])
	}
}
