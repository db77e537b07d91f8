package convert

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/go-json-experiment/json/jsontext"
)

// layouts are the spellings of a moment that tools write and that are not ISO 8601.
var layouts = []string{
	time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate,
	"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z0700",
	"2006/01/02 15:04:05", "2006:01:02 15:04:05",
	"Mon Jan 02 2006 15:04:05 GMT-0700", "1/2/2006, 3:04:05 PM", "02/Jan/2006:15:04:05 -0700",
}

// readMoment reads a moment as tools write it: as text, or as a number of seconds or parts of a
// second since 1970.
func readMoment(value jsontext.Value) (time.Time, bool) {
	if value.Kind() == '"' {
		return parseMoment(unquote(value))
	}
	n, ok := readNumber(value)
	if !ok {
		return time.Time{}, false
	}
	return sinceEpoch(n)
}

// parseMoment reads a moment from text. A moment that names no zone is taken for UTC.
func parseMoment(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if at, _, ok := rawjson.ParseMoment(text); ok {
		return at, sane(at)
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return sinceEpoch(n)
	}
	text, _, _ = strings.Cut(text, " (") // JavaScript names the zone once more
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, sane(at)
		}
	}
	return time.Time{}, false
}

// sane tells whether a recording may have been made then.
func sane(at time.Time) bool { return at.Year() > 1970 && at.Year() < 3000 }

// oldest is the smallest number of seconds that is taken for a moment rather than for a duration:
// it is in 1973.
const oldest = 1e8

// sinceEpoch reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970: its
// size tells which.
func sinceEpoch(n float64) (time.Time, bool) {
	unit := 1e6
	switch {
	case !(n >= oldest):
		return time.Time{}, false
	case n >= oldest*1e9:
		unit = 1e-3
	case n >= oldest*1e6:
		unit = 1
	case n >= oldest*1e3:
		unit = 1e3
	}
	micros := math.Round(n * unit)
	if micros >= math.MaxInt64 {
		return time.Time{}, false
	}
	at := time.UnixMicro(int64(micros)).UTC()
	return at, sane(at)
}

// readNumber reads a number, which some tools write as text.
func readNumber(value jsontext.Value) (float64, bool) {
	text := string(value)
	if value.Kind() == '"' {
		text = strings.TrimSpace(unquote(value))
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// readSpan reads a duration in milliseconds. Less than none and more than a month is no duration.
func readSpan(value jsontext.Value) (time.Duration, bool) {
	const month = 31 * 24 * 60 * 60 * 1000
	n, ok := readNumber(value)
	if !ok || n < 0 || n > month {
		return 0, false
	}
	return time.Duration(n * float64(time.Millisecond)), true
}
