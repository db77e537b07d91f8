package player

import (
	"testing"
	"time"
)

func TestParsePoint(t *testing.T) {
	for text, want := range map[string]Point{
		"1":     AtRecord(1),
		"120":   AtRecord(120),
		"12.5s": AtTime(12500 * time.Millisecond),
		"0s":    AtTime(0),
		"1m30s": AtTime(90 * time.Second),
	} {
		got, err := ParsePoint(text)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
		if again, err := ParsePoint(got.String()); err != nil || again != want {
			t.Errorf("%q is %q as text, and that %v, %v", text, got, again, err)
		}
	}
	started := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]Point{
		"10:00": AtTime(time.Hour), "08:59": AtTime(24*time.Hour - time.Minute), "2026-11-23T10:30:00+01:00": AtTime(30 * time.Minute),
		"120": AtRecord(120), "12.5s": AtTime(12500 * time.Millisecond),
	} {
		got, err := ParsePoint(text)
		if err == nil {
			got, err = got.Resolve(started, time.UTC)
		}
		if err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	if early, err := ParsePoint("2026-11-23T08:00"); err != nil || early.IsZero() {
		t.Errorf("a moment is %v, %v", early, err)
	} else if at, err := early.Resolve(started, time.UTC); err == nil {
		t.Errorf("what lies before the session is at %v of it", at)
	}
	for _, text := range []string{"", "0", "-1", "-1s", "twelve", "12.5", "v42"} {
		if got, err := ParsePoint(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
