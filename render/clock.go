package render

import (
	"strconv"
	"time"
)

// clockWidth is the columns of a time: "15:04:05.000".
const clockWidth = 12

// clock writes the times of a stream. It keeps the last second that it wrote, because most lines of
// a busy stream share it.
type clock struct {
	started  time.Time // in the zone to show
	relative bool
	second   int64
	text     [8]byte // "15:04:05" of that second
	fresh    bool
}

func newClock(started time.Time, location *time.Location, relative bool) clock {
	if location == nil {
		location = time.Local
	}
	return clock{started: started.In(location), relative: relative}
}

// append appends the time at t after the start, clockWidth columns wide (more after 27 hours of
// relative time).
func (c *clock) append(dst []byte, t time.Duration) []byte {
	if c.relative {
		return appendSeconds(dst, t)
	}
	at := c.started.Add(t)
	if s := at.Unix(); !c.fresh || s != c.second {
		c.second, c.fresh = s, true
		at.AppendFormat(c.text[:0], time.TimeOnly)
	}
	dst = append(dst, c.text[:]...)
	dst = append(dst, '.')
	return appendPadded(dst, at.Nanosecond()/1e6, 3)
}

// appendSeconds appends "12.500s", right-aligned: the spelling that --at takes.
func appendSeconds(dst []byte, t time.Duration) []byte {
	var own [24]byte
	text := strconv.AppendFloat(own[:0], t.Seconds(), 'f', 3, 64)
	text = append(text, 's')
	dst = appendSpaces(dst, clockWidth-len(text))
	return append(dst, text...)
}

// day returns the date at t.
func (c *clock) day(t time.Duration) (year int, month time.Month, day int) {
	return c.started.Add(t).Date()
}

// zone names the zone of the times: "CET", "UTC".
func (c *clock) zone(t time.Duration) string {
	name, _ := c.started.Add(t).Zone()
	return name
}
