package render

import (
	"strconv"
	"time"
)

// stamp is a moment as the wire spells it: the wall clock that it states, and the offset beside it.
type stamp struct {
	year, month, day, hour, minute int
	offset                         string // "Z", "+01:00", "" where none is stated
}

var (
	monthNames = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	dayNames   = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
)

// parseStamp reads a date, or a date and a time as RFC 3339 writes them. It keeps what the text states: nothing is
// converted to another zone.
func parseStamp[T string | []byte](s T) (stamp, bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return stamp{}, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 || day > 31 {
		return stamp{}, false
	}
	t := stamp{year: year, month: month, day: day}
	if len(s) == 10 {
		return t, true
	}
	if len(s) < 16 || s[10] != 'T' && s[10] != 't' && s[10] != ' ' || s[13] != ':' {
		return stamp{}, false
	}
	hour, ok1 := digits(s[11:13])
	minute, ok2 := digits(s[14:16])
	if !ok1 || !ok2 || hour > 24 || minute > 59 {
		return stamp{}, false
	}
	t.hour, t.minute, t.offset = hour, minute, offsetOf(s[16:])
	return t, true
}

// offsetOf returns the offset at the end of a time, after seconds and fractions.
func offsetOf[T string | []byte](rest T) string {
	i := 0
	for i < len(rest) && (rest[i] == ':' || rest[i] == '.' || rest[i] >= '0' && rest[i] <= '9') {
		i++
	}
	switch rest = rest[i:]; {
	case string(rest) == "Z" || string(rest) == "z":
		return "Z"
	case string(rest) == "+00:00":
		return "+00:00"
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		return string(rest)
	}
	return ""
}

func digits[T string | []byte](s T) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func (t stamp) utc() bool {
	return t.offset == "Z" || t.offset == "+00:00" || t.offset == "-00:00"
}

func (t stamp) sameDay(o stamp) bool { return t.year == o.year && t.month == o.month && t.day == o.day }

func (t stamp) weekday() string {
	return dayNames[time.Date(t.year, time.Month(t.month), t.day, 0, 0, 0, 0, time.UTC).Weekday()]
}

// wall is the stated wall clock as a time without a zone, to compare two of the same offset.
func (t stamp) wall() time.Time {
	return time.Date(t.year, time.Month(t.month), t.day, t.hour, t.minute, 0, 0, time.UTC)
}

// appendDate appends "26 Nov", with the year where it is not the one that the reader is in.
func (t stamp) appendDate(dst []byte, year int) []byte {
	dst = strconv.AppendInt(dst, int64(t.day), 10)
	dst = append(dst, ' ')
	dst = append(dst, monthNames[t.month-1]...)
	if t.year != year && year != 0 {
		dst = append(dst, ' ')
		dst = appendPadded(dst, t.year, 4)
	}
	return dst
}

// appendClock appends "14:00".
func (t stamp) appendClock(dst []byte) []byte {
	dst = appendPadded(dst, t.hour, 2)
	dst = append(dst, ':')
	return appendPadded(dst, t.minute, 2)
}

// appendPadded appends a number of at least width digits.
func appendPadded(dst []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			dst = append(dst, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, int64(n), 10)
}
