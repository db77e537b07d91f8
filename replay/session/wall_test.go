package session

import (
	"testing"
	"time"
)

func TestWall(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	started := time.Date(2026, 11, 29, 22, 54, 52, 311e6, time.UTC)
	for _, c := range []struct {
		text string
		zone *time.Location
		want string // "" where the session started later
	}{
		{"23:00", time.UTC, "2026-11-29T23:00:00Z"},
		{"10:00", time.UTC, "2026-11-30T10:00:00Z"},
		{"10:00:05.5", time.UTC, "2026-11-30T10:00:05.5Z"},
		{"9:30", time.UTC, "2026-11-30T09:30:00Z"},
		{"00:00", time.UTC, "2026-11-30T00:00:00Z"},
		{"00:00", berlin, "2026-11-29T23:00:00Z"},
		{"22:54:52", time.UTC, "2026-11-29T22:54:52.311Z"}, // the second in which it started, as it is printed
		{"22:54", time.UTC, "2026-11-30T22:54:00Z"},
		{"23:54:53", berlin, "2026-11-29T22:54:53Z"},
		{"2026-11-30T10:00", berlin, "2026-11-30T09:00:00Z"},
		{"2026-11-30 10:00:00", time.UTC, "2026-11-30T10:00:00Z"},
		{"2026-11-30T10:00:00+05:45", time.UTC, "2026-11-30T04:15:00Z"},
		{"2026-11-29T22:54:52Z", time.UTC, "2026-11-29T22:54:52.311Z"},
		{"2026-11-30", time.UTC, "2026-11-30T00:00:00Z"},
		{"2026-11-29", time.UTC, ""},
		{"2026-11-29T22:54:51Z", time.UTC, ""},
	} {
		w, ok := ParseWall(c.text)
		if !ok {
			t.Errorf("%s is not read", c.text)
			continue
		}
		since, err := w.Since(started, c.zone)
		got := started.Add(since).UTC().Format(time.RFC3339Nano)
		if err != nil {
			got = ""
		}
		if got != c.want {
			t.Errorf("%s in %v is %q (%v), want %q", c.text, c.zone, got, err, c.want)
		}
	}
	for _, text := range []string{"", "10", "10:", ":30", "10:60", "25:00", "1:2", "10:00Z", "10:00+01:00", "soon", "2026-13-01", "v41", "12.5s"} {
		if w, ok := ParseWall(text); ok {
			t.Errorf("%q is read as %v", text, w)
		}
	}
}

// A clock that is put forward leaves no hour out, and one that is put back finds the first of two.
func TestWallWhereClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ started, text, want string }{
		{"2026-10-24T22:00:00Z", "02:30", "2026-10-25T00:30:00Z"},
		{"2026-10-25T00:45:00Z", "02:30", "2026-10-25T01:30:00Z"},
		{"2026-10-25T01:45:00Z", "02:30", "2026-10-26T01:30:00Z"},
		{"2026-10-24T22:00:00Z", "03:30", "2026-10-25T02:30:00Z"},
		{"2026-03-28T22:00:00Z", "03:30", "2026-03-29T01:30:00Z"},
	} {
		started, err := time.Parse(time.RFC3339, c.started)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := ParseWall(c.text)
		since, err := w.Since(started, berlin)
		if got := started.Add(since).Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("%s after %s is %s (%v), want %s", c.text, c.started, got, err, c.want)
		}
	}
}
