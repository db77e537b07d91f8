package diff

import (
	"testing"

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
