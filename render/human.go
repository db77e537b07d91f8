package render

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration writes a span the way one says it: "840µs", "12ms", "4.2s", "42s", "4m12s", "3h05m",
// "2d04h".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64)) // the least duration has no opposite
	case d == 0:
		return "0s"
	case d < time.Millisecond:
		return strconv.FormatInt(int64(d.Round(time.Microsecond)/time.Microsecond), 10) + "µs"
	case d < time.Second-time.Millisecond/2:
		return strconv.FormatInt(int64(d.Round(time.Millisecond)/time.Millisecond), 10) + "ms"
	case d < 10*time.Second-50*time.Millisecond:
		s := strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
		return strings.TrimSuffix(s, ".0") + "s"
	}
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return pairOf(int(d/time.Minute), "m", int(d%time.Minute/time.Second), "s")
	}
	d = d.Round(time.Minute)
	if d < 24*time.Hour {
		return pairOf(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "m")
	}
	d = d.Round(time.Hour)
	return pairOf(int(d/(24*time.Hour)), "d", int(d%(24*time.Hour)/time.Hour), "h")
}

func pairOf(a int, unitA string, b int, unitB string) string {
	s := strconv.Itoa(a) + unitA
	if b < 10 {
		s += "0"
	}
	return s + strconv.Itoa(b) + unitB
}

// Count writes a whole number with its thousands parted: "1,204".
func Count[N int | int64 | uint64](n N) string { return string(appendCount(nil, int64(n))) }

func appendCount(dst []byte, n int64) []byte {
	digits := strconv.FormatInt(n, 10)
	if n < 0 {
		dst, digits = append(dst, '-'), digits[1:]
	}
	for i := 0; i < len(digits); i++ {
		if i > 0 && (len(digits)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, digits[i])
	}
	return dst
}

// Plural writes a count and its noun: "1 delta", "1,204 deltas". The noun's plural is formed by
// adding s, or given.
func Plural[N int | int64 | uint64](n N, noun string, plural ...string) string {
	switch {
	case n == 1:
	case len(plural) > 0:
		noun = plural[0]
	default:
		noun += "s"
	}
	return Count(n) + " " + noun
}

// Bytes writes a size in decimal units: "812 B", "3.1 MB", "10 GB".
func Bytes(n int64) string {
	const units = "kMGTPE"
	if n > -1000 && n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n)/1000, 0
	for math.Abs(v) >= 999.5 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	return significant(v) + " " + units[unit:unit+1] + "B"
}

// Rate writes how often something happens, in the unit that makes it a number to read: "1,204/s",
// "3.4/s", "2.1/min", "0.3/h". Nothing, or no time, is "0/s".
func Rate(n int64, over time.Duration) string {
	if n == 0 || over <= 0 {
		return "0/s"
	}
	perHour := float64(n) / over.Hours()
	switch {
	case perHour >= 0.1*3600:
		return significant(perHour/3600) + "/s"
	case perHour >= 0.1*60:
		return significant(perHour/60) + "/min"
	}
	return significant(perHour) + "/h"
}

// significant writes a number with a decimal where it is small enough to need one.
func significant(v float64) string {
	if math.Abs(v) >= 9.95 {
		return Count(int64(math.Round(v)))
	}
	if math.Abs(v) < 0.1 {
		return strconv.FormatFloat(v, 'g', 1, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// Percent writes a share: "0%", "0.4%", "12%", "100%". A share that is not quite all is never
// "100%".
func Percent(part, whole int64) string {
	if whole == 0 || part == 0 {
		return "0%"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case p >= 99.5 && part < whole:
		return "99%"
	case p < 0.1:
		return "<0.1%"
	}
	return significant(p) + "%"
}
