package plan

import (
	"bytes"
	"math"
	"math/big"
)

// number is a JSON number as 0.ddd × 10^exponent, its digits without zeros at either end. Zero has
// no digits.
type number struct {
	negative bool
	digits   []byte // perhaps with a point among them, which does not count
	shift    int    // what the point adds to the exponent
	exponent []byte // as written, without a plus; empty where there is none
}

// parseNumber reads a valid JSON number.
func parseNumber(raw []byte) number {
	var n number
	if raw[0] == '-' {
		n.negative, raw = true, raw[1:]
	}
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		n.exponent = bytes.TrimPrefix(raw[e+1:], []byte("+"))
		raw = raw[:e]
	}
	point := bytes.IndexByte(raw, '.')
	if point < 0 {
		point = len(raw)
	}
	first := bytes.IndexAny(raw, "123456789")
	if first < 0 {
		return number{}
	}
	n.shift = point - first
	if first > point {
		n.shift++
	}
	n.digits = bytes.TrimRight(raw[first:], "0.")
	return n
}

// power returns the exponent where it fits an int64 with room to spare.
func (n *number) power() (int64, bool) {
	digits, negative := bytes.CutPrefix(n.exponent, []byte("-"))
	digits = bytes.TrimLeft(digits, "0")
	if len(digits) > 17 {
		return 0, false
	}
	var e int64
	for _, c := range digits {
		e = e*10 + int64(c-'0')
	}
	if negative {
		e = -e
	}
	return e + int64(n.shift), true
}

// bigPower returns any exponent.
func (n *number) bigPower() *big.Int {
	e, ok := new(big.Int).SetString("0"+string(n.exponent), 10)
	if negative := bytes.HasPrefix(n.exponent, []byte("-")); negative {
		e, ok = new(big.Int).SetString(string(n.exponent), 10)
	}
	if !ok {
		return new(big.Int) // not reached: the exponent of a valid number is a number
	}
	return e.Add(e, big.NewInt(int64(n.shift)))
}

func (n *number) samePower(m *number) bool {
	a, okA := n.power()
	b, okB := m.power()
	if okA && okB {
		return a == b
	}
	return n.bigPower().Cmp(m.bigPower()) == 0
}

// sameNumber reports whether two valid JSON numbers are equal, however they are written: 1240, 1240.00 and 1.24e3 are.
// Nothing is rounded. As in JavaScript, -0 equals 0.
func sameNumber(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	n, m := parseNumber(a), parseNumber(b)
	if len(n.digits) == 0 || len(m.digits) == 0 {
		return len(n.digits) == len(m.digits)
	}
	return n.negative == m.negative && sameDigits(n.digits, m.digits) && n.samePower(&m)
}

// sameDigits compares digits, points left out.
func sameDigits(a, b []byte) bool {
	for {
		a, b = skipPoint(a), skipPoint(b)
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func skipPoint(digits []byte) []byte {
	if len(digits) > 0 && digits[0] == '.' {
		return digits[1:]
	}
	return digits
}

// Int64 reads a JSON number that is a whole number and fits an int64, however it is written: 42, 42.0 and 4.2e1 are 42.
func Int64(raw []byte) (int64, bool) {
	if len(raw) == 0 || raw[0] != '-' && raw[0]-'0' > 9 {
		return 0, false
	}
	if v, ok := shortInt(raw); ok {
		return v, true
	}
	n := parseNumber(raw)
	power, ok := n.power()
	if len(n.digits) == 0 {
		return 0, true
	}
	if !ok || power < 1 || power > 19 {
		return 0, false
	}
	return n.whole(int(power))
}

// shortInt reads what is plainly an integer of at most 18 digits.
func shortInt(raw []byte) (int64, bool) {
	digits, negative := bytes.CutPrefix(raw, []byte("-"))
	if len(digits) > 18 {
		return 0, false
	}
	var v int64
	for _, c := range digits {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		v = -v
	}
	return v, true
}

// whole returns the value of a number with so many digits before the point, at most 19, if that is
// all of it.
func (n *number) whole(length int) (int64, bool) {
	var v uint64
	for digits := skipPoint(n.digits); len(digits) > 0; digits = skipPoint(digits[1:]) {
		if length == 0 {
			return 0, false
		}
		v, length = v*10+uint64(digits[0]-'0'), length-1
	}
	for ; length > 0; length-- {
		v *= 10
	}
	switch {
	case n.negative && v == 1<<63:
		return math.MinInt64, true
	case v > math.MaxInt64:
		return 0, false
	case n.negative:
		return -int64(v), true
	}
	return int64(v), true
}
