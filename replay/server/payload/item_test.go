package payload

import (
	"strings"
	"testing"
	"time"
)

func TestGoogleState(t *testing.T) {
	for _, tc := range []struct{ name, stored, shown, emitted string }{
		{"unlinked", `{"id":1,"googleSync":null}`, `{"id":1,"googleSync":` + idleSync + `}`, `{"id":1,"googleSync":null}`},
		{"unlinked, in the middle", `{"googleSync":null,"id":1}`, `{"googleSync":` + idleSync + `,"id":1}`, `{"googleSync":null,"id":1}`},
		{"missing", `{"id":1}`, `{"id":1,"googleSync":` + idleSync + `}`, `{"id":1,"googleSync":null}`},
		{"linked", `{"id":1,"googleSync":{"etag":"e"}}`, `{"id":1,"googleSync":{"etag":"e"}}`, `{"id":1,"googleSync":null}`},
		{"nested", `{"id":1,"x":{"id":1,"googleSync":null}}`, `{"id":1,"x":{"id":1,"googleSync":null},"googleSync":` + idleSync + `}`, `{"id":1,"x":{"id":1,"googleSync":null},"googleSync":null}`},
	} {
		if got := string(Shown([]byte(tc.stored))); got != tc.shown {
			t.Errorf("%s: shown %s, want %s", tc.name, got, tc.shown)
		}
		if got := string(Emitted([]byte(tc.stored))); got != tc.emitted {
			t.Errorf("%s: emitted %s, want %s", tc.name, got, tc.emitted)
		}
	}
}

