package commands

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
)

// A watch that ends by a failure after it found something says both.
func TestWatchThatFoundSomethingSaysWhyItEnded(t *testing.T) {
	var errs bytes.Buffer
	w := &watcher{
		app:    &App{Err: &errs, Now: time.Now},
		hook:   &hook{},
		stream: &stream{started: time.Now()},
		found:  1,
	}
	err := w.end("refused", &rest.RefusedError{Status: 401, Message: "expired"})
	if err != errFound || !strings.Contains(errs.String(), "deltatap: the server refused: expired (401)\n") {
		t.Errorf("it ends with %v, and says %q", err, errs.String())
	}
}

// A difference is reported once, and again where it was mended meanwhile; what is held of them is no more than there are.
func TestADifferenceIsNewOnce(t *testing.T) {
	w := &watcher{reported: map[digest]bool{}}
	report := func(items ...string) *render.DiffReport {
		r := &render.DiffReport{Result: &diff.Result{}}
		for _, item := range items {
			id, held, _ := strings.Cut(item, " ")
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			r.Result.Differences = append(r.Result.Differences, diff.Difference{Item: contract.Item{Type: contract.TypeBill, ID: n}, Server: []byte(held)})
			r.Causes = append(r.Causes, diagnose.Cause{Code: diagnose.MissedDelta, Expected: held == "expected"})
		}
		return r
	}
	for _, c := range []struct {
		items []string
		fresh bool
		found int
	}{
		{[]string{"1 a"}, true, 1},
		{[]string{"1 a"}, false, 1},
		{[]string{"1 a", "2 a", "3 expected"}, true, 2},
		{[]string{"1 b", "2 a"}, true, 3},
		{[]string{"2 a"}, false, 3},
		{[]string{"1 b", "2 a"}, true, 4},
	} {
		if fresh := w.fresh(report(c.items...)); fresh != c.fresh || w.found != c.found || len(w.reported) > len(c.items) {
			t.Errorf("%v: new %v, %d found, %d held", c.items, fresh, w.found, len(w.reported))
		}
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
