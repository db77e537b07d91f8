package contract

import "bytes"

// instant reports whether a raw JSON string is a time of RFC 3339, and whether it is
// a midnight of UTC. It allocates only for strings with escapes.
func instant(raw []byte) (valid, midnight bool) {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		text = []byte(unquote(raw))
	}
	if len(text) < len("2006-01-02T15:04:05Z") || !calendarDay(text) {
		return false, false
	}
	clock, rest := text[10:19], text[19:]
	if clock[0] != 'T' || !inRange(clock[1:3], 0, 23) || clock[3] != ':' ||
		!inRange(clock[4:6], 0, 59) || clock[6] != ':' || !inRange(clock[7:9], 0, 59) {
		return false, false
	}
	zero := string(clock) == "T00:00:00"
	if rest[0] == '.' {
		n := skipDigits(rest, 1)
		if n == 1 || n == len(rest) {
			return false, false
		}
		zero = zero && len(bytes.Trim(rest[1:n], "0")) == 0
		rest = rest[n:]
	}
	offset, utc := zone(rest)
	return offset, zero && utc
}

// calendarDay reports whether a text begins with a day that exists, as 2006-01-02.
func calendarDay(b []byte) bool {
	if !inRange(b[0:2], 0, 99) || !inRange(b[2:4], 0, 99) || b[4] != '-' ||
		!inRange(b[5:7], 1, 12) || b[7] != '-' {
		return false
	}
	year := digits(b[0:2])*100 + digits(b[2:4])
	days := 31
	switch digits(b[5:7]) {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			days = 29
		}
	}
	return inRange(b[8:10], 1, days)
}

// zone reports whether a text is Z or an offset such as +02:00, and whether it is UTC's.
func zone(b []byte) (valid, utc bool) {
	if string(b) == "Z" {
		return true, true
	}
	valid = len(b) == 6 && (b[0] == '+' || b[0] == '-') &&
		inRange(b[1:3], 0, 23) && b[3] == ':' && inRange(b[4:6], 0, 59)
	return valid, valid && string(b[1:]) == "00:00"
}

// inRange reports whether two bytes are digits that make a number of a range.
func inRange(b []byte, low, high int) bool {
	n := digits(b)
	return b[0] >= '0' && b[0] <= '9' && b[1] >= '0' && b[1] <= '9' && n >= low && n <= high
}

// digits is the number that two digits make.
func digits(b []byte) int {
	return int(b[0]-'0')*10 + int(b[1]-'0')
}
