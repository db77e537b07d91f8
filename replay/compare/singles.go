package compare

import (
	"context"
	"fmt"
	"net/http"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rest"
)

// Server is asked over REST.
type Server interface {
	Plan(ctx context.Context, days int) (rest.Answer, error)
	Do(ctx context.Context, method, path string, body []byte) (rest.Answer, error)
}

// The bounds of what a comparison asks beside its fence.
const (
	mostSingles = 20 // items by themselves
	mostDays    = 30 // the longest plan that a server gives
)

// DoubtfulItems are those that only the cache has, and of which it is not certain why, or only by
// their dates: those would hide that one was deleted, too.
func DoubtfulItems(r *Report) []contract.Item {
	var items []contract.Item
	for i := range r.Causes {
		d, c := &r.Result.Differences[i], &r.Causes[i]
		byDates := c.Code == diagnose.OutsideRange || c.Code == diagnose.RangeMoved
		asked := d.Item.Type == contract.TypeAppointment || d.Item.Type == contract.TypeBill
		if d.Kind == diff.Ghost && !d.Again && asked && (byDates || c.Certainty != diagnose.Certain) {
			items = append(items, d.Item)
		}
	}
	return items
}

// AskSingles asks a server what it has of items that its plan lacks: for the longest plan once, and
// for those by themselves that this lacks, too, up to a bound. That one is not found is only told
// where another of its type is: a proxy may refuse every such path. What cannot be asked for stays
// unknown.
func AskSingles(ctx context.Context, server Server, now *plan.Plan, items []contract.Item) map[contract.Item]diagnose.Single {
	told := map[contract.Item]diagnose.Single{}
	if answer, err := server.Plan(ctx, mostDays); err == nil && answer.Status == http.StatusOK && answer.Cached == "" {
		if long, err := plan.Parse(answer.Body); err == nil {
			takeFrom(long, items, told)
		}
	}
	asked, missing, found := 0, []contract.Item{}, map[string]bool{}
	for _, it := range items {
		if _, known := told[it]; known || asked == mostSingles || ctx.Err() != nil {
			continue
		}
		asked++
		raw, gone := askSingle(ctx, server, it)
		switch {
		case raw != nil:
			told[it], found[it.Type] = diagnose.Single{Raw: raw}, true
		case gone:
			missing = append(missing, it)
		}
	}
	for _, it := range missing {
		if _, tried := found[it.Type]; !tried {
			found[it.Type] = findsOther(ctx, server, now, it.Type)
		}
		if found[it.Type] {
			told[it] = diagnose.Single{Gone: true}
		}
	}
	return told
}

// takeFrom takes items out of a plan.
func takeFrom(p *plan.Plan, items []contract.Item, told map[contract.Item]diagnose.Single) {
	wanted := map[contract.Item]bool{}
	for _, it := range items {
		wanted[it] = true
	}
	for itemType, list := range map[string]*plan.List{contract.TypeAppointment: &p.Appointments, contract.TypeBill: &p.Bills} {
		for i := range list.Len() {
			if it := (contract.Item{Type: itemType, ID: list.ID(i)}); list.HasID(i) && wanted[it] {
				told[it] = diagnose.Single{Raw: list.Raw(i)}
			}
		}
	}
}

// findsOther tells whether the server finds an item of a type that its plan has.
func findsOther(ctx context.Context, server Server, now *plan.Plan, itemType string) bool {
	list := &now.Bills
	if itemType == contract.TypeAppointment {
		list = &now.Appointments
	}
	if list.Len() == 0 || !list.HasID(0) {
		return false
	}
	raw, _ := askSingle(ctx, server, contract.Item{Type: itemType, ID: list.ID(0)})
	return raw != nil
}

// askSingle asks for one item: its text, or that it is not there; neither where the answer says
// nothing of it.
func askSingle(ctx context.Context, server Server, it contract.Item) (raw []byte, gone bool) {
	answer, err := server.Do(ctx, http.MethodGet, fmt.Sprintf("/api/%ss/%d", it.Type, it.ID), nil)
	if err != nil || answer.Cached != "" {
		return nil, false
	}
	switch answer.Status {
	case http.StatusNotFound:
		return nil, true
	case http.StatusOK:
		if id, ok := plan.Int64(plan.Get(answer.Body, "id")); ok && id == it.ID {
			return answer.Body, false
		}
	}
	return nil, false
}
