package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rate is how often a fault happens, in millionths.
type Rate uint32

// always is a Rate of 100 %.
const always Rate = 1_000_000

// String is the rate in percent, as ParseSpec reads it: "2.5%".
func (r Rate) String() string {
	text := strconv.FormatFloat(float64(r)/1e4, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + "%"
}

// Spec says what is to go wrong, and how often. The zero value is nothing.
type Spec struct {
	Drop, Duplicate, Reorder, Delay, Stale, Strip Rate

	DelayBy     time.Duration
	Disconnects []Break // by version
}

// Break is a connection that ends.
type Break struct {
	Version int64         // before the first message that has this version, or a higher one
	For     time.Duration // until it is there again
}

// String is the break as ParseSpec reads it: "disconnect=v42:10s".
func (b Break) String() string { return fmt.Sprintf("%s=v%d:%v", Disconnect, b.Version, b.For) }

// SpecError says which part of a specification cannot be read.
type SpecError struct {
	Part   string // "delay=10%"
	Reason string
}

func (e *SpecError) Error() string { return fmt.Sprintf("fault %q: %s", e.Part, e.Reason) }

// IsZero says whether nothing is to go wrong.
func (s *Spec) IsZero() bool {
	return s.Drop|s.Duplicate|s.Reorder|s.Delay|s.Stale|s.Strip == 0 && len(s.Disconnects) == 0
}

// String is the specification as ParseSpec reads it.
func (s Spec) String() string {
	var parts []string
	for _, kind := range rated {
		if rate := *s.rate(kind); rate > 0 {
			parts = append(parts, s.part(kind, rate))
		}
	}
	for _, b := range s.Disconnects {
		parts = append(parts, b.String())
	}
	return strings.Join(parts, ",")
}

// part is one kind of fault that has a rate, as ParseSpec reads it.
func (s *Spec) part(kind Kind, rate Rate) string {
	text := fmt.Sprintf("%s=%v", kind, rate)
	if kind == Delay {
		text += ":" + s.DelayBy.String()
	}
	return text
}

// Idle are the parts of the specification that have a rate and hit nothing, going by how often each
// kind of fault came to be or was drawn in vain.
func (s *Spec) Idle(hit func(Kind) bool) (parts []string) {
	for _, kind := range rated {
		if rate := *s.rate(kind); rate > 0 && !hit(kind) {
			parts = append(parts, s.part(kind, rate))
		}
	}
	return parts
}

// rated are the kinds that have a rate.
var rated = []Kind{Drop, Duplicate, Reorder, Delay, Stale, Strip}

func (s *Spec) rate(kind Kind) *Rate {
	switch kind {
	case Drop:
		return &s.Drop
	case Duplicate:
		return &s.Duplicate
	case Reorder:
		return &s.Reorder
	case Delay:
		return &s.Delay
	case Stale:
		return &s.Stale
	case Strip:
		return &s.Strip
	}
	return nil
}

// ParseSpec reads a specification: parts such as drop=5%, delay=10%:500ms and disconnect=v42:10s,
// with commas between. Each kind may be there once, disconnect as often as one likes. The error is
// a *SpecError.
func ParseSpec(text string) (Spec, error) {
	var s Spec
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if reason := s.parse(part); reason != "" {
			return Spec{}, &SpecError{part, reason}
		}
	}
	slices.SortStableFunc(s.Disconnects, func(a, b Break) int { return cmp.Compare(a.Version, b.Version) })
	return s, nil
}

// parse reads one part, and says what is wrong with it.
func (s *Spec) parse(part string) string {
	name, value, found := strings.Cut(part, "=")
	kind := Kind(name)
	if kind == Disconnect {
		return s.parseBreak(value)
	}
	rate := s.rate(kind)
	switch {
	case rate == nil:
		return "there are drop, duplicate, reorder, delay, stale, strip and disconnect"
	case !found:
		return fmt.Sprintf("how often? %s=5%% for instance", kind)
	case *rate != 0:
		return fmt.Sprintf("%s is there twice", kind)
	case kind == Delay:
		return s.parseDelay(value)
	}
	return parseRate(value, rate)
}

// parseRate reads a share in percent.
func parseRate(text string, into *Rate) string {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	switch {
	case !percent || err != nil:
		return fmt.Sprintf("%q is no share, such as 5%%", text)
	case !(share > 0 && share <= 100):
		return "a share is above 0% and at most 100%"
	}
	*into = Rate(share*1e4 + 0.5)
	if *into == 0 {
		return "the smallest share is 0.0001%"
	}
	return ""
}

func (s *Spec) parseDelay(value string) string {
	share, by, found := strings.Cut(value, ":")
	if !found {
		return "by how much? delay=10%:500ms for instance"
	}
	if reason := parseRate(share, &s.Delay); reason != "" {
		return reason
	}
	return parseTime(by, &s.DelayBy)
}

func (s *Spec) parseBreak(value string) string {
	at, length, found := strings.Cut(value, ":")
	number, isVersion := strings.CutPrefix(at, "v")
	if !found || !isVersion {
		return "at which version, and for how long? disconnect=v42:10s for instance"
	}
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil || version < 1 {
		return fmt.Sprintf("%q is no version, such as v42", at)
	}
	b := Break{Version: version}
	reason := parseTime(length, &b.For)
	s.Disconnects = append(s.Disconnects, b)
	return reason
}

func parseTime(text string, into *time.Duration) string {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Sprintf("%q is no time, such as 500ms", text)
	}
	*into = d.Round(time.Microsecond)
	return ""
}
