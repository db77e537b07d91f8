package campaign_test

import (
	"testing"

	"github.com/carebase/deltatap/replay/diagnose/campaign"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
)

// TestClientsAgree folds the session of each world with package plancache, and with this package's
// own client, which was written from the documents alone. Both must hold the same.
func TestClientsAgree(t *testing.T) {
	failures := 0
	for seed := range uint64(800) {
		s := campaign.Random(seed)
		s.Cached, s.Begun, s.Other = campaign.Folded, 0, false
		w := campaign.Judge(s)
		f := fold.Fold{Cache: plancache.New(policyOf(s))}
		for i := range w.Evidence.Lines {
			if line := &w.Evidence.Lines[i]; !line.Damaged {
				f.Record(&line.Record)
			}
		}
		theirs, own := parse(t, string(f.Cache.AppendJSON(nil))), parse(t, w.Evidence.Cached)
		result, err := diff.Parsed(theirs, own, diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Differences) > 0 || theirs.Version != own.Version {
			t.Errorf("seed %d: plancache holds v%d, this package's client v%d: %+v\n%s", seed, theirs.Version, own.Version, result.Differences, s)
			if failures++; failures == 3 {
				return
			}
		}
	}
}

func policyOf(s *campaign.Script) plancache.Policy {
	if s.Mobile {
		return plancache.Mobile
	}
	return plancache.Contract
}
