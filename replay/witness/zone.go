package witness

import (
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// zones remembers the zones that appointments name.
type zones map[string]*time.Location

// of is the zone that an appointment's times are written in: its own, or, where nobody here knows
// that, its own offset, or the server's.
func (z *zones) of(name, offset *string, server *time.Location) *time.Location {
	switch {
	case name == nil || *name == "" || *name == "Local":
		return server
	case *z == nil:
		*z = zones{}
	}
	zone, known := (*z)[*name]
	if !known {
		zone, _ = time.LoadLocation(*name)
		(*z)[*name] = zone
	}
	if zone == nil {
		return ofOffset(offset, server)
	}
	return zone
}

// ofOffset is the zone of an offset like +05:30.
func ofOffset(offset *string, server *time.Location) *time.Location {
	if offset == nil {
		return server
	}
	at, err := time.Parse("-07:00", *offset)
	if err != nil {
		return server
	}
	return at.Location()
}

// LearnZone finds the server's default zone in a plan that it answered: its offset is that of the
// times of appointments that name no zone of their own, else that of the midnight at which the
// plan's dates begin. Nil: the plan does not tell.
func LearnZone(p *plan.Plan) *time.Location {
	for i := range p.Appointments.Len() {
		if zone := unzoned(p.Appointments.Raw(i)); zone != nil {
			return zone
		}
	}
	start, _, ok := p.Range()
	if !ok {
		return nil
	}
	return zoneOfMidnight(start)
}

// unzoned is the zone of an appointment's start, where it names none; else nil.
func unzoned(appointment []byte) *time.Location {
	var start string
	for _, m := range plan.Members(nil, appointment) {
		if plan.KindOf(m.Value) != plan.String {
			continue
		}
		switch text := string(rawjson.Unquote(m.Value)); string(m.Name) {
		case "startTimeZone":
			if text != "" {
				return nil
			}
		case "startLocal":
			start = text
		}
	}
	if len(start) < len("T00:00") || strings.HasSuffix(start, "Z") { // UTC in the spelling of another answer
		return nil
	}
	offset := start[len(start)-len("+00:00"):]
	at, err := time.Parse("-07:00", offset)
	if err != nil {
		return nil
	}
	return at.Location()
}

// zoneOfMidnight is the zone in which it is midnight at that moment, of those that people live in.
func zoneOfMidnight(at time.Time) *time.Location {
	const east, day = 14 * time.Hour, 24 * time.Hour
	past := at.UTC().Sub(at.UTC().Truncate(day))
	offset := -past
	if offset < east-day {
		offset += day
	}
	if offset%(15*time.Minute) != 0 {
		return nil
	}
	return time.FixedZone("", int(offset/time.Second))
}
