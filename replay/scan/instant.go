package scan

import "encoding/binary"

// Instants in the spellings that Carebase servers send: payload times with an offset, creation times as UTC with
// milliseconds, dates as a midnight of UTC. Other spellings are for the general decoder to judge.

// The shapes of the parts of an instant, as little-endian words with a zero where a digit goes, and where that is.
const (
	monthShape  = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56 // 2026-11-
	monthDigits = 0x00ffff00ffffffff
	clockShape  = '0' | '0'<<8 | ':'<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56 // 10:00:00
	clockDigits = 0xffff00ffff00ffff
)

// pairs reads a word of a shape: byte k of the result is the number that the digits in bytes k and k+1 make.
// ok is false for a word of any other shape.
func pairs(w, shape, digits uint64) (numbers uint64, ok bool) {
	w ^= shape // digits become their values, the rest 0
	tooHigh := (w + (0x7f-9)*lowBits) | w
	return w*10 + w>>8, tooHigh&highBits == 0 && w&^digits == 0
}

// instant reads a time that exists to the closing quote: with an offset, or with milliseconds and Z.
func instant(b []byte, i int) int {
	i = clock(b, i)
	if i < 0 {
		return no
	}
	switch b[i] {
	case '.':
		if digit(b[i+1]) && digit(b[i+2]) && digit(b[i+3]) && b[i+4] == 'Z' && b[i+5] == '"' {
			return i + 6
		}
	case '+', '-':
		hour, minute := pair(b, i+1), pair(b, i+4)
		if hour < 24 && b[i+3] == ':' && minute < 60 && b[i+6] == '"' {
			return i + 7
		}
	}
	return no
}

// midnight reads a midnight of UTC that exists to the closing quote, with milliseconds and Z.
func midnight(b []byte, i int) int {
	end := clock(b, i)
	if end < 0 {
		return no
	}
	return literal(b, i+len("2026-11-27"), `T00:00:00.000Z"`)
}

// clock reads a date and a time of day. After it, there are at least eight bytes to look at.
func clock(b []byte, i int) int {
	const length = len("2026-11-27T10:00:00")
	if i+length+8 > len(b) {
		return no
	}
	date, ok1 := pairs(binary.LittleEndian.Uint64(b[i:]), monthShape, monthDigits)
	time, ok2 := pairs(binary.LittleEndian.Uint64(b[i+11:]), clockShape, clockDigits)
	if !ok1 || !ok2 || b[i+10] != 'T' {
		return no
	}
	if time&0xff > 23 || time>>24&0xff > 59 || time>>48&0xff > 59 {
		return no
	}
	if !dayExists(date, pair(b, i+8)) {
		return no
	}
	return i + length
}

// dayExists says whether the day is one of the year and month in date, which has them as pairs.
func dayExists(date uint64, day int) bool {
	century, year, month := int(date&0xff), int(date>>16&0xff), int(date>>40&0xff)
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	days := int(monthDays[month])
	if month == 2 && year%4 == 0 && (year != 0 || century%4 == 0) {
		days = 29
	}
	return day <= days
}

var monthDays = [13]uint8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// pair is the number that the two digits at b[i] make, or more than any where they are no digits.
func pair(b []byte, i int) int {
	if !digit(b[i]) || !digit(b[i+1]) {
		return 1000
	}
	return int(b[i]-'0')*10 + int(b[i+1]-'0')
}

func digit(c byte) bool { return c-'0' <= 9 }
