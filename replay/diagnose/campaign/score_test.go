package campaign_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diagnose/campaign"
)

// score is the second law: how often what is true is found. It has a row for each truth.
type score struct {
	rows map[string]*row
	all  row
}

// row is what became of one truth.
type row struct {
	times, certain, ahead, second, stands, remote, out int
	said                                               map[string]int
}

func newScore() *score { return &score{rows: map[string]*row{}, all: row{said: map[string]int{}}} }

// add counts the differences of a world, of those with one trouble at most.
func (s *score) add(w *campaign.Judged, x *explained) {
	if w.Script.Troubles() > 1 || w.Script.Alone || w.Script.Another {
		return
	}
	for i := range x.result.Differences {
		truth, ok := w.Truths[x.result.Differences[i].Item.String()]
		if !ok || truth.Unjudged || truth.Loose || len(truth.Any) == 0 {
			continue
		}
		name := string(truth.Main)
		if name == "" {
			name = fmt.Sprint(slices.Sorted(slices.Values(truth.Any)))
		}
		if s.rows[name] == nil {
			s.rows[name] = &row{said: map[string]int{}}
		}
		s.rows[name].add(x, i, &truth)
		if !truth.Expected {
			s.all.add(x, i, &truth)
		}
	}
}

// right tells whether a code is the true one, or one of them.
func right(truth *campaign.Truth, code diagnose.Code) bool {
	if truth.Main != "" {
		return campaign.Code(code) == truth.Main
	}
	return truth.Allows(campaign.Code(code))
}

func (r *row) add(x *explained, i int, truth *campaign.Truth) {
	cause := &x.report.Causes[i]
	r.times++
	r.said[string(cause.Code)]++
	standing := ranked(x, i)
	found := diagnose.RuledOut
	for _, f := range x.report.Findings(i) {
		if right(truth, f.Code) && f.Standing >= found {
			found = f.Standing
		}
	}
	place := slices.IndexFunc(standing, func(f diagnose.Finding) bool { return right(truth, f.Code) })
	switch {
	case found == diagnose.RuledOut:
		r.out++
	case found == diagnose.Remote:
		r.remote++
	default:
		r.stands++
	}
	if right(truth, cause.Code) && cause.Certainty == diagnose.Certain {
		r.certain++
	}
	if place >= 0 && standing[place].Unseen == standing[0].Unseen || right(truth, cause.Code) {
		r.ahead++
	}
	if place >= 0 && place < 2 || right(truth, cause.Code) {
		r.second++
	}
}

// ranked is what stands, in the order in which it is told.
func ranked(x *explained, i int) []diagnose.Finding {
	standing := slices.DeleteFunc(slices.Clone(x.report.Findings(i)), func(f diagnose.Finding) bool { return f.Standing != diagnose.Stands })
	said := x.report.Causes[i].Code
	slices.SortStableFunc(standing, func(a, b diagnose.Finding) int {
		return cmp.Or(cmp.Compare(told(a, said), told(b, said)), cmp.Compare(a.Unseen, b.Unseen))
	})
	return standing
}

func told(f diagnose.Finding, said diagnose.Code) int {
	if f.Code == said {
		return 0
	}
	return 1
}

// String is the table, and what is said instead.
func (s *score) String() string {
	var b strings.Builder
	b.WriteString("differences of worlds with one trouble at most\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "true\ttimes\tcertain\tahead\tfirst two\tstands\tremote\truled out\tsaid")
	for _, name := range slices.Sorted(maps.Keys(s.rows)) {
		s.rows[name].print(table, name)
	}
	s.all.said = nil
	s.all.print(table, "all that is not expected")
	table.Flush()
	return b.String()
}

func (r *row) print(table *tabwriter.Writer, name string) {
	codes := slices.SortedFunc(maps.Keys(r.said), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.said[b], r.said[a]), strings.Compare(a, b))
	})
	said := make([]string, len(codes))
	for i, code := range codes {
		said[i] = fmt.Sprintf("%s %d", code, r.said[code])
	}
	percent := func(n int) string { return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(max(1, r.times))) }
	fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", name, r.times, percent(r.certain), percent(r.ahead),
		percent(r.second), r.stands, r.remote, r.out, strings.Join(said, ", "))
}
