package diagnose

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// agreement is a moment at which what the client held was found to be the server's plan.
type agreement struct {
	moment
	version int64
}

// Agreed takes in that what the client holds now, after the latest record, is what the server's
// plan holds: that plan was read through a fence, held still, and differs in nothing but what is
// expected. Nothing changed what the client holds while it was read, nor its connection. What came
// before explains nothing that comes later, and is let go of.
//
// A plan without a version, or of a lower one than the session has shown, proves nothing, and
// changes nothing.
func (t *Timeline) Agreed(server *plan.Plan, _ []diff.Difference) {
	if !server.HasVersion || server.Version < t.heardOf() {
		return
	}
	t.agreed = &agreement{t.last, server.Version}
	a := answer{
		moment: t.last, sent: t.last.at, timed: true, version: server.Version, has: true, floor: server.Version,
		updated: updatedIn(server),
	}
	a.start, a.end, _ = server.Range()
	t.answers, t.failed, t.dues, t.came, t.odd, t.holes = []answer{a}, nil, nil, nil, nil, nil
	up := t.up()
	t.points = nil
	t.tell(point{moment: t.last, version: server.Version, since: t.last.at, link: up, updated: a.updated})
	if n := len(t.links); n > 1 {
		t.links = append(t.links[:0], t.links[n-1])
		t.points[0].link = min(up, 0)
	}
	t.keepAgreed(server)
}

// keepAgreed has the history of each item begin with what both held.
func (t *Timeline) keepAgreed(server *plan.Plan) {
	told := map[contract.Item]content{}
	for _, itemType := range itemTypes {
		list := listOf(server, itemType)
		for i := range list.Len() {
			if list.HasID(i) {
				told[contract.Item{Type: itemType, ID: list.ID(i)}] = contentOf(list.Raw(i))
			}
		}
	}
	for it, h := range t.items {
		is, there := told[it]
		if !there && h.held == none {
			delete(t.items, it)
			continue
		}
		h.facts, h.told = nil, []sighting{{moment: t.last, told: is, had: h.held, held: h.held}}
	}
}
