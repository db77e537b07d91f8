package payload

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Local spells an instant as startLocal and endLocal do: to the second, in a time zone, with its
// offset.
func Local(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02T15:04:05-07:00")
}

// zones are the time zones that were asked for. Only those that exist are kept, so that they are
// few.
var zones sync.Map

// ZoneOf is the first time zone of a list of names that this machine knows; the server's default
// zone, UTC, where it knows none of them.
func ZoneOf(names ...string) *time.Location {
	for _, name := range names {
		if name == "" || name == "Local" { // time.LoadLocation takes the latter for this machine's zone
			continue
		}
		if zone, ok := zones.Load(name); ok {
			return zone.(*time.Location)
		}
		if zone, err := time.LoadLocation(name); err == nil {
			zones.Store(name, zone)
			return zone
		}
	}
	return time.UTC
}

// Instant spells an instant as createdAt and the dates of bills do: UTC, milliseconds, Z.
func Instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Midnight is the start of the day that t falls in, in UTC.
func Midnight(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// ParseTime reads an instant, and less than one: without an offset UTC is meant.
func ParseTime(text string) (time.Time, error) {
	at, _, ok := rawjson.ParseMoment(text)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 time", text)
	}
	return at, nil
}

// Midnight24 is an item with the hour of midnight spelled 24 in startLocal and endLocal, as a
// Carebase server's deltas and its /api/plan do: 00:15 on the 6th is T24:15 of the 6th.
func Midnight24(item []byte) []byte { return withHour(item, "T00:", "T24:") }

// Midnight00 is an item with the hour of midnight spelled 00.
func Midnight00(item []byte) []byte { return withHour(item, "T24:", "T00:") }

// withHour respells the hour of an item's local times. An item that has no such hour is returned as
// it is.
func withHour(item []byte, from, to string) []byte {
	if !bytes.Contains(item, []byte(from)) || !bytes.Contains(item, []byte(`Local"`)) {
		return item
	}
	o, err := Parse(item)
	if err != nil {
		return item
	}
	const day = len(`"2006-01-02`)
	for _, field := range localFields {
		value := o.Get(field)
		if len(value) > day && bytes.HasPrefix(value[day:], []byte(from)) {
			o.Set(field, bytes.Replace(value, []byte(from), []byte(to), 1))
		}
	}
	return o.Bytes()
}
