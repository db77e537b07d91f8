package synth

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What options may ask for.
const (
	// MaxItems is how many items a plan may hold: its answer must fit a line of a session.
	MaxItems = 60_000
	MaxUsers = 50

	maxDeltas = int64(1e12)
	maxSpan   = 10 * 365 * 24 * time.Hour
	// crowded is the least time that a delta takes.
	crowded = 4 * time.Microsecond
	// leastSpan leaves room for what every session begins and ends with.
	leastSpan = 500 * time.Millisecond
)

// defaultStart is when a session starts that is not told otherwise: a Monday morning.
var defaultStart = time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC)

// OptionsError says which option is no good, and why.
type OptionsError struct {
	Option string // "items", "deltas", …
	Reason string
}

func (e *OptionsError) Error() string { return e.Option + ": " + e.Reason }

// complete checks the options, and fills in the profile's own where they are zero.
func (o Options) complete() (Options, error) {
	if o.Profile == "" {
		o.Profile = Day
	}
	p, ok := profiles[o.Profile]
	if !ok {
		return o, &OptionsError{"profile", fmt.Sprintf("there is no %q; there are %s", o.Profile, strings.Join(profileNames(), ", "))}
	}
	if o.Items == 0 {
		o.Items = p.items
	}
	if o.Users == 0 {
		o.Users = p.users
	}
	if o.Duration == 0 {
		o.Duration = p.lasts(o.Deltas)
	}
	if o.Deltas == 0 {
		o.Deltas = p.deltas
	}
	if o.Start.IsZero() {
		o.Start = defaultStart
	}
	o.Start = o.Start.UTC().Truncate(time.Millisecond)
	o.Duration = o.Duration.Truncate(time.Microsecond)
	if len(o.Faulty) == 0 && o.Profile == Adversarial {
		o.Faulty = Breakable()
	}
	return o, o.check()
}

// lasts is how long a session of so many deltas lasts, where nobody says: as long as the profile's
// own, or at its rate.
func (p *profile) lasts(deltas int64) time.Duration {
	if deltas == 0 || deltas == p.deltas {
		return p.duration
	}
	rate := float64(deltas) / float64(p.deltas)
	span := time.Duration(min(float64(p.duration)*rate, float64(maxSpan)))
	return max(span, time.Second, time.Duration(min(deltas, maxDeltas))*crowded).Round(time.Millisecond)
}

func (o *Options) check() error {
	year := o.Start.Year()
	switch {
	case o.Items < 0 || o.Items > MaxItems:
		return &OptionsError{"items", fmt.Sprintf("a plan holds 1 to %d", MaxItems)}
	case o.Users < 0 || o.Users > MaxUsers:
		return &OptionsError{"users", fmt.Sprintf("1 to %d people share a plan", MaxUsers)}
	case o.Deltas < 0 || o.Deltas > maxDeltas:
		return &OptionsError{"deltas", fmt.Sprintf("there can be 1 to %d", maxDeltas)}
	case o.Duration < leastSpan || o.Duration > maxSpan:
		return &OptionsError{"duration", fmt.Sprintf("a session lasts %v to %v", leastSpan, maxSpan)}
	case o.Duration/crowded < time.Duration(o.Deltas):
		return &OptionsError{"duration", fmt.Sprintf("%d deltas do not fit into %v", o.Deltas, o.Duration)}
	case year < 1980 || year > 9000:
		return &OptionsError{"start", "a year from 1980 to 9000"}
	}
	known := Breakable()
	for _, rule := range o.Faulty {
		if !slices.Contains(known, rule) {
			return &OptionsError{"faulty", fmt.Sprintf("cannot break %q; can break %s", rule, strings.Join(known, ", "))}
		}
	}
	return nil
}
