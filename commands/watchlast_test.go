package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/server/servertest"
)

// A stop that time brings waits for a comparison of what is held then, and finds what a lost delta left.
func TestAStopOfTimeWaitsForAComparison(t *testing.T) {
	for _, lose := range []bool{false, true} {
		r := newRecordRun(t)
		r.emit(1)
		opts := &watchOptions{every: time.Hour}
		opts.diff.client, opts.diff.fenceTries, opts.diff.output = "contract", 5, "text"
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		opts.diff.connect.register(flags)
		if err := flags.Parse([]string{"--server", r.ready.URL}); err != nil {
			t.Fatal(err)
		}
		compare, err := opts.validate()
		if err != nil {
			t.Fatal(err)
		}
		target, err := opts.diff.connect.resolve(r.App)
		if err != nil {
			t.Fatal(err)
		}
		stream := newStream(r.App, target)
		defer stream.close()
		stream.followPlan(plancache.New(compare.policy), 0)
		watch, done := opts.stops.tell(nil)
		defer done()
		w, err := newWatcher(r.App, opts, compare, stream, watch)
		if err != nil {
			t.Fatal(err)
		}
		w.loaded = func() {
			if lose {
				servertest.Do(t, nil, r.ready.OperatorToken, "POST", r.ready.URL+"/_deltatap/deltas",
					`{"deltas":[{"itemType":"bill","entityId":1,"action":"updated","source":"rest","data":{"bill":{"amount":2}}}],"lose":true}`)
			}
			stream.conn.Inject(stopDue{stopped{"for"}})
		}
		err = w.run(t.Context())
		switch {
		case !lose && (err != nil || !strings.Contains(r.err.String(), "0 divergences, 1 comparison that held still")):
			t.Errorf("nothing is lost: %v: %s", err, r.err)
		case lose && (err != errFound || !strings.Contains(r.out.String(), "bill:1  stale")):
			t.Errorf("a delta is lost: %v: %s%s", err, r.out.String(), r.err)
		}
	}
}
