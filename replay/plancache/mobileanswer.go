package plancache

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
)

// planLists are the lists that the app sees to that its plan has.
var planLists = []string{"collaborators", "appointments", "bills"}

// emptyPlan makes a plan of an answer that is none, as the app does: of an object all but what
// should be a list and is none, of anything else nothing; and its lists are empty.
func emptyPlan(text []byte) []byte {
	made, missing := []byte{'{'}, slices.Clone(planLists)
	for _, m := range plan.Members(nil, text) {
		name := string(m.Name)
		if slices.Contains(planLists, name) {
			if plan.KindOf(m.Value) != plan.Array {
				continue
			}
			missing = slices.DeleteFunc(missing, func(s string) bool { return s == name })
		}
		made = appendMember(made, m.Name, m.Value)
	}
	for _, name := range missing {
		made = appendMember(made, []byte(name), []byte("[]"))
	}
	return append(made, '}')
}

func appendMember(dst, name, value []byte) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst, _ = jsontext.AppendQuote(dst, name)
	return append(append(dst, ':'), value...)
}

// itemsOfApp takes one list of the answer for the app, which keeps nothing of what it held.
func (m *merge) itemsOfApp(itemType string, held *list, answer *plan.List) list {
	l := newList(answer.Len())
	ids := make([]appID, answer.Len())
	known := make([]bool, answer.Len())
	for i, it := range answer.All() {
		e := entry{version: noVersion, touched: never, block: m.into.put(it.Raw), size: uint32(len(it.Raw))}
		if it.HasID {
			ids[i], known[i] = integerID(it.ID), true
		} else {
			ids[i], known[i] = itemID(it.Raw)
		}
		e.identify(ids[i], known[i])
		l.entries = append(l.entries, e)
	}
	l.live = len(l.entries)
	for i := len(ids) - 1; i >= 0; i-- {
		if known[i] {
			l.lead(ids[i], i)
		}
	}
	m.contestApp(itemType, held, &l, answer)
	return l
}

// contestApp notes what deltas did to the app's list that the answer undoes, in the order of ids.
func (m *merge) contestApp(itemType string, held, l *list, answer *plan.List) {
	from := len(m.answer.Contested)
	for i := range held.entries {
		e := &held.entries[i]
		if e.state != live || held.index.find(e.id, held.entries) != i || !m.disputed(e) {
			continue
		}
		m.dispute(itemType, e, m.raw(e), l, answer)
	}
	for id, e := range held.buried {
		if held.find(id) == nil && m.disputed(&e) {
			m.dispute(itemType, &e, nil, l, answer)
		}
	}
	slices.SortFunc(m.answer.Contested[from:], func(a, b Contest) int { return cmp.Compare(a.Item.ID, b.Item.ID) })
}

// dispute notes an item that a delta left as it is held, if the answer has it otherwise.
func (m *merge) dispute(itemType string, e *entry, held []byte, l *list, answer *plan.List) {
	var raw []byte
	if i := l.index.find(e.id, l.entries); i >= 0 {
		raw = answer.Raw(i)
	}
	if held == nil && raw == nil || held != nil && raw != nil && m.alike(held, raw) {
		return
	}
	m.contest(contract.Item{Type: itemType, ID: e.id}, e, bytes.Clone(held), raw)
}
