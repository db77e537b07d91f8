package render

import (
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
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

// parseStamp reads a date, or a date and a time. It keeps what the text states: nothing is
// converted to another zone.
func parseStamp[T string | []byte](s T) (stamp, bool) {
	text := string(s)
	at, zoned, ok := rawjson.ParseMoment(text)
	if !ok {
		return stamp{}, false
	}
	year, month, day := at.Date()
	return stamp{
		year: year, month: int(month), day: day, hour: at.Hour(), minute: at.Minute(), offset: statedOffset(text, zoned),
	}, true
}

// statedOffset is the offset at the end of a time, as it is written there.
func statedOffset(text string, zoned bool) string {
	const width = len("+01:00")
	switch {
	case !zoned:
		return ""
	case text[len(text)-1]|0x20 == 'z':
		return "Z"
	}
	return text[len(text)-width:]
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
