package commands

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
)

// A watch that ends by a failure after it found something says both.
func TestWatchThatFoundSomethingSaysWhyItEnded(t *testing.T) {
	var errs bytes.Buffer
	w := &watcher{
		app:      &App{Err: &errs, Now: time.Now},
		stream:   &stream{started: time.Now()},
		reported: map[string]bool{"bill:1": true},
	}
	err := w.end("refused", &rest.RefusedError{Status: 401, Message: "expired"})
	if err != errFound || !strings.Contains(errs.String(), "deltatap: the server refused: expired (401)\n") {
		t.Errorf("it ends with %v, and says %q", err, errs.String())
	}
}

// Where the server's versions begin again, what was seen before says nothing of whether a poll is ahead.
func TestAPollIsAheadOfAPlanWhoseVersionsBeganAgain(t *testing.T) {
	w := &watcher{stream: &stream{}}
	cache := plancache.New(plancache.Contract)
	w.stream.config.Cache = cache
	read := func(version int) {
		cache.Connected()
		cache.Sent()
		if _, err := cache.Answered(fmt.Appendf(nil, `{"appointments":[],"bills":[],"planVersion":%d}`, version), 0); err != nil {
			t.Fatal(err)
		}
	}
	read(40)
	var m contract.Message
	contract.Decode([]byte(`[{"deltas":[{"itemType":"bill","entityId":1,"action":"deleted","version":41}]}]`), &m)
	enter(&w.stream.account, &session.Record{Kind: session.KindEvent}, &m)
	cache.Apply(&m, nil)
	read(3)
	for polled, want := range map[int64]bool{3: false, 4: true} {
		if got := w.behind(polled); got != want {
			t.Errorf("a poll of v%d is ahead of v3: %v", polled, got)
		}
	}
}
