package campaign_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diagnose/campaign"
)

var large = flag.Bool("campaign.large", false, "enumerate histories of four mutations with one fault, and of three with two, not of two mutations")

// TestOracle plays all small histories. Those that leave the same evidence cannot be told apart:
// what is not true in all of them must not be certain, and what is true in one must not be ruled
// out.
func TestOracle(t *testing.T) {
	slots, most, events, skews := 3, 2, 4, []time.Duration{0, 4 * time.Second}
	if testing.Short() {
		skews = skews[:1] // the same histories, and no clock that is off
	}
	if *large {
		slots, most, events, skews = 4, 4, 5, skews[:1]
	}
	for _, of := range []campaign.Small{
		{Mobile: true}, {}, {Polls: true},
	} {
		of.Slots, of.Most, of.Faults, of.Events, of.Skews = slots, most, 2, events, skews
		t.Run(fmt.Sprintf("mobile=%v,polls=%v", of.Mobile, of.Polls), func(t *testing.T) {
			groups := campaign.Oracle(of)
			o := &oracle{t: t, codes: map[campaign.Code]*determinable{}, laws: map[string]int{}}
			for _, key := range slices.SortedFunc(maps.Keys(groups), func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) }) {
				o.add(groups[key])
			}
			t.Log(o)
			for _, law := range slices.Sorted(maps.Keys(o.laws)) {
				t.Errorf("%5d times: %s", o.laws[law], law)
			}
		})
	}
}

// oracle holds diagnose against what can be told at all.
type oracle struct {
	t                         *testing.T
	groups, histories, shared int
	codes                     map[campaign.Code]*determinable
	laws                      map[string]int
}

// determinable counts differences of which one code is true in all histories.
type determinable struct {
	times, certain, ahead int
	example               string
}

func (o *oracle) add(g *campaign.Group) {
	o.groups++
	o.histories += g.Histories
	if g.Histories > 1 {
		o.shared++
	}
	w := campaign.Judge(g.Script)
	x := explain(o.t, g.Script, w.Evidence)
	for i := range x.result.Differences {
		o.difference(g, &x, i, x.result.Differences[i].Item.String())
	}
}

func (o *oracle) difference(g *campaign.Group, x *explained, i int, id string) {
	common, ok := g.Common(id)
	if !ok {
		return
	}
	cause := &x.report.Causes[i]
	for k := range g.Truths[id] {
		truth := &g.Truths[id][k]
		if why := x.ruledOut(i, truth); why != "" {
			o.breach("ruled out: "+why, g.Samples[id][k], id, x.tell(i, truth))
		}
	}
	said := campaign.Code(cause.Code)
	certain := cause.Certainty == diagnose.Certain && cause.Code != diagnose.Unknown
	if certain && !slices.Contains(common, said) {
		k := slices.IndexFunc(g.Truths[id], func(t campaign.Truth) bool { return !t.Allows(said) })
		o.breach("wrong certain: "+string(said), g.Samples[id][k], id, x.tell(i, &g.Truths[id][k]))
	}
	if main := g.Determined(id); main != "" {
		o.determined(g, x, i, id, main, certain)
	}
}

// determined counts a difference whose cause can be told.
func (o *oracle) determined(g *campaign.Group, x *explained, i int, id string, main campaign.Code, certain bool) {
	d := o.codes[main]
	if d == nil {
		d = &determinable{}
		o.codes[main] = d
	}
	d.times++
	if certain {
		d.certain++
	} else if d.example == "" {
		d.example = g.Script.String() + "\n  " + id + " " + x.tell(i, &g.Truths[id][0])
	}
	if campaign.Code(x.report.Causes[i].Code) == main {
		d.ahead++
	}
}

func (o *oracle) breach(law string, s *campaign.Script, id, detail string) {
	if o.laws[law]++; o.laws[law] == 1 {
		o.t.Errorf("%s\n%s\n  %s %s", law, s, id, detail)
	}
}

// String is how much of what can be told is told.
func (o *oracle) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d histories leave %d evidences, %d of them that of several\n", o.histories, o.groups, o.shared)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "true in all histories\ttimes\tcertain\tsaid")
	for _, code := range slices.Sorted(maps.Keys(o.codes)) {
		d := o.codes[code]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", code, d.times, d.certain, d.ahead)
	}
	table.Flush()
	for _, code := range slices.Sorted(maps.Keys(o.codes)) {
		if d := o.codes[code]; d.example != "" {
			fmt.Fprintf(&b, "\n%s could be certain:\n%s\n", code, d.example)
		}
	}
	return b.String()
}
