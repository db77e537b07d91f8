package session

import (
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Wall is a moment as people read it off a clock: a time of day, or a day and a time of it.
type Wall struct {
	at    time.Time // what was read; of a time of day, on a day of its own
	day   bool      // the day is meant, too
	zoned bool      // so is the offset: at is an instant
}

// anyDay stands for the day that a time of day does not state.
const anyDay = "2000-01-01T"

// ParseWall reads "10:00", "10:00:05.5", and what [rawjson.ParseMoment] reads.
func ParseWall(text string) (Wall, bool) {
	if len(text) > 1 && text[1] == ':' {
		text = "0" + text
	}
	if len(text) > 2 && text[2] == ':' {
		at, zoned, ok := rawjson.ParseMoment(anyDay + text)
		return Wall{at: at}, ok && !zoned
	}
	at, zoned, ok := rawjson.ParseMoment(text)
	return Wall{at: at, day: true, zoned: zoned}, ok
}

// Since is how long after its start a session was at that moment: at the first such one, where only
// the time of day is stated. A session that started within that very second was there at its start.
// What states no zone is meant in zone.
func (w Wall) Since(started time.Time, zone *time.Location) (time.Duration, error) {
	from := started.Truncate(time.Second)
	at := w.at
	switch {
	case !w.day:
		today := from.In(zone)
		at = w.on(today, 0, zone, from)
		if at.Before(from) {
			at = w.on(today, 1, zone, from)
		}
	case !w.zoned:
		at = w.on(w.at, 0, zone, from)
	}
	if at.Before(from) {
		return 0, fmt.Errorf("the session starts later, at %s", started.In(zone).Format("2006-01-02 15:04:05 MST"))
	}
	return max(at.Sub(started), 0), nil
}

// on is the time of day in a zone, so many days after a day. Where clocks are put back a time comes
// twice: then it is the first that does not lie before from.
func (w Wall) on(day time.Time, later int, zone *time.Location, from time.Time) time.Time {
	t := w.at
	at := time.Date(day.Year(), day.Month(), day.Day()+later, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	for _, back := range []time.Duration{-time.Hour, time.Hour} {
		twin := at.Add(back)
		if twin.Hour() == at.Hour() && twin.Minute() == at.Minute() && !twin.Before(from) && (back < 0 || at.Before(from)) {
			return twin
		}
	}
	return at
}