// FuzzShown holds the short cut for unlinked items against the long way.
func FuzzShown(f *testing.F) {
	f.Add([]byte(`{"id":1,"googleSync":null}`))
	f.Add([]byte(`{"a\",\"googleSync":null}`))
	f.Add([]byte(`{"x":",\"googleSync\":null}"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := Parse(text)
		if err != nil {
			return
		}
		stored := o.Bytes()
		shown, emitted := string(Shown(stored)), string(Emitted(stored))
		long := o
		long.Set("googleSync", Null)
		if want := string(long.Bytes()); emitted != want {
			t.Errorf("%s: emitted %s, want %s", stored, emitted, want)
		}
		if o, _ = Parse(stored); IsNull(o.Get("googleSync")) {
			o.Set("googleSync", []byte(idleSync))
		}
		if want := string(o.Bytes()); shown != want {
			t.Errorf("%s: shown %s, want %s", stored, shown, want)
		}
	})
}

func TestAnswered(t *testing.T) {
	got := string(Answered([]byte(`{"startLocal":"2026-11-24T15:00:00+02:00","endLocal":"odd","createdAt":"2026-11-24T15:00:00+02:00","googleSync":{}}`)))
	want := `{"startLocal":"2026-11-24T13:00:00.000Z","endLocal":"odd","createdAt":"2026-11-24T15:00:00+02:00","googleSync":{}}`
	if got != want {
		t.Errorf("answered %s, want %s", got, want)
	}
}

func TestComplete(t *testing.T) {
	parse := func(text string) Object {
		o, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	fields := []string{"a", "b", "c"}
	for _, tc := range []struct{ name, given, base, want string }{
		{"whole", `{"c":1,"x":2,"b":3,"a":4}`, `{"a":0,"b":0,"c":0}`, `{"c":1,"x":2,"b":3,"a":4}`},
		{"whole over unknown", `{"c":1,"b":3,"a":4}`, `{"a":0,"b":0,"c":0,"y":9}`, `{"c":1,"b":3,"a":4,"y":9}`},
		{"part", `{"x":2,"b":3.0}`, `{"c":7,"y":9,"b":8,"a":6}`, `{"a":6,"b":3.0,"c":7,"x":2,"y":9}`},
		{"nothing", `{}`, `{"c":7,"b":8,"a":6}`, `{"a":6,"b":8,"c":7}`},
	} {
		got := Complete(fields, parse(tc.given), parse(tc.base))
		if string(got.Bytes()) != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got.Bytes(), tc.want)
		}
	}
}

func TestSpellings(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 30, 5, 678_900_000, time.FixedZone("", -5*3600))
	for _, tc := range []struct{ what, got, want string }{
		{"local", Local(at, ZoneOf("", "Mars/Olympus", "Local")), "2026-11-24T06:30:05+00:00"},
		{"local in a zone", Local(at, ZoneOf("", "Europe/Berlin", "America/New_York")), "2026-11-24T07:30:05+01:00"},
		{"instant", Instant(at), "2026-11-24T06:30:05.678Z"},
		{"midnight", Instant(Midnight(at)), "2026-11-24T00:00:00.000Z"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", tc.what, tc.got, tc.want)
		}
	}
	for text, want := range map[string]string{
		"2026-11-24T15:00:00+02:00":   "2026-11-24T13:00:00.000Z",
		"2026-11-24T15:00:00.25Z":     "2026-11-24T15:00:00.250Z",
		"2026-11-24T15:00:00":         "2026-11-24T15:00:00.000Z",
		"2026-11-24T15:00":            "2026-11-24T15:00:00.000Z",
		"2026-11-24":                  "2026-11-24T00:00:00.000Z",
		"2026-12-06T24:15:00+00:00":   "2026-12-06T00:15:00.000Z",
		"2026-12-06T24:00":            "2026-12-06T00:00:00.000Z",
		"2026-12-06T25:00:00Z":        "",
		"":                            "",
		"24.11.2026":                  "",
		"2026-11-24T15:00:00 Z":       "",
		"2026-02-30T00:00:00Z":        "",
		strings.Repeat("2026-11-", 2): "",
	} {
		at, err := ParseTime(text)
		if err != nil && want != "" || err == nil && Instant(at) != want {
			t.Errorf("%q is %v, %v; want %q", text, at, err, want)
		}
	}
}

func TestMidnights(t *testing.T) {
	for plain, quirky := range map[string]string{
		`{"id":1,"startLocal":"2026-12-06T00:15:00+00:00","endLocal":"2026-12-07T00:00:00-05:00"}`: `{"id":1,"startLocal":"2026-12-06T24:15:00+00:00","endLocal":"2026-12-07T24:00:00-05:00"}`,
		`{"startLocal":"2026-12-06T10:00:00+00:00","summary":"T00:15"}`:                            `{"startLocal":"2026-12-06T10:00:00+00:00","summary":"T00:15"}`,
		`{"startLocal":null,"createdAt":"2026-12-06T00:00:00.000Z"}`:                               `{"startLocal":null,"createdAt":"2026-12-06T00:00:00.000Z"}`,
		`{"dueDate":"2026-12-06T00:00:00.000Z"}`:                                                   `{"dueDate":"2026-12-06T00:00:00.000Z"}`,
	} {
		if got := string(Midnight24([]byte(plain))); got != quirky {
			t.Errorf("with 24 it is %s, want %s", got, quirky)
		}
		if got := string(Midnight00([]byte(quirky))); got != plain {
			t.Errorf("with 00 it is %s, want %s", got, plain)
		}
	}
}

func TestMoments(t *testing.T) {
	for _, text := range []string{`{`, `{"startLocal":7}`, `{"startLocal":"soon"}`, `{}`} {
		if at, err := Start([]byte(text)); err == nil {
			t.Errorf("%s starts at %v", text, at)
		}
	}
	for _, text := range []string{`{`, `{"dueDate":7}`, `{"dueDate":"soon"}`} {
		if at, err := Due([]byte(text)); err == nil {
			t.Errorf("%s is due at %v", text, at)
		}
	}
	for text, want := range map[string]time.Time{
		`{}`:                       {},
		`{"dueDate":null}`:         {},
		`{"dueDate":"2026-11-24"}`: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	} {
		if at, err := Due([]byte(text)); err != nil || !at.Equal(want) {
			t.Errorf("%s is due at %v, %v; want %v", text, at, err, want)
		}
	}
}
