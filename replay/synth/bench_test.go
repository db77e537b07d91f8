package synth

import (
	"io"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// BenchmarkSession makes deltas of each profile, a million of them an hour.
func BenchmarkSession(b *testing.B) {
	for _, p := range Profiles() {
		b.Run(string(p.Name), func(b *testing.B) {
			s := open(b, Options{Profile: p.Name, Items: 200, Deltas: int64(b.N), Duration: time.Hour + time.Duration(b.N)*10*time.Microsecond})
			b.ReportAllocs()
			bytes := 0
			each(s, func(rec *session.Record) { bytes += len(rec.Args) + len(rec.Body) })
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deltas/s")
			b.ReportMetric(float64(bytes)/float64(b.N), "B/delta")
		})
	}
}

// BenchmarkWritten writes them as a session file, too.
func BenchmarkWritten(b *testing.B) {
	s := open(b, Options{Profile: Burst, Deltas: int64(b.N), Duration: time.Hour + time.Duration(b.N)*10*time.Microsecond})
	write(b, s, io.Discard)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deltas/s")
}
