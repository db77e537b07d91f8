package synth

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimesAreThoseOfPackageTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "ms") // years 1 to 9999
		at := time.UnixMilli(ms).UTC()
		if got, want := string(appendInstant(nil, ms)), at.Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Fatalf("%d is %s, want %s", ms, got, want)
		}
		if got, want := string(appendLocal(nil, at.Unix())), at.Format("2006-01-02T15:04:05-07:00"); got != want {
			t.Fatalf("%d is %s, want %s", at.Unix(), got, want)
		}
		day := at.Truncate(24 * time.Hour)
		if got, want := string(appendDate(nil, at.Unix())), `"`+day.Format("2006-01-02T15:04:05.000Z")+`"`; got != want {
			t.Fatalf("%d is %s, want %s", at.Unix(), got, want)
		}
	})
}

// Chance finds the day hardly ever that only every fourth century has.
func TestLeapDays(t *testing.T) {
	for _, year := range []int{1600, 1896, 1900, 1996, 2000, 2024, 2100, 2400} {
		for day := range 4 {
			at := time.Date(year, time.February, 27+day, 23, 59, 59, 0, time.UTC)
			if got, want := string(appendLocal(nil, at.Unix())), at.Format("2006-01-02T15:04:05-07:00"); got != want {
				t.Errorf("%s is %s", want, got)
			}
		}
	}
}

// JavaScript writes the shortest decimal that is the number, as strconv does.
func TestAmountsAreWrittenAsJavaScriptDoes(t *testing.T) {
	for cents := range int64(30_000) {
		want := strconv.FormatFloat(float64(cents)/100, 'f', -1, 64)
		if got := string(appendAmount(nil, cents)); got != want {
			t.Fatalf("%d cents are %s, want %s", cents, got, want)
		}
	}
	if got := string(appendAmount(nil, -1)); got != "null" {
		t.Errorf("an unknown amount is %s", got)
	}
}

func TestTimelinesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stretches []stretch
		for range rapid.IntRange(1, 6).Draw(t, "stretches") {
			stretches = append(stretches, stretch{
				work: rapid.IntRange(1, 50).Draw(t, "work"), time: rapid.IntRange(1, 50).Draw(t, "time"),
				away: len(stretches) > 0 && rapid.Bool().Draw(t, "away"),
			})
		}
		deltas := rapid.Int64Range(1, 1e12).Draw(t, "deltas")
		end := time.Duration(rapid.Int64Range(1, int64(maxSpan)).Draw(t, "end"))
		parts := newTimeline(stretches, deltas, 0, end).parts
		sent, at := int64(0), time.Duration(0)
		for _, p := range parts {
			if p.from != sent || p.to < p.from || p.start != at || p.end < p.start || p.away && p.to != p.from {
				t.Fatalf("part %+v comes behind delta %d at %v", p, sent, at)
			}
			if mid := p.from + (p.to-p.from)/2; p.at(mid) < p.start || p.at(mid) > p.end || p.at(p.from) != p.start {
				t.Fatalf("delta %d of %+v is at %v", mid, p, p.at(mid))
			}
			sent, at = p.to, p.end
		}
		if sent != deltas || at != end {
			t.Fatalf("%d of %d deltas, %v of %v", sent, deltas, at, end)
		}
	})
}
