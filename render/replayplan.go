package render

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ReplayRoom is how many events go into the room of a user.
type ReplayRoom struct {
	User   int64 `json:"user"` // 0: nobody is named: the first plan's owner
	Events int64 `json:"events"`
}

// ReplayPlan is what a replay would do.
type ReplayPlan struct {
	Session   string
	Target    string
	Allowed   bool   // it may be written to
	Why       string // why it may, or may not
	Records   int64
	Events    int64
	Deltas    int64
	Low       int64 // the lowest version; 0 for none
	High      int64
	Kinds     []ReplayCount
	Ignored   []ReplayCount
	Greetings int64        // of a server to one connection: left out
	Rooms     []ReplayRoom // nil: the target has none
	From, To  time.Duration
	Pace      string
	Takes     time.Duration // one round
	Max       bool
	Rounds    int // 0: until interrupted
	Spec      string
	Seed      uint64
	Faults    []ReplayCount
	Missed    []ReplayMissed
	Skipped   int64
	BadLines  int64
	CutOff    string

	Rehearsed bool             // the target was asked: what follows is known
	Mutations []ReplayMutation // in order
	Unfit     []ReplayCannot
}

// ReplayMutation is a request that a replay would make.
type ReplayMutation struct {
	Record      int64           `json:"record"`
	Delta       int             `json:"delta"` // index in the message
	What        string          `json:"what"`
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Body        json.RawMessage `json:"body"` // secrets aside; null for none
	Contributor bool            `json:"contributor"`
	Text        string          `json:"-"` // all of it in one line
}

// ReplayCannot is what a replay could not express to its target.
type ReplayCannot struct {
	Record int64  `json:"record"`
	Delta  int    `json:"delta"` // index in the message; -1 for all of it
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// ReplayDryRun writes what a replay would do, for people.
func ReplayDryRun(w io.Writer, p *ReplayPlan) error {
	rows := [][]string{
		{"session", p.Session},
		{"target", p.Target + ": " + p.Why},
		{"sends", p.sends()},
	}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	add("ignores", counts(p.Ignored))
	if p.Greetings > 0 {
		add("leaves", "out "+leftOut(p.Greetings))
	}
	add("rooms", p.rooms())
	add("span", fmt.Sprintf("%s to %s of the session", Duration(p.From), Duration(p.To)))
	add("pace", p.pace())
	if p.Spec != "" {
		add("faults", fmt.Sprintf("%s, seed %d: %s", p.Spec, p.Seed, p.faults()))
	}
	for _, m := range p.Missed {
		add("missed", m.String())
	}
	add("unread", p.unread())
	if p.Rehearsed {
		add("makes", Plural(int64(len(p.Mutations)), "mutation"))
		add("cannot", p.cannot())
	}
	for _, line := range slices.Concat(Align(rows), p.mutations()) {
		if _, err := io.WriteString(w, Clean(line)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// mutations are a line each, then what cannot be expressed.
func (p *ReplayPlan) mutations() (lines []string) {
	for i := range p.Mutations {
		lines = append(lines, fmt.Sprintf("record %d: %s", p.Mutations[i].Record, p.Mutations[i].Text))
	}
	for i := range p.Unfit {
		u := &p.Unfit[i]
		lines = append(lines, fmt.Sprintf("record %d: cannot express %s: %s", u.Record, u.What, u.Reason))
	}
	return lines
}

func (p *ReplayPlan) cannot() string {
	if len(p.Unfit) == 0 {
		return ""
	}
	return "express " + Plural(int64(len(p.Unfit)), "part") + " of what is sent"
}

func (p *ReplayPlan) sends() string {
	text := Plural(p.Records, "record")
	if len(p.Kinds) > 0 {
		text += ": " + counts(p.Kinds)
	}
	if p.Deltas > 0 {
		text += fmt.Sprintf("; %s, versions %d to %d", Plural(p.Deltas, "delta"), p.Low, p.High)
	}
	if p.Skipped > 0 {
		text += fmt.Sprintf(" (%s before --from)", Count(p.Skipped))
	}
	return text
}

func (p *ReplayPlan) rooms() string {
	var parts []string
	for _, r := range p.Rooms {
		who := fmt.Sprintf("user:%d", r.User)
		if r.User == 0 {
			who = "the owner of the first plan"
		}
		parts = append(parts, who+" "+Plural(r.Events, "event"))
	}
	return strings.Join(parts, ", ")
}

func (p *ReplayPlan) pace() string {
	text := p.Pace
	if !p.Max {
		text += ": " + Duration(p.Takes)
	}
	switch {
	case p.Rounds == 0:
		text += ", over and over until interrupted"
	case p.Rounds > 1:
		text += fmt.Sprintf(", %d times", p.Rounds)
	}
	return text
}

func (p *ReplayPlan) faults() string {
	if len(p.Faults) == 0 {
		return "none would happen"
	}
	return counts(p.Faults)
}

func (p *ReplayPlan) unread() string {
	var parts []string
	if p.BadLines > 0 {
		parts = append(parts, Plural(p.BadLines, "line that is no record", "lines that are no records"))
	}
	if p.CutOff != "" {
		parts = append(parts, "cut off: "+p.CutOff)
	}
	return strings.Join(parts, "; ")
}

// ReplayDryRunJSON writes what a replay would do as one JSON object. Times are in seconds.
// "mutations" and "inexpressible" are null where the target is not one of mutations.
func ReplayDryRunJSON(w io.Writer, p *ReplayPlan) error {
	if p.Rehearsed {
		p.Mutations, p.Unfit = orEmpty(p.Mutations), orEmpty(p.Unfit)
	}
	var takes *float64
	if seconds := p.Takes.Seconds(); !p.Max {
		takes = &seconds
	}
	return JSON(w, struct {
		DryRun    bool              `json:"dryRun"`
		Session   string            `json:"session"`
		Target    string            `json:"target"`
		Allowed   bool              `json:"allowed"`
		Records   int64             `json:"records"`
		Events    int64             `json:"events"`
		Deltas    int64             `json:"deltas"`
		Versions  map[string]*int64 `json:"versions"`
		Kinds     []ReplayCount     `json:"kinds"`
		Ignored   []ReplayCount     `json:"ignored"`
		Greetings int64             `json:"greetings"`
		Rooms     []ReplayRoom      `json:"rooms"`
		From      float64           `json:"from"`
		To        float64           `json:"to"`
		Takes     *float64          `json:"takes"`
		Rounds    int               `json:"rounds"`
		Fault     string            `json:"fault"`
		Seed      uint64            `json:"seed"`
		Faults    []ReplayCount     `json:"faults"`
		Missed    []ReplayMissed    `json:"missedFaults"`
		Skipped   int64             `json:"skipped"`
		BadLines  int64             `json:"badLines"`
		CutOff    bool              `json:"cutOff"`

		Mutations     []ReplayMutation `json:"mutations"`
		Inexpressible []ReplayCannot   `json:"inexpressible"`
	}{
		true, p.Session, p.Target, p.Allowed, p.Records, p.Events, p.Deltas,
		map[string]*int64{"first": orNull(p.Low), "last": orNull(p.High)},
		orEmpty(p.Kinds), orEmpty(p.Ignored), p.Greetings, orEmpty(p.Rooms), p.From.Seconds(), p.To.Seconds(), takes, p.Rounds,
		p.Spec, p.Seed, orEmpty(p.Faults), orEmpty(p.Missed), p.Skipped, p.BadLines, p.CutOff != "", p.Mutations, p.Unfit,
	})
}
