package rawjson

import "encoding/binary"

// clockLen is the length of a day and a time of day, to the second.
const clockLen = len("2026-11-27T10:00:00")

// None is what a reader of raw text returns where the text is not what it reads.
const None = -1

// clock is a day that exists and a time of it, as words of numbers of two digits: century, year and
// month in date; hour, minute and second in time.
type clock struct {
	date, time uint64
	day        int
}

func (c clock) year() int   { return int(c.date&0xff)*100 + int(c.date>>16&0xff) }
func (c clock) month() int  { return int(c.date >> 40 & 0xff) }
func (c clock) minute() int { return int(c.time >> 24 & 0xff) }
func (c clock) second() int { return int(c.time >> 48 & 0xff) }

// hour is the hour of the day. The server writes that of midnight as 24, of the same day.
func (c clock) hour() int {
	if h := int(c.time & 0xff); h != midnightHour {
		return h
	}
	return 0
}

const midnightHour = 24

// The shapes of the parts of an instant, as little-endian words with a zero where a digit goes, and
// where that is.
const (
	monthShape  = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56 // 2026-11-
	monthDigits = 0x00ffff00ffffffff
	clockShape  = '0' | '0'<<8 | ':'<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56 // 10:00:00
	clockDigits = 0xffff00ffff00ffff
)

// readPairs reads a word of a shape: byte k of the result is the number that the digits in bytes k
// and k+1 make. ok is false for a word of any other shape.
func readPairs(w, shape, digits uint64) (numbers uint64, ok bool) {
	w ^= shape // digits become their values, the rest 0
	tooHigh := (w + (0x7f-9)*lowBits) | w
	return w*10 + w>>8, tooHigh&highBits == 0 && w&^digits == 0
}

// readClock reads a day and a time of day that exist, at b[i].
func readClock(b []byte, i int) (c clock, ok bool) {
	if i+clockLen > len(b) || b[i+10] != 'T' {
		return c, false
	}
	date, ok1 := readPairs(binary.LittleEndian.Uint64(b[i:]), monthShape, monthDigits)
	time, ok2 := readPairs(binary.LittleEndian.Uint64(b[i+11:]), clockShape, clockDigits)
	if !ok1 || !ok2 || time&0xff > midnightHour || time>>24&0xff > 59 || time>>48&0xff > 59 {
		return c, false
	}
	c = clock{date: date, time: time, day: readPair(b, i+8)}
	return c, c.exists()
}

// exists says whether the day is one of its year and month.
func (c clock) exists() bool {
	year, month := c.year(), c.month()
	if month < 1 || month > 12 || c.day < 1 {
		return false
	}
	days := int(monthDays[month])
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return c.day <= days
}

var monthDays = [13]uint8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// readPair is the number that the two digits at b[i] make, or more than any where they are no
// digits.
func readPair(b []byte, i int) int {
	if !isDigit(b[i]) || !isDigit(b[i+1]) {
		return 1000
	}
	return int(b[i]-'0')*10 + int(b[i+1]-'0')
}

func isDigit(c byte) bool { return c-'0' <= 9 }
