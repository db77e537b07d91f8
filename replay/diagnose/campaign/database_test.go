package campaign_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diagnose/campaign"
	"github.com/carebase/deltatap/replay/diff"
)

// tablesOf is what the database of a world tells.
func tablesOf(t *testing.T, e *campaign.Evidence) *diagnose.Tables {
	t.Helper()
	tables := &diagnose.Tables{Plan: parse(t, e.Tables), User: 1, Access: diagnose.Owner, Newer: map[contract.Item]bool{}}
	if e.Outsider {
		tables.User, tables.Access = 2, diagnose.Collaborator
	}
	result, err := diff.Parsed(parse(t, e.Server), tables.Plan, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		if d.Kind != diff.Stale || slices.ContainsFunc(d.Fields, func(f diff.Field) bool { return !diagnose.Harmless(&f) }) {
			tables.Apart = append(tables.Apart, d)
		}
	}
	for id, newer := range e.Newer {
		kind, number, _ := strings.Cut(id, ":")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		tables.Newer[contract.Item{Type: kind, ID: n}] = newer
	}
	return tables
}

// accused is the law that nobody is called wrong where nothing is. An answer that is not what the database holds is wrong, however it
// came about.
const accused = "desynced, and nothing is wrong"

// TestLawsBesideTheDatabase holds the laws where the database is asked, too: whether or not it tells how old its rows are.
func TestLawsBesideTheDatabase(t *testing.T) {
	counts, told := map[string]int{}, map[string]uint64{}
	certain := [3]int{}
	type breached struct{ law, item string }
	for seed := *first; seed < *first+uint64(*worlds); seed++ {
		s := campaign.Random(seed)
		w := campaign.Judge(s)
		tables := tablesOf(t, w.Evidence)
		blind := *tables
		blind.Newer = nil
		known := map[breached]bool{} // TestLaws tells of those
		for i, asked := range []*diagnose.Tables{nil, &blind, tables} {
			x := explainBeside(t, s, w.Evidence, asked)
			for k := range x.report.Causes {
				if x.report.Causes[k].Certainty == diagnose.Certain {
					certain[i]++
				}
			}
			for _, b := range x.breaches(w) {
				kind, _, _ := strings.Cut(b.law, ":")
				if i == 0 {
					known[breached{kind, b.item}] = true
				}
				if known[breached{kind, b.item}] || kind == accused && len(tables.Apart) > 0 {
					continue
				}
				law := []string{"", "beside: ", "beside, with ages: "}[i] + b.law
				if counts[law]++; counts[law] == 1 {
					told[law] = seed
					t.Logf("seed %d: %s: %s %s", seed, law, b.item, b.detail)
				}
			}
		}
	}
	t.Logf("certain are %d causes without the database, %d beside it, %d where it tells ages", certain[0], certain[1], certain[2])
	for _, law := range slices.Sorted(maps.Keys(counts)) {
		t.Errorf("%5d times, first at seed %d: %s", counts[law], told[law], law)
	}
}
