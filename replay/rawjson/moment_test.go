package rawjson

import (
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	for _, c := range []struct {
		text, want string
		zoned      bool
	}{
		{"2026-11-24T15:00:00+02:00", "2026-11-24T13:00:00Z", true},
		{"2026-11-24T15:00:00.25Z", "2026-11-24T15:00:00.25Z", true},
		{"2026-11-24T15:00:00.25", "2026-11-24T15:00:00.25Z", false},
		{"2026-11-24T15:00:00", "2026-11-24T15:00:00Z", false},
		{"2026-11-24T15:00", "2026-11-24T15:00:00Z", false},
		{"2026-11-24T24:15", "2026-11-24T00:15:00Z", false},
		{"2026-11-24T15:00Z", "2026-11-24T15:00:00Z", true},
		{"2026-11-24T15:00-03:30", "2026-11-24T18:30:00Z", true},
		{"2026-11-24 15:00", "2026-11-24T15:00:00Z", false},
		{"2026-11-24t15:00:00z", "2026-11-24T15:00:00Z", true},
		{"2026-11-24", "2026-11-24T00:00:00Z", false},
	} {
		at, zoned, ok := ParseMoment(c.text)
		if got := at.UTC().Format(time.RFC3339Nano); !ok || got != c.want || zoned != c.zoned {
			t.Errorf("%q is %s (%v, zoned %v), want %s, zoned %v", c.text, got, ok, zoned, c.want, c.zoned)
		}
	}
	for _, text := range []string{
		"", "24.11.2026", "tomorrow", "2026-11-24T", "2026-11-24T9:30", "2026-11-24T15", "2026-11-24T15:00:00 Z", "2026-02-30",
		"2026-02-30T00:00:00Z", "2026-11-24T15:60", "2026-11-24T15:00.5", "20261124T150000", "2026-11-24Z", "2026-11-24T15:00:00ZZ",
	} {
		if at, _, ok := ParseMoment(text); ok {
			t.Errorf("%q is %v, want it refused", text, at)
		}
	}
}
