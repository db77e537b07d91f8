package rawjson

import "time"

// ParseMoment reads what people and forms write for an instant: RFC 3339, and less of it. The
// offset may be missing (UTC is meant then, and zoned is false), so may the seconds, and all of the
// time of day. A small t or z, and a space for the T, are fine.
func ParseMoment(text string) (at time.Time, zoned, ok bool) {
	var room [len("2026-11-27T10:00:00.123456789+02:00")]byte
	b := append(room[:0], text...)
	switch {
	case len(b) < len("2026-11-27"):
		return at, false, false
	case len(b) == len("2026-11-27"):
		b = append(b, "T00:00:00"...)
	default:
		b = completeTime(b)
	}
	c, ok := readClock(b, 0)
	if !ok {
		return at, false, false
	}
	end, ok := readEnd(b[clockLen:])
	return c.at(end), end.zoned, ok
}

// completeTime spells a day and a time as RFC 3339 does, seconds included.
func completeTime(b []byte) []byte {
	const toMinute = len("2026-11-27T10:00")
	if b[10] == 't' || b[10] == ' ' {
		b[10] = 'T'
	}
	if last := len(b) - 1; b[last] == 'z' {
		b[last] = 'Z'
	}
	if len(b) < toMinute || len(b) > toMinute && (b[toMinute] == ':' || b[toMinute] == '.') {
		return b
	}
	rest := string(b[toMinute:])
	return append(append(b[:toMinute], ":00"...), rest...)
}
