package campaign

import "testing"

// TestWithoutTroubleNothingDiffers plays worlds without all that goes wrong in them: then the
// client ends with what the server has.
func TestWithoutTroubleNothingDiffers(t *testing.T) {
	perfect := mask{all: true, conds: ended | passed | recorded | filed | tornRead | halfRead | dayPassed | early}
	for seed := range uint64(800) {
		s := Random(seed)
		o := s.outcome(perfect, false)
		for _, id := range o.everything() {
			if o.level(id) == differs {
				t.Fatalf("seed %d: %s differs, and nothing went wrong:\n%s", seed, id, s)
			}
		}
	}
}

// TestEverythingIsJudged holds that nearly every difference has a truth, and one with a code where
// the recording is whole.
func TestEverythingIsJudged(t *testing.T) {
	unjudged, nameless, all := 0, 0, 0
	for seed := range uint64(1500) {
		w := Judge(Random(seed))
		for _, truth := range w.Truths {
			if w.Script.Other {
				break
			}
			all++
			switch {
			case truth.Unjudged:
				unjudged++
			case len(truth.Any) == 0 && !truth.Innocent && !w.Script.flawed():
				nameless++
			}
		}
	}
	if unjudged*100 > all || nameless*100 > all {
		t.Errorf("of %d differences %d have no truth, and %d no code", all, unjudged, nameless)
	}
}

// TestWorldsRepeat plays worlds twice: nothing in them may depend on anything but the script.
func TestWorldsRepeat(t *testing.T) {
	for seed := range uint64(200) {
		a, b := Judge(Random(seed)), Judge(Random(seed))
		if a.Evidence.Cached != b.Evidence.Cached || a.Evidence.Server != b.Evidence.Server || len(a.Evidence.Lines) != len(b.Evidence.Lines) {
			t.Fatalf("seed %d: two plays of one script differ", seed)
		}
	}
}
