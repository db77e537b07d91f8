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
	for _, text := range []string{"", "0", "-1", "-1s", "twelve", "12.5", "v42"} {
		if got, err := ParsePoint(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
