package plan

import (
	"testing"
	"time"
)

func TestInstant(t *testing.T) {
	at := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	for raw, want := range map[string]bool{
		`"2026-11-27T10:00:00Z"`:           true,
		`"2026-11-27T10:00:00.000Z"`:       true,
		`"2026-11-27T10:00:00+00:00"`:      true,
		`"2026-11-27T12:00:00+02:00"`:      true,
		`"2026-11-27T10:00:00.0\u0030Z"`:   true,
		`"2026-11-27T10:00:00"`:            false,
		`"2026-11-27"`:                     false,
		`"2026-11-27 10:00:00Z"`:           false,
		`"2026-11-27T10:00:00,000Z"`:       false, // time.Parse would take it
		`"2026-13-27T10:00:00Z"`:           false,
		`1795773600000000000000000000000`:  false,
		`"2026-11-27T10:00:00+00:00[UTC]"`: false,
		`"nothing that is a time, at all"`: false,
		`null`:                             false,
		``:                                 false,
	} {
		got, ok := Instant([]byte(raw))
		if ok != want || ok && !got.Equal(at) {
			t.Errorf("Instant(%s) = %v, %v, want %v", raw, got, ok, want)
		}
	}
}
