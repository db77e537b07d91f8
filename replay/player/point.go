package player

import (
	"fmt"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// Point is a place in a session: a record, by its number, or a moment, in the session's own time.
// The zero value is no point at all. A point that people read off a clock is none in a session
// before it is resolved.
type Point struct {
	record int64
	moment time.Duration
	wall   session.Wall
	by     pointBy
}

type pointBy uint8

const (
	byNothing pointBy = iota
	byRecord
	byMoment
	byWall
)

// AtRecord is the record of that number.
func AtRecord(n int64) Point { return Point{record: n, by: byRecord} }

// AtTime is a moment since the session started.
func AtTime(t time.Duration) Point { return Point{moment: t, by: byMoment} }

// ParsePoint reads a point: "120" is a record, "12.5s" a moment, "10:00" a time of day.
func ParsePoint(text string) (Point, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		return AtRecord(n), nil
	}
	if t, err := time.ParseDuration(text); err == nil && t >= 0 && text != "0" {
		return AtTime(t), nil
	}
	if wall, ok := session.ParseWall(text); ok {
		return Point{wall: wall, by: byWall}, nil
	}
	return Point{}, fmt.Errorf("%q is neither a record number, such as 120, nor a time since the start, such as 12.5s, "+
		"nor one of day, such as 10:00", text)
}

// Resolve makes a moment since the start of what people read off a clock; in zone, where that does
// not say.
func (p Point) Resolve(started time.Time, zone *time.Location) (Point, error) {
	if p.by != byWall {
		return p, nil
	}
	moment, err := p.wall.Since(started, zone)
	return AtTime(moment), err
}

// IsZero says whether it is no point at all.
func (p Point) IsZero() bool { return p.by == byNothing }

// String is the text that ParsePoint reads; empty for no point.
func (p Point) String() string {
	switch p.by {
	case byRecord:
		return strconv.FormatInt(p.record, 10)
	case byMoment:
		return p.moment.String()
	}
	return ""
}

// Before says whether the point lies before another one of its kind. Of a record and a moment
// nobody knows.
func (p Point) Before(other Point) bool {
	return p.by == other.by && (p.record < other.record || p.moment < other.moment)
}

// compare says whether a record lies before the point (-1), at it (0) or behind it (1).
func (p Point) compare(rec *session.Record) int {
	at, point := rec.N, p.record
	if p.by == byMoment {
		at, point = int64(rec.T), int64(p.moment)
	}
	switch {
	case at < point:
		return -1
	case at > point:
		return 1
	}
	return 0
}

// precedes says whether a replay that begins at the point leaves the record out.
func (p Point) precedes(rec *session.Record) bool { return !p.IsZero() && p.compare(rec) < 0 }

// passed says whether a replay that ends at the point leaves the record out.
func (p Point) passed(rec *session.Record) bool { return !p.IsZero() && p.compare(rec) > 0 }
