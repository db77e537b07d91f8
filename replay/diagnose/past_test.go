package diagnose_test

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/plancache"
)

// What was due before the dates is excused where no plan and no version that was lost speaks against it; and nothing that was lost is
// certain to have been its deletion.
func TestDueBeforeTheDates(t *testing.T) {
	past := func(text string) string { return strings.Replace(text, "2026-11-27", "2026-11-20", 1) }
	begin := func() *story {
		return tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"), bill(2, "todo"))
	}
	created := strings.Replace(updated(3, 4, "todo"), "updated", "created", 1)
	for name, c := range map[string]struct {
		story *story
		from  int
		bills []string // of the server, beside bill:2
		want  string
	}{
		"moved there":                   {begin().message(past(updated(1, 2, "todo"))), 2, nil, "bill:1 outside-range likely"},
		"paid":                          {begin().message(past(updated(1, 2, "paid"))), 2, nil, "bill:1 outside-range likely"},
		"paid, beside an absent change": {begin().message(past(updated(1, 2, "paid"))).message(updated(2, 4, "todo")), 4, nil, "bill:1 outside-range likely"},
		"beside a coalesced change":     {begin().message(past(updated(1, 2, "todo"))).message(updated(2, 4, "todo")), 4, nil, "bill:1 outside-range likely"},
		"perhaps deleted":               {begin().message(past(updated(1, 2, "todo"))).message(created), 4, []string{bill(3, "todo")}, "bill:1 missed-delta likely"},
		"perhaps deleted meanwhile":     {begin().message(past(updated(1, 2, "todo"))).disconnect().poll(2).poll(3).connect().message(updated(2, 4, "todo")), 4, nil, "bill:1 missed-while-offline likely"},
		"overdue":                       {begin().message(past(updated(1, 2, "overdue"))), 2, nil, "bill:1 payload-mismatch certain"},
		"deleted":                       {begin().message(past(updated(1, 2, "paid"))).message(deleted(1, 3)), 3, nil, ""},
		"another is held":               {begin().message(past(updated(1, 2, "paid"))), 2, []string{past(bill(3, "paid"))}, "bill:3 unknown unknown; bill:1 payload-mismatch certain"},
		"it was held itself":            {tell(t, plancache.Contract).connect().plan(1, past(bill(1, "paid")), bill(2, "todo")).message(updated(2, 3, "todo")), 3, nil, "bill:1 missed-delta certain"},
	} {
		if got := c.story.against(c.from, append(c.bills, bill(2, "todo"))...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
