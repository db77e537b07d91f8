package commands

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/contract"
)

func message(versions ...int64) *contract.Message {
	m := &contract.Message{}
	for _, v := range versions {
		m.Deltas = append(m.Deltas, contract.Delta{Version: v, Has: contract.FieldVersion})
	}
	return m
}

func TestStopsOfMessages(t *testing.T) {
	ctx, w, done := stops{count: 3, untilVersion: 9}.watch(t.Context())
	defer done()
	if err := w.message(message(1, 2), 2); err != nil {
		t.Errorf("two deltas: %v", err)
	}
	if err := w.message(message(3), 0); err != nil {
		t.Errorf("a delta that is not wanted counts: %v", err)
	}
	if reason, failure := stopReason(ctx, w.message(message(4), 1)); reason != "count" || failure != nil {
		t.Errorf("got %q, %v", reason, failure)
	}
	_, w, done = stops{untilVersion: 9}.watch(t.Context())
	defer done()
	if err := w.message(message(12, 8), 2); err == nil || err.Error() != "until-version" {
		t.Errorf("a later version: %v", err)
	}
}

func TestStopsOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		ctx, w, done := stops{duration: time.Minute, idle: 10 * time.Second}.watch(t.Context())
		defer done()
		time.Sleep(20 * time.Second) // not connected yet: nothing could have come
		w.connected()
		time.Sleep(8 * time.Second)
		if err := w.message(message(1), 1); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		reason, failure := stopReason(ctx, context.Cause(ctx))
		if got := time.Since(started); reason != "idle" || failure != nil || got != 38*time.Second {
			t.Errorf("stopped after %s: %q, %v", got, reason, failure)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, _, done := stops{duration: time.Minute}.watch(t.Context())
		defer done()
		<-ctx.Done()
		if reason, failure := stopReason(ctx, context.Cause(ctx)); reason != "for" || failure != nil {
			t.Errorf("got %q, %v", reason, failure)
		}
	})
}

func TestStopReasons(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		err    error
		reason string
		fails  bool
	}{
		{stopped{"idle"}, "idle", false}, {errInterrupted, "interrupt", false}, {context.Canceled, "interrupt", false}, {broken, "failed", true},
	} {
		if reason, failure := stopReason(t.Context(), c.err); reason != c.reason || (failure != nil) != c.fails {
			t.Errorf("%v: %q, %v", c.err, reason, failure)
		}
	}
}
