package campaign

import (
	"slices"
	"time"
)

// Minimize drops from a script what it can, as long as it fails.
func Minimize(s *Script, fails func(*Script) bool) *Script {
	s = s.Clone()
	for rounds, shrunk := 0, true; shrunk && rounds < 20; rounds++ {
		shrunk = false
		for _, smaller := range []func(*Script, func(*Script) bool) bool{dropSteps, dropItems, dropSettings, roundTimes} {
			shrunk = smaller(s, fails) || shrunk
		}
	}
	return s
}

// try keeps a change to the script if the script still fails.
func try(s *Script, fails func(*Script) bool, change func(*Script)) bool {
	c := s.Clone()
	change(c)
	if !c.sensible() || !fails(c) {
		return false
	}
	*s = *c
	return true
}

// sensible tells whether the server's plan is read when it can be: only a saved one can be older
// than the session's end.
func (s *Script) sensible() bool {
	if s.Live {
		return s.ReadAt < s.End
	}
	return s.Fence == Saved || s.ReadAt >= s.End
}

func dropSteps(s *Script, fails func(*Script) bool) (shrunk bool) {
	for size := max(1, len(s.Steps)/2); ; size /= 2 {
		for at := 0; at+size <= len(s.Steps); {
			if try(s, fails, func(c *Script) { c.Steps = slices.Delete(c.Steps, at, at+size) }) {
				shrunk = true
			} else {
				at++
			}
		}
		if size <= 1 {
			return shrunk
		}
	}
}

// dropItems does without items that there are in the beginning, and without what steps need not
// say.
func dropItems(s *Script, fails func(*Script) bool) (shrunk bool) {
	for s.Bills > 0 && try(s, fails, func(c *Script) { c.Bills-- }) {
		shrunk = true
	}
	for s.Appointments > 0 && try(s, fails, func(c *Script) { c.Appointments-- }) {
		shrunk = true
	}
	for i := range s.Steps {
		for s.Steps[i].Items != nil && try(s, fails, func(c *Script) { c.Steps[i].Items = c.Steps[i].Items[:len(c.Steps[i].Items)-1] }) {
			if shrunk = true; len(s.Steps[i].Items) == 0 {
				s.Steps[i].Items = nil
			}
		}
		shrunk = s.Steps[i].Unversion && try(s, fails, func(c *Script) { c.Steps[i].Unversion = false }) || shrunk
		shrunk = s.Steps[i].Hold > 0 && try(s, fails, func(c *Script) { c.Steps[i].Hold = 0 }) || shrunk
	}
	return shrunk
}

// dropSettings has the world be looked at as plainly as can be.
func dropSettings(s *Script, fails func(*Script) bool) (shrunk bool) {
	for _, plain := range []func(*Script){
		func(c *Script) { c.Skew = 0 },
		func(c *Script) { c.Edge = false },
		func(c *Script) { c.Night = false },
		func(c *Script) { c.Respelled = false },
		func(c *Script) { c.AppDays = 0 },
		func(c *Script) { c.Alone = false },
		func(c *Script) { c.Other, c.Another = false, false },
		func(c *Script) { c.Untimed = false },
		func(c *Script) { c.CutOff = false },
		func(c *Script) { c.Begun = 0 },
		func(c *Script) { c.Only = "" },
		func(c *Script) { c.Midnight = 0 },
		func(c *Script) { c.Tear = 0 },
		func(c *Script) { c.SavedAt = 0 },
		func(c *Script) { c.Cached, c.SavedAt, c.Owned = Folded, 0, false },
		func(c *Script) { c.Live, c.End = false, min(c.End, c.ReadAt) },
		func(c *Script) { c.Fence = Settled },
		func(c *Script) { c.ReadAt = min(c.ReadAt, c.End+2*time.Second) },
	} {
		c := s.Clone()
		if plain(c); c.String() != s.String() && c.sensible() && fails(c) {
			*s, shrunk = *c, true
		}
	}
	return shrunk
}

// roundTimes moves what happens to whole seconds, or at least to tenths.
func roundTimes(s *Script, fails func(*Script) bool) (shrunk bool) {
	for _, unit := range []time.Duration{time.Second, 100 * time.Millisecond} {
		for _, at := range moments(s) {
			for i := range at {
				was := *at[i]
				round := was.Round(unit)
				if round == was || round == 0 || was%time.Second == 0 {
					continue
				}
				if *at[i] = round; s.sensible() && fails(s) {
					shrunk = true
				} else {
					*at[i] = was
				}
			}
		}
	}
	return shrunk
}

// moments lists all that can be rounded.
func moments(s *Script) [][]*time.Duration {
	all := [][]*time.Duration{{&s.End, &s.ReadAt, &s.SavedAt, &s.Begun}}
	for i := range s.Steps {
		p := &s.Steps[i]
		all = append(all, []*time.Duration{&p.At, &p.For, &p.Delay})
	}
	return all
}
