package diagnose_test

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// What is absent from a session may be in records that are missing from it, and is nobody's loss where a line in that place cannot be
// read.
func TestMissingRecords(t *testing.T) {
	created := strings.Replace(updated(9, 3, "todo"), "updated", "created", 1)
	begin := func() *story { return tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")) }
	damaged := func(s *story) *story {
		s.timeline.Damaged()
		return s
	}
	skip := func(s *story) *story {
		s.n++
		return s
	}
	faulty := begin()
	faulty.timeline.Header(session.Header{Faults: "drop=5%"})
	for name, c := range map[string]struct {
		story *story
		want  string
	}{
		"none":                      {begin().message(created), "missed-delta certain"},
		"there":                     {damaged(begin()).message(created), "unknown unknown"},
		"there, and its number":     {skip(damaged(begin())).message(created), "unknown unknown"},
		"elsewhere":                 {damaged(begin().message(created)).poll(3), "missed-delta likely"},
		"numbers skip":              {skip(begin()).message(created), "missed-delta likely"},
		"numbers skip, on purpose":  {skip(faulty).message(created), "missed-delta certain"},
		"the recording lost some":   {begin().message(created).record(session.Record{Kind: session.KindEnd, Lost: 2}), "missed-delta likely"},
		"the recording lost none":   {begin().message(created).record(session.Record{Kind: session.KindEnd}), "missed-delta certain"},
		"something silent is there": {damaged(begin().poll(1)).poll(3), "unknown unknown"},
	} {
		held := string(c.story.timeline.Cache().AppendJSON(nil))
		server := []string{bill(1, "paid")}
		if strings.Contains(held, `"id":9`) {
			server = append(server, bill(9, "todo"))
		}
		if got, want := c.story.explain(held, true, planText(3, server...)), "bill:1 "+c.want; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A part of a session that goes on elsewhere tells nothing of what came then.
func TestAnotherPart(t *testing.T) {
	part := func() *story {
		return tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")).record(session.Record{Kind: session.KindEnd, Reason: session.ReasonRotated})
	}
	if got, want := part().against(2, bill(1, "paid")), "bill:1 unknown unknown"; got != want {
		t.Errorf("one part: %q, want %q", got, want)
	}
	both := part().message(bare(2, 2)).record(session.Record{Kind: session.KindEnd, Reason: "interrupt"})
	if both.timeline.GoesOn() || !part().timeline.GoesOn() {
		t.Error("the last part goes on, or the first does not")
	}
	if got, want := both.against(3, bill(1, "paid")), "bill:1 missed-while-offline likely"; got != want {
		t.Errorf("both parts: %q, want %q", got, want)
	}
}
