package rawjson

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// agreeOnInstant compares the readers with what Go's time package makes of a text. That knows no hour 24.
func agreeOnInstant(t fataler, text string) {
	t.Helper()
	raw := []byte(`"` + text + `"`)
	got, ok := ParseInstant(text)
	read, readToo := ReadInstant(raw)
	valid, midnight := CheckInstant(raw)
	if ok != readToo || ok != valid || !got.Equal(read) {
		t.Fatalf("%q: parsed %v, read %v, checked %v", text, ok, readToo, valid)
	}
	if named24(text) {
		text = text[:11] + "00" + text[13:]
	}
	want, err := time.Parse(time.RFC3339, text)
	if ok != (err == nil && !lax(text)) {
		t.Fatalf("%q: %v, time says %v", text, ok, err)
	}
	if !ok {
		if midnight {
			t.Fatalf("%q is no instant, and a midnight", text)
		}
		return
	}
	_, offset := got.Zone()
	if _, theirs := want.Zone(); !got.Equal(want) || offset != theirs {
		t.Fatalf("%q is %v, time says %v", text, got, want)
	}
	if is := offset == 0 && want.Equal(want.UTC().Truncate(24*time.Hour)) && !lostDigits(text); midnight != is {
		t.Fatalf("%q: midnight is %v, time says %v", text, midnight, want)
	}
}

// named24 says whether a text has the server's hour of midnight.
func named24(text string) bool {
	return len(text) > 13 && text[10:13] == "T24"
}

// lax reports whether a time has a departure from RFC 3339 that the time package puts up with: an hour of one digit, a
// comma, an offset of 24 hours, or one with 60 minutes.
func lax(text string) bool {
	n := len(text)
	return text[13] != ':' || strings.Contains(text, ",") || text[n-1] != 'Z' && (text[n-5:n-3] == "24" || text[n-2:] >= "60")
}

// lostDigits reports whether a text has more digits of a second than time.Time holds, and one of those is not 0.
func lostDigits(text string) bool {
	_, fraction, _ := strings.Cut(text, ".")
	n := strings.IndexAny(fraction, "Z+-")
	return n > 9 && strings.Trim(fraction[9:n], "0") != ""
}

var instants = []string{
	"2026-11-24T09:00:00+00:00", "2026-11-23T01:28:33.846Z", "2026-11-27T00:00:00.000Z", "2026-11-27T00:00:00+00:00",
	"2026-11-27T00:00:00-00:00", "2026-11-27T00:00:00-05:00", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
	"2026-11-00T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T23:60:00Z", "2026-11-27T23:59:60Z", "2026-11-27t00:00:00Z",
	"2026-11-27T00:00:00z", "2026-11-27 00:00:00Z", "2026-11-27T00:00:00", "2026-11-27T00:00Z", "2026-11-27", "",
	"2026-11-27T00:00:00.Z", "2026-11-27T00:00:00.", "2026-11-27T00:00:00.5", "2026-11-27T00:00:00,5Z", "2026-11-27T00:00:00.0000000000001Z",
	"2026-11-27T00:00:00+24:00", "2026-11-27T00:00:00+05:60", "2026-11-27T00:00:00+0500", "2026-11-27T00:00:00+5:00",
	"2026-11-27T00:00:00ZZ", "+026-11-27T00:00:00Z", "2026-1-127T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
	"2026-11-27T9:00:00Z", "2026-11-27T009:00:00Z", "2026-12-06T24:15:00+00:00", "2026-12-06T24:59:59.999-12:45", "2026-12-06T25:00:00Z",
	"2026-12-06T24:60:00Z", "2026-11-31T24:00:00Z", "2026-11-27T00:00:00\u00e9", "2026-11-27T10:00:00+00:00[UTC]", "2026-11-27T00:00:00+05:30\u00e9",
}

func TestInstants(t *testing.T) {
	for _, text := range instants {
		agreeOnInstant(t, text)
	}
	if valid, midnight := CheckInstant([]byte(`"2026-11-27T00:00:00\u002e0Z"`)); !valid || !midnight {
		t.Errorf("with an escape: valid %v, midnight %v", valid, midnight)
	}
	for _, raw := range []string{"", `"`, `""`, "null", "7", "{}", "2026-11-27T00:00:00Z"} {
		if at, ok := ReadInstant([]byte(raw)); ok {
			t.Errorf("%s is %v, want no instant", raw, at)
		}
	}
}

