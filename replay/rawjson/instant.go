package rawjson

import (
	"bytes"
	"time"
)

// ReadInstant reads a JSON value that is a string and says an instant; see [ParseInstant].
func ReadInstant(raw []byte) (time.Time, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return time.Time{}, false
	}
	return parseInstant(Unquote(raw))
}

// ParseInstant reads an instant by the letter of RFC 3339: T and Z are capitals, seconds and an
// offset are there, a fraction has a point. The hour 24 is that of the midnight that the day begins
// with, and not the one that it ends with: that is how a Carebase server spells it. What is finer
// than a nanosecond is cut off.
func ParseInstant(text string) (time.Time, bool) {
	return parseInstant([]byte(text))
}

func parseInstant(text []byte) (time.Time, bool) {
	c, ok := readClock(text, 0)
	if !ok {
		return time.Time{}, false
	}
	end, ok := readEnd(text[clockLen:])
	return c.at(end), ok && end.zoned
}

// CheckInstant reports whether a JSON string is an instant, and whether that is a midnight of UTC.
// It allocates only for strings with escapes.
func CheckInstant(raw []byte) (valid, midnight bool) {
	text := Unquote(raw)
	c, ok := readClock(text, 0)
	if !ok {
		return false, false
	}
	end, ok := readEnd(text[clockLen:])
	if !ok || !end.zoned {
		return false, false
	}
	return true, c.hour() == 0 && c.minute() == 0 && c.second() == 0 && end.whole && end.offset == 0
}

// at is the instant of a clock in a zone.
func (c clock) at(e ending) time.Time {
	zone := time.UTC
	if e.offset != 0 {
		zone = time.FixedZone("", e.offset)
	}
	return time.Date(c.year(), time.Month(c.month()), c.day, c.hour(), c.minute(), c.second(), e.nanos, zone)
}

// ending is what may stand behind the seconds of a time.
type ending struct {
	nanos  int
	whole  bool // no fraction, or one of zeros alone
	zoned  bool // an offset is stated
	offset int  // seconds east of UTC
}

// readEnd reads a fraction and an offset, to the end of the text. Each may be missing.
func readEnd(b []byte) (e ending, ok bool) {
	e.whole = true
	if len(b) > 0 && b[0] == '.' {
		n := 1
		for unit := 100_000_000; n < len(b) && isDigit(b[n]); n++ {
			e.nanos += int(b[n]-'0') * unit
			unit /= 10
		}
		if n == 1 {
			return e, false
		}
		e.whole = len(bytes.Trim(b[1:n], "0")) == 0
		b = b[n:]
	}
	if len(b) == 0 {
		return e, true
	}
	e.zoned = true
	e.offset, ok = readOffset(b)
	return e, ok
}

// readOffset reads Z, or an offset such as +02:00.
func readOffset(b []byte) (seconds int, ok bool) {
	if len(b) == 1 {
		return 0, b[0] == 'Z'
	}
	if len(b) != len("+02:00") || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hour, minute := readPair(b, 1), readPair(b, 4)
	seconds = hour*3600 + minute*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, hour < 24 && minute < 60
}
