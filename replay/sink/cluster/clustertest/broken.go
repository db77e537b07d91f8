package clustertest

import (
	"errors"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Broken sends events as fast as they are taken, takes the target away in the middle, and sees that
// the account is exact: first come those that are acknowledged, then those of which nobody knows,
// then those that never left, and what arrived is among the former two. open makes the sink;
// received waits until no more can arrive, and counts what did.
func Broken(t *testing.T, open func(sink.Tell) sink.Sink, kill func(), received func() int) {
	t.Helper()
	const before = 5000
	ledger := sink.NewLedger()
	enough, n := make(chan struct{}), 0
	s := open(func(o sink.Outcome) {
		ledger.Tell(o)
		if n++; n == before {
			close(enough)
		}
	})
	killed := make(chan struct{})
	go func() {
		<-enough
		kill()
		close(killed)
	}()
	for n := int64(1); ; n++ {
		rec := sinktest.Delta(n, 100)
		if err := s.Send(t.Context(), &rec); err != nil {
			break
		}
		ledger.Taken(n)
	}
	<-killed
	_ = s.Close() // of a target that is gone
	a := ledger.Account()
	t.Logf("%d acknowledged, unsure: %s, failed: %s; %v", a.Acknowledged, a.UnsureAt.String(), a.FailedAt.String(), a.FirstFailure)
	if a.Acknowledged < before || a.Sent != a.Last || a.OpenAt.Len() > 0 || a.Unsure == 0 {
		t.Errorf("%d acknowledged, %d sent of %d, open: %s", a.Acknowledged, a.Sent, a.Last, a.OpenAt.String())
	}
	if a.UnsureAt.First() != a.Acknowledged+1 || a.Failed > 0 && a.FailedAt.First() != a.Acknowledged+a.Unsure+1 || a.Resume() != a.Acknowledged+1 {
		t.Errorf("it goes on at %d", a.Resume())
	}
	if got := int64(received()); got > a.Acknowledged+a.Unsure {
		t.Errorf("%d arrived", got)
	}
}

// CloseSilent closes a sink whose target does not answer for the one event that was sent, and sees
// that it takes moments.
func CloseSilent(t *testing.T, s sink.Sink, ledger *sink.Ledger) {
	t.Helper()
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(began); took > sinktest.Patience/2 {
		t.Errorf("close took %v", took)
	}
	if a := ledger.Account(); a.Unsure != 1 || !errors.Is(a.FirstFailure, sink.ErrNoAnswer) {
		t.Errorf("%d unsure: %v", a.Unsure, a.FirstFailure)
	}
}