// The server spells midnight's hour as 24 of the day that it begins, not of the one that it ends.
func TestHour24IsTheSameDays(t *testing.T) {
	for text, want := range map[string]string{
		"2026-12-06T24:15:00+00:00":  "2026-12-06T00:15:00Z",
		"2026-12-06T24:00:00+00:00":  "2026-12-06T00:00:00Z",
		"2026-12-06T24:00:00.000Z":   "2026-12-06T00:00:00Z",
		"2026-12-06T24:59:59.5Z":     "2026-12-06T00:59:59.5Z",
		"2026-12-06T24:15:00-06:00":  "2026-12-06T06:15:00Z",
		"2027-01-01T24:15:00+05:45":  "2026-12-31T18:30:00Z",
		"2024-03-01T24:00:00+00:00":  "2024-03-01T00:00:00Z",
		"2026-12-06T23:59:59+00:00":  "2026-12-06T23:59:59Z",
		"2026-12-06T00:15:00-00:00":  "2026-12-06T00:15:00Z",
		"2026-12-06T00:15:00.123Z":   "2026-12-06T00:15:00.123Z",
		"2026-12-06T00:15:00.1234Z":  "2026-12-06T00:15:00.1234Z",
		"2026-12-06T00:15:00+14:00":  "2026-12-05T10:15:00Z",
		"2026-12-06T00:15:00-03:30":  "2026-12-06T03:45:00Z",
		"2024-02-29T23:00:00-01:00":  "2024-03-01T00:00:00Z",
		"2026-12-06T00:00:00.000Z":   "2026-12-06T00:00:00Z",
		"2026-12-06T10:00:00.00000Z": "2026-12-06T10:00:00Z",
	} {
		at, ok := ParseInstant(text)
		if got := at.UTC().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s is %s (%v), want %s", text, got, ok, want)
		}
	}
	for text, want := range map[string]bool{
		"2026-12-06T24:00:00.000Z":  true,
		"2026-12-06T24:00:00+00:00": true,
		"2026-12-06T24:00:00+01:00": false,
		"2026-12-06T24:15:00.000Z":  false,
	} {
		if valid, midnight := CheckInstant([]byte(`"` + text + `"`)); !valid || midnight != want {
			t.Errorf("%s: valid %v, midnight %v, want %v", text, valid, midnight, want)
		}
	}
}

func TestInstantsAgreeWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agreeOnInstant(t, rapid.StringMatching(`[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,12})?(Z|[+-][0-2][0-9]:[0-6][0-9])`).Draw(t, "time"))
		agreeOnInstant(t, rapid.StringMatching(`[0-9]{4}-0[1-9]-[0-2][1-9]T(00|24):00:00(\.[01]{1,12})?(Z|[+-]00:0[01])`).Draw(t, "midnight"))
	})
}

// What the template of servers' text accepts is an instant, and every instant that they spell is accepted.
func TestSkippersAgreeWithReaders(t *testing.T) {
	for _, text := range instants {
		agreeOnSkipping(t, text)
	}
	for _, text := range []string{
		"2026-12-06T24:15:00+00:00", "2026-12-02T15:45:00+05:45", "2026-12-02T10:00:00-06:00", "2026-11-29T08:54:52.311Z",
	} {
		if end := SkipInstant([]byte(text+`"`), 0); end != len(text)+1 {
			t.Errorf("SkipInstant of %s ends at %d, want %d", text, end, len(text)+1)
		}
	}
	if text := `2026-11-29T00:00:00.000Z"`; SkipMidnight([]byte(text), 0) != len(text) {
		t.Errorf("SkipMidnight declines %s", text)
	}
}

func agreeOnSkipping(t fataler, text string) {
	t.Helper()
	raw := []byte(`"` + text + `"`)
	valid, midnight := CheckInstant(raw)
	if end := SkipInstant(raw, 1); end != None && (!valid || end != len(raw)) {
		t.Fatalf("SkipInstant takes %s to %d of %d, valid is %v", raw, end, len(raw), valid)
	}
	if end := SkipMidnight(raw, 1); end != None && (!midnight || end != len(raw)) {
		t.Fatalf("SkipMidnight takes %s to %d of %d, midnight is %v", raw, end, len(raw), midnight)
	}
	for n := range raw {
		if SkipInstant(raw[:n], 1) != None || SkipMidnight(raw[:n], 1) != None {
			t.Fatalf("the first %d bytes of %s are taken", n, raw)
		}
	}
}

func FuzzInstants(f *testing.F) {
	for _, text := range instants {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, `"\`) {
			return // not what stands between the quotes of a string
		}
		agreeOnInstant(t, text)
		agreeOnSkipping(t, text)
		at, zoned, ok := ParseMoment(text)
		if exact, instant := ParseInstant(text); instant && (!ok || !zoned || !at.Equal(exact)) {
			t.Fatalf("the instant %q is the moment %v (%v, zoned %v)", text, at, ok, zoned)
		}
	})
}

func TestInstantsAllocateNothing(t *testing.T) {
	raw := []byte(`"2026-12-06T24:15:00+05:45"`)
	if n := testing.AllocsPerRun(100, func() { CheckInstant(raw) }); n != 0 {
		t.Errorf("CheckInstant allocates %v times", n)
	}
}

func ExampleParseInstant() {
	at, ok := ParseInstant("2026-12-06T24:15:00+00:00")
	fmt.Println(at.UTC(), ok)
	// Output: 2026-12-06 00:15:00 +0000 UTC true
}
