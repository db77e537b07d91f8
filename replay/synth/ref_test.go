package synth

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseRef(t *testing.T) {
	for _, tc := range []struct {
		ref  string
		want Options
	}{
		{"synth:", Options{}},
		{"synth:burst", Options{Profile: Burst}},
		{"synth:burst?deltas=10000&seed=7", Options{Profile: Burst, Deltas: 10_000, Seed: 7}},
		{
			"synth:adversarial?items=5&users=3&duration=90s&start=2026-03-01T08%3A00:00%2B02:00&faulty=data-missing,action-unknown",
			Options{
				Profile: Adversarial, Items: 5, Users: 3, Duration: 90 * time.Second,
				Start: time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC), Faulty: []string{"data-missing", "action-unknown"},
			},
		},
	} {
		got, err := ParseRef(tc.ref)
		got.Start = got.Start.UTC()
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tc.ref, err, diff)
		}
		if !IsRef(tc.ref) {
			t.Errorf("%s is no reference", tc.ref)
		}
	}
}

func TestRefsThatCannotBeRead(t *testing.T) {
	for ref, want := range map[string]string{
		"day":                      "session: is not of the form synth:PROFILE?deltas=10000&seed=7",
		"synth:night":              `profile: there is no "night"; there are day, burst, google-sync, inbound-rush, collaborators, bulk, long-offline, adversarial`,
		"synth:day?delta=5":        "delta: there are seed, items, deltas, duration, users, start and faulty",
		"synth:day?deltas=many":    `deltas: "many" cannot be read`,
		"synth:day?deltas":         `deltas: "" cannot be read`,
		"synth:day?seed=-1":        `seed: "-1" cannot be read`,
		"synth:day?duration=5":     `duration: "5" cannot be read`,
		"synth:day?start=tomorrow": `start: "tomorrow" cannot be read`,
		"synth:day?items=70000":    "items: a plan holds 1 to 60000",
	} {
		if _, err := ParseRef(ref); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
}

func TestRefsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyOptions(t)
		got, err := ParseRef(want.Ref())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%s: %v (-want +got):\n%s", want.Ref(), err, diff)
		}
	})
}

func FuzzParseRef(f *testing.F) {
	f.Add("synth:adversarial?items=5&users=3&duration=90s&start=2026-03-01T08%3A00:00%2B02:00&faulty=data-missing")
	f.Fuzz(func(t *testing.T, ref string) {
		o, err := ParseRef(ref)
		if err != nil {
			return
		}
		if again, err := ParseRef(o.Ref()); err != nil || again.Ref() != o.Ref() {
			t.Errorf("%q is %q, and that %q, %v", ref, o.Ref(), again.Ref(), err)
		}
	})
}
