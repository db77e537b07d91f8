package mutate

import (
	"testing"

	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// TestTakenUpAnywhere: wherever a replay ends and another takes it up, the target ends as it does in one go, and is not told
// twice what it took already.
func TestTakenUpAnywhere(t *testing.T) {
	records := []session.Record{
		planRecord(1, planOfItems(visit, labs)),
		message(2, updated("bill", 7, with(labs, "status", `"paid"`))),
		message(3, delta("bill", 7, "updated", "inbound", with(labs, "amount", "5", "status", `"paid"`))), // nobody makes that
		message(4, updated("appointment", 3, with(visit, "summary", `"Moved"`, "startLocal", `"2026-11-25T09:00:00+00:00"`))),
		message(5, updated("bill", 7, with(labs, "amount", "5"))),
		message(6, updated("appointment", 3, with(visit))),
		message(7, delta("bill", 7, "deleted", "rest", "")),
	}
	end := ""
	for cut := len(records); cut > 0; cut-- {
		c := serve(t, planOfItems(visit, labs))
		mutations := 0
		c.countMutations(&mutations)
		play := func(skip, until int) {
			told := newTold()
			s := c.dial(Config{Session: records[0].Body, Behind: skip > 0, Tell: told.tell}, false)
			for i := range records[:skip] {
				s.Skip(&records[i])
			}
			told.play(t, s, records[skip:until])
		}
		play(0, cut)
		if cut < len(records) {
			play(cut-1, len(records)) // the last one is sent again: nobody knows whether it arrived
		}
		if end == "" {
			end = c.plan()
		}
		if diff := cmp.Diff(end, c.plan()); diff != "" {
			t.Errorf("after record %d: %s", cut, diff)
		}
		if mutations != 5 {
			t.Errorf("after record %d: %d mutations, want 5", cut, mutations)
		}
	}
}
