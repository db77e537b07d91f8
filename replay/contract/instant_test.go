package contract

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// agreeOnInstant compares instant with what Go's time package makes of a text.
func agreeOnInstant(t fataler, text string) {
	t.Helper()
	var want time.Time
	err := want.UnmarshalText([]byte(text))
	valid, midnight := instant([]byte(`"` + text + `"`))
	if valid != (err == nil && !lax(text)) {
		t.Fatalf("%q: valid is %v, time says %v", text, valid, err)
	}
	if !valid {
		return
	}
	_, offset := want.Zone()
	utcMidnight := offset == 0 && want.Equal(want.UTC().Truncate(24*time.Hour)) && !lostDigits(text)
	if midnight != utcMidnight {
		t.Fatalf("%q: midnight is %v, time says %v", text, midnight, want)
	}
}

// lax reports whether a time has a departure from RFC 3339 that the time package
// puts up with: a comma, or an offset of 24 hours, or with 60 minutes.
func lax(text string) bool {
	n := len(text)
	return strings.Contains(text, ",") || text[n-1] != 'Z' && (text[n-5:n-3] == "24" || text[n-2:] >= "60")
}

// lostDigits reports whether a text has more digits of a second than time.Time
// holds, and one of those is not 0.
func lostDigits(text string) bool {
	_, fraction, _ := strings.Cut(text, ".")
	n := strings.IndexAny(fraction, "Z+-")
	return n > 9 && strings.Trim(fraction[9:n], "0") != ""
}

func TestInstant(t *testing.T) {
	for _, text := range []string{
		"2026-11-24T09:00:00+00:00", "2026-11-23T01:28:33.846Z", "2026-11-27T00:00:00.000Z", "2026-11-27T00:00:00+00:00",
		"2026-11-27T00:00:00-00:00", "2026-11-27T00:00:00-05:00", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-11-00T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T23:60:00Z", "2026-11-27T23:59:60Z", "2026-11-27t00:00:00Z",
		"2026-11-27T00:00:00z", "2026-11-27 00:00:00Z", "2026-11-27T00:00:00", "2026-11-27T00:00Z", "2026-11-27", "",
		"2026-11-27T00:00:00.Z", "2026-11-27T00:00:00.", "2026-11-27T00:00:00.5", "2026-11-27T00:00:00,5Z", "2026-11-27T00:00:00.0000000000001Z",
		"2026-11-27T00:00:00+24:00", "2026-11-27T00:00:00+05:60", "2026-11-27T00:00:00+0500", "2026-11-27T00:00:00+5:00",
		"2026-11-27T00:00:00ZZ", "+026-11-27T00:00:00Z", "2026-1-127T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
	} {
		agreeOnInstant(t, text)
	}
	if valid, midnight := instant([]byte(`"2026-11-27T00:00:00\u002e0Z"`)); !valid || !midnight {
		t.Errorf("with an escape: valid %v, midnight %v", valid, midnight)
	}
}

func TestInstantAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agreeOnInstant(t, rapid.StringMatching(`[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,12})?(Z|[+-][0-2][0-9]:[0-6][0-9])`).Draw(t, "time"))
		agreeOnInstant(t, rapid.StringMatching(`[0-9]{4}-0[1-9]-[0-2][1-9]T00:00:00(\.[01]{1,12})?(Z|[+-]00:0[01])`).Draw(t, "midnight"))
	})
}
