package plancache

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reader is a client by the contract, written down as simply as can be, for answers that nothing races with: bills are kept
// with the version that they hold, and what nobody knows of holds the answer's.
type reader struct {
	version int
	floor   int
	bills   map[int]kept
	order   []int
	due     bool
}

type kept struct {
	status  string
	version int
	there   bool
}

// told is one delta of a bill; version is 0 where it has none, status "" where its payload is missing.
type told struct {
	action      string
	id, version int
	status      string
}

func (d told) json() string {
	version, data := "", ""
	if d.version > 0 {
		version = fmt.Sprintf(`"version":%d,`, d.version)
	}
	if d.status != "" {
		data = `"data":{"bill":` + bare(d.id, d.status) + `},`
	}
	return fmt.Sprintf(`{"itemType":"bill",%s%s"entityId":%d,"action":%q}`, version, data, d.id, d.action)
}

func (r *reader) message(deltas []told) {
	slices.SortStableFunc(deltas, func(a, b told) int {
		if (a.version == 0) != (b.version == 0) {
			return cmp.Compare(b.version, a.version) // those without one last
		}
		return cmp.Compare(a.version, b.version)
	})
	for _, d := range deltas {
		r.delta(d)
	}
}

func (r *reader) delta(d told) {
	r.version = max(r.version, d.version)
	b, known := r.bills[d.id]
	if !known {
		b.version = r.floor
	}
	gone := known && !b.there && d.version > 0 && d.version == b.version
	switch {
	case d.version > 0 && d.version < b.version: // stale
	case d.action == "deleted" && gone: // a duplicate
	case d.action == "deleted":
		r.due = r.due || !b.there
		if known || d.version > 0 {
			r.put(d.id, kept{version: max(b.version, d.version)})
		}
	case d.action != "created" && d.action != "updated", d.status == "":
		r.due = true
	case b.there:
		r.put(d.id, kept{d.status, max(b.version, d.version), true})
	case d.action == "updated" && !gone:
		r.due = true
	case !gone:
		r.put(d.id, kept{d.status, max(b.version, d.version), true})
	}
}

func (r *reader) put(id int, b kept) {
	if b.there != r.bills[id].there {
		r.order = slices.DeleteFunc(r.order, func(other int) bool { return other == id })
	}
	if b.there && !r.bills[id].there {
		r.order = append(r.order, id)
	}
	r.bills[id] = b
}

// answer is a plan that was asked for when all versions up to its own were known.
func (r *reader) answer(version int, bills []told) {
	*r = reader{version: max(r.version, version), floor: version, bills: map[int]kept{}}
	for _, b := range bills {
		r.put(b.id, kept{b.status, version, true})
	}
}

func (r *reader) holds() string {
	var held []string
	for _, id := range r.order {
		held = append(held, fmt.Sprintf("%d %s", id, r.bills[id].status))
	}
	return strings.Join(held, ", ")
}

var statuses = []string{"todo", "overdue", "paid"}

// TestContractIsTheReader has the contract's policy and the reader get the same things.
func TestContractIsTheReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, r := New(Contract), &reader{bills: map[int]kept{}}
		last := 0 // the version of the latest answer
		for step := range rapid.IntRange(1, 30).Draw(t, "steps") {
			if step == 0 || rapid.IntRange(0, 5).Draw(t, "step") == 0 {
				last = max(last, r.version)
				readBoth(t, c, r, last)
			} else {
				tellBoth(t, c, r)
			}
			compareReader(t, c, r)
		}
	})
}

// readBoth gives both an answer that was asked for when its version was known.
func readBoth(t *rapid.T, c *Cache, r *reader, version int) {
	var bills []told
	var raw []string
	for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(1, 5), 0, 5, rapid.ID[int]).Draw(t, "bills") {
		b := told{id: id, status: rapid.SampledFrom(statuses).Draw(t, "status")}
		bills, raw = append(bills, b), append(raw, bill(id, b.status))
	}
	c.Polled(int64(version))
	c.Sent()
	if _, err := c.Answered(answer(version, raw...), 0); err != nil {
		t.Fatal(err)
	}
	r.answer(version, bills)
}

// tellBoth gives both a message.
func tellBoth(t *rapid.T, c *Cache, r *reader) {
	var deltas []told
	var raw []string
	for range rapid.IntRange(1, 4).Draw(t, "deltas") {
		d := told{
			action: rapid.SampledFrom([]string{"created", "updated", "updated", "deleted", "archived"}).Draw(t, "action"),
			id:     rapid.IntRange(1, 6).Draw(t, "id"), version: rapid.IntRange(0, 20).Draw(t, "version"),
			status: rapid.SampledFrom(append(statuses, "")).Draw(t, "status"),
		}
		deltas, raw = append(deltas, d), append(raw, d.json())
	}
	c.Apply(message(raw...), nil)
	r.message(deltas)
}

func compareReader(t *rapid.T, c *Cache, r *reader) {
	if got := state(t, c); got != r.holds() || c.Version() != int64(r.version) {
		t.Fatalf("holds %s at v%d, want %s at v%d", got, c.Version(), r.holds(), r.version)
	}
	if due := c.Refresh().State == Due; due != r.due {
		t.Fatalf("a refresh is due: %v, want %v", due, r.due)
	}
}
