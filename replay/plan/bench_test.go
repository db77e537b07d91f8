package plan

import (
	"testing"

	"github.com/carebase/deltatap/replay/plan/plantest"
)

func BenchmarkParse(b *testing.B) {
	text := plantest.Plan(10_000, 7, func(int64) uint64 { return 0 })
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
