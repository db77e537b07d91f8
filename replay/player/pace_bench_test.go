package player

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// BenchmarkRealTime plays 5 s of 200 events a second in real time, and measures what the machine makes of it: how far
// gaps are from the recorded ones, how late records are, and when the last one comes. With -benchtime=12x it is a
// minute.
func BenchmarkRealTime(b *testing.B) {
	for _, spin := range []time.Duration{0, 500 * time.Microsecond, 2 * time.Millisecond} {
		b.Run(fmt.Sprintf("spin=%v", spin), func(b *testing.B) {
			const gap = 5 * time.Millisecond
			src := &list{}
			for i := range 1000 * b.N {
				src.records = append(src.records, event(int64(i+1), time.Duration(i+1)*gap))
			}
			var off []time.Duration
			start := time.Now()
			last := start
			report, err := Play(b.Context(), src, Options{Spin: spin}, func(context.Context, *session.Record) error {
				now := time.Now()
				off = append(off, (now.Sub(last) - gap).Abs())
				last = now
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			slices.Sort(off)
			whole := time.Duration(len(off)) * gap
			b.ReportMetric(micros(off[len(off)*99/100]), "µs-gap-p99")
			b.ReportMetric(micros(off[len(off)-1]), "µs-gap-worst")
			b.ReportMetric(micros(report.Late.Quantile(0.99)), "µs-late-p99")
			b.ReportMetric(micros(report.Late.Worst), "µs-late-worst")
			b.ReportMetric(micros(last.Sub(start)-whole), "µs-late-end")
		})
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
