package fault

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMissedTellsWhatDidNotComeToBe plans faults for a session that has no place for them.
func TestMissedTellsWhatDidNotComeToBe(t *testing.T) {
	for name, tc := range map[string]struct {
		spec string
		want []Missed
	}{
		"all come to be":        {"drop=100%,disconnect=v3:50ms", nil},
		"beyond the session":    {"disconnect=v4200:10s", []Missed{{"disconnect=v4200:10s", 1, "the session does not come to version 4200"}}},
		"while there is none":   {"disconnect=v3:10s,disconnect=v4:1s,disconnect=v7:1s", []Missed{{"disconnect=v4:1s", 1, "version 4 passed while there was no connection already"}, {"disconnect=v7:1s", 1, "the session does not come to version 7"}}},
		"in one message":        {"disconnect=v2:50ms,disconnect=v3:50ms", []Missed{{"disconnect=v3:50ms", 1, "version 3 passed while there was no connection already"}}},
		"nothing comes next":    {"reorder=100%", []Missed{{"reorder", 1, reasonNoNext}}},
		"nothing came before":   {"stale=100%", []Missed{{"stale", 2, reasonNoOlder}}},
		"stays where all is so": {"duplicate=100%,delay=100%:1s,strip=100%", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, inject(t, small(t), tc.spec, 7).missed); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIdleTellsWhichRatesHitNothing(t *testing.T) {
	spec, err := ParseSpec("drop=5%,delay=10%:500ms,strip=1%,disconnect=v42:10s")
	if err != nil {
		t.Fatal(err)
	}
	got := spec.Idle(func(kind Kind) bool { return kind == Strip })
	if diff := cmp.Diff([]string{"drop=5%", "delay=10%:500ms"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
