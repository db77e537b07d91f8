package campaign_test

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"github.com/carebase/deltatap/replay/diagnose/campaign"
)

var (
	worlds = flag.Int("campaign.worlds", 400, "how many worlds to play")
	first  = flag.Uint64("campaign.seed", 0, "the seed of the first")
	show   = flag.Int("campaign.show", 8, "how many breaches of the laws to make small and print")
	only   = flag.String("campaign.law", "", "the law whose breaches are printed; empty for all")
)

// TestLaws plays worlds and holds what diagnose says of them against the truth: what is true is not
// ruled out, nothing else is certain, and no verdict accuses where nothing is wrong, or clears
// where something is.
func TestLaws(t *testing.T) {
	counts, scores := map[string]int{}, newScore()
	shown := 0
	for seed := *first; seed < *first+uint64(*worlds); seed++ {
		s := campaign.Random(seed)
		w := campaign.Judge(s)
		x := explain(t, s, w.Evidence)
		scores.add(w, &x)
		for _, b := range x.breaches(w) {
			if counts[b.law]++; counts[b.law] == 1 && shown < *show && (*only == "" || *only == b.law) {
				shown++
				t.Errorf("seed %d: %s", seed, small(t, s, b))
			}
		}
	}
	t.Log(scores)
	for _, law := range slices.Sorted(maps.Keys(counts)) {
		t.Errorf("%5d times: %s", counts[law], law)
	}
}

// small is the smallest script that breaks the law of a breach, as text.
func small(t *testing.T, s *campaign.Script, b breach) string {
	t.Helper()
	found := b
	s = campaign.Minimize(s, func(c *campaign.Script) bool {
		w := campaign.Judge(c)
		x := explain(t, c, w.Evidence)
		all := x.breaches(w)
		i := slices.IndexFunc(all, func(o breach) bool { return o.law == b.law })
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	w := campaign.Judge(s)
	x := explain(t, s, w.Evidence)
	for _, o := range x.breaches(w) {
		if o.law == b.law {
			found = o
		}
	}
	return found.law + "\n" + s.String() + "\n  " + found.item + " " + found.detail
}
