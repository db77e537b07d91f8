package clustertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

const (
	raceBytes = 620  // of a message
	raceBatch = 1000 // messages of the official emitter's between two waits for its answers
)

// Race publishes so many messages of 620 bytes in every iteration by a sink and, in turn, by the
// official emitter that flags tell emitter.mjs to be, and reports the rates at which the target
// answered for them. The emitter waits for answers after every 1,000 messages or in the end alone,
// whichever is faster for it.
func Race(b *testing.B, messages int, open func(sink.Tell) sink.Sink, flags ...string) {
	b.Helper()
	official := nodetest.Start(b, "emitter.mjs", flags...)
	official.Await("ready")
	theirs := func(batch int) float64 {
		official.Tell(fmt.Sprintf("bench %d %d %d", messages, batch, raceBytes))
		line := official.Await("count")
		return line.Number("count") / line.Number("seconds")
	}
	records := distinct()
	var ours, their float64
	for round := 1; b.Loop(); round++ {
		here, batched, atOnce := publish(b, messages, records, open), theirs(raceBatch), theirs(0)
		b.Logf("round %d: %.0f messages/s; the official emitter %.0f in batches, %.0f at once; ratio %.2f",
			round, here, batched, atOnce, here/max(batched, atOnce))
		ours, their = max(ours, here), max(their, batched, atOnce)
	}
	b.ReportMetric(ours, "messages/s")
	b.ReportMetric(their, "official-messages/s")
	b.ReportMetric(ours/their, "times-official")
}

// distinct are as many different messages as emitter.mjs has.
func distinct() []session.Record {
	records := make([]session.Record, 1000)
	padding := raceBytes - len(delta(0))
	for i := range records {
		records[i] = sinktest.Delta(int64(i+1), padding)
	}
	return records
}

// publish sends messages as fast as they are taken, and returns how many a second were answered
// for.
func publish(b *testing.B, messages int, records []session.Record, open func(sink.Tell) sink.Sink) float64 {
	b.Helper()
	ledger := sink.NewLedger()
	s := open(ledger.Tell)
	began := time.Now()
	for n := range messages {
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
	rate := float64(messages) / time.Since(began).Seconds()
	if a := ledger.Account(); a.Acknowledged != int64(messages) {
		b.Fatalf("%d acknowledged, %v", a.Acknowledged, a.FirstFailure)
	}
	return rate
}
