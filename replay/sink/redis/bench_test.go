package redis

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/redis/redistest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

const (
	benchMessages    = 100_000
	benchBytes       = 620
	benchSubscribers = 2 // as many as servers of a small cluster
	benchBatch       = 1000
)

// subscribeRaw subscribes as a cluster's servers do; what comes is read from the connection.
func subscribeRaw(tb testing.TB, addr string) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "PSUBSCRIBE socket.io#/#*\r\n"); err != nil {
		tb.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil { // it is subscribed
		tb.Fatal(err)
	}
	return conn
}

// benchRecords are as distinct as those of emitter.mjs.
func benchRecords() []session.Record {
	records := make([]session.Record, 1000)
	padding := benchBytes - len(sinktest.Delta(1, 0).Args)
	for i := range records {
		records[i] = sinktest.Delta(int64(i+1), padding)
	}
	return records
}

// publishAll publishes messages, and returns how many a second Redis took.
func publishAll(b *testing.B, url string, records []session.Record) float64 {
	b.Helper()
	ledger := sink.NewLedger()
	s := dial(b, Config{URL: url, Users: everybody, Tell: ledger.Tell})
	began := time.Now()
	for n := range benchMessages {
		rec := records[n%len(records)]
		rec.N = int64(n + 1)
		if err := s.Send(b.Context(), &rec); err != nil {
			b.Fatal(err)
		}
		ledger.Taken(rec.N)
	}
	if err := s.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	rate := benchMessages / time.Since(began).Seconds()
	if a := ledger.Account(); a.Acknowledged != benchMessages || a.Unheard > 0 {
		b.Fatalf("%d acknowledged, %d unheard", a.Acknowledged, a.Unheard)
	}
	return rate
}

// BenchmarkAgainstNode publishes messages of 620 bytes into one Redis, in turn by this sink and by @socket.io/redis-emitter, which
// waits for Redis's answers after every 1,000 messages or in the end alone, whichever is faster for it.
func BenchmarkAgainstNode(b *testing.B) {
	server := redistest.Start(b)
	for range benchSubscribers {
		conn := subscribeRaw(b, server.Addr)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
	}
	records := benchRecords()
	official := nodetest.Start(b, "emitter.mjs", "--redis", server.URL)
	official.Await("ready")
	theirs := func(batch int) float64 {
		official.Tell(fmt.Sprintf("bench %d %d %d", benchMessages, batch, benchBytes))
		line := official.Await("count")
		return line.Number("count") / line.Number("seconds")
	}
	var best struct{ ours, theirs float64 }
	rounds := 0
	for b.Loop() {
		rounds++
		ours, batched, atOnce := publishAll(b, server.URL, records), theirs(benchBatch), theirs(0)
		b.Logf("round %d: ours %.0f/s, theirs %.0f/s in batches, %.0f/s at once: ratio %.2f", rounds, ours, batched, atOnce, ours/max(batched, atOnce))
		best.ours, best.theirs = max(best.ours, ours), max(best.theirs, batched, atOnce)
	}
	b.ReportMetric(best.ours, "messages/s")
	b.ReportMetric(best.theirs, "theirs/s")
	b.ReportMetric(best.ours/best.theirs, "ratio")
}
