package fault

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSpec(t *testing.T) {
	const whole = "drop=5%,duplicate=1%,reorder=2%,delay=10%:500ms,stale=1%,strip=1%,disconnect=v42:10s"
	for _, tc := range []struct {
		text string
		want Spec
		back string
	}{
		{"", Spec{}, ""},
		{"drop=5%", Spec{Drop: 50000}, "drop=5%"},
		{" strip=100% , drop=0.0001%,", Spec{Drop: 1, Strip: 1e6}, "drop=0.0001%,strip=100%"},
		{"drop=29.9999%", Spec{Drop: 299999}, "drop=29.9999%"},
		{
			"disconnect=v9:1m,disconnect=v2:1.5s",
			Spec{Disconnects: []Break{{2, 1500 * time.Millisecond}, {9, time.Minute}}},
			"disconnect=v2:1.5s,disconnect=v9:1m0s",
		},
		{whole, Spec{
			Drop: 50000, Duplicate: 10000, Reorder: 20000, Delay: 100000, Stale: 10000, Strip: 10000,
			DelayBy: 500 * time.Millisecond, Disconnects: []Break{{42, 10 * time.Second}},
		}, whole},
	} {
		got, err := ParseSpec(tc.text)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", tc.text, err, diff)
		}
		if got.String() != tc.back || got.IsZero() != (tc.back == "") {
			t.Errorf("%q is %q as text, zero is %v", tc.text, got.String(), got.IsZero())
		}
	}
}

func TestSpecsThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"drip=5%":             `fault "drip=5%": there are drop, duplicate, reorder, delay, stale, strip and disconnect`,
		"drop":                `fault "drop": how often? drop=5% for instance`,
		"drop=5":              `fault "drop=5": "5" is no share, such as 5%`,
		"drop=x%":             `fault "drop=x%": "x%" is no share, such as 5%`,
		"drop=0%":             `fault "drop=0%": a share is above 0% and at most 100%`,
		"drop=101%":           `fault "drop=101%": a share is above 0% and at most 100%`,
		"drop=NaN%":           `fault "drop=NaN%": a share is above 0% and at most 100%`,
		"drop=0.00001%":       `fault "drop=0.00001%": the smallest share is 0.0001%`,
		"drop=1%,drop=2%":     `fault "drop=2%": drop is there twice`,
		"delay=10%":           `fault "delay=10%": by how much? delay=10%:500ms for instance`,
		"delay=10%:5":         `fault "delay=10%:5": "5" is no time, such as 500ms`,
		"delay=10%:-1s":       `fault "delay=10%:-1s": "-1s" is no time, such as 500ms`,
		"disconnect=v42":      `fault "disconnect=v42": at which version, and for how long? disconnect=v42:10s for instance`,
		"disconnect=42:10s":   `fault "disconnect=42:10s": at which version, and for how long? disconnect=v42:10s for instance`,
		"disconnect=v0:10s":   `fault "disconnect=v0:10s": "v0" is no version, such as v42`,
		"disconnect=v4:later": `fault "disconnect=v4:later": "later" is no time, such as 500ms`,
	} {
		spec, err := ParseSpec(text)
		var bad *SpecError
		if !errors.As(err, &bad) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if !spec.IsZero() {
			t.Errorf("%q: half a specification: %+v", text, spec)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("drop=5%,duplicate=1%,reorder=2%,delay=10%:500ms,stale=1%,strip=1%,disconnect=v42:10s")
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := ParseSpec(text)
		if err != nil {
			return
		}
		again, err := ParseSpec(spec.String())
		if err != nil || !cmp.Equal(spec, again) {
			t.Errorf("%q is %q, and that is %+v, %v", text, spec, again, err)
		}
	})
}
