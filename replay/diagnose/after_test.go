package diagnose_test

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// What is above everything that a session knows of was lost in its gap, unless the server dates it behind that: whether the
// client then ended its connection itself or still has it.
func TestAfterAGap(t *testing.T) {
	begin := func() *story { return tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")) }
	back := func() *story { return begin().disconnect().connect() } // from 00:52:03 to 00:52:04
	long := func(s *story) *story {
		return s.record(session.Record{Kind: session.KindMark}).record(session.Record{Kind: session.KindMark})
	}
	goodbye := func(s *story) *story {
		s.record(session.Record{Kind: session.KindDisconnect, Reason: "io client disconnect"})
		return s.record(session.Record{Kind: session.KindEnd, Reason: "interrupt"})
	}
	const gap, later = "2026-11-23T00:52:03.500Z", "2026-11-23T00:52:05.500Z"
	for name, c := range map[string]struct {
		story   *story
		updated string // when the server's version began; empty where it does not say
		want    string
	}{
		"in the gap, and it left":         {goodbye(long(back())), gap, "missed-while-offline likely"},
		"in the gap, and it is there":     {long(back()), gap, "missed-while-offline likely"},
		"not dated, and it left":          {goodbye(long(back())), "", "missed-while-offline likely"},
		"not dated, and it is there":      {long(back()), "", "missed-while-offline likely"},
		"behind the gap, and it left":     {goodbye(long(back())), later, "never-emitted likely"},
		"behind the gap, and it is there": {long(back()), later, "unknown unknown"},
		"without a gap, and it left":      {goodbye(long(long(begin()))), later, "never-emitted likely"},
		"too late for it, and it left":    {goodbye(back()), "2026-11-23T00:53:00.000Z", "missed-while-offline likely"},
	} {
		server := planText(2, bill(1, "paid"))
		if c.updated != "" {
			server = strings.TrimSuffix(server, "}") + `,"planUpdatedAt":"` + c.updated + `"}`
		}
		got := c.story.explain(string(c.story.timeline.Cache().AppendJSON(nil)), true, server)
		if want := "bill:1 " + c.want; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
