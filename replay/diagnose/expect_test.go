package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// worldCase is a world and what has to be said of it, a line each:
//
//	verdict desynced
//	bill:1 missed-delta certain by network,emission records 4,5 versions 7   the cause; parties, records and versions in any order
//	bill:1 missed-delta ahead                 certain or likely
//	bill:1 because payload-missing            an earlier link of the cause's chain
//	bill:1 heals poll
//	bill:1 rules out cache-edited: words      struck, for a reason that holds these words
//	bill:1 leaves half-written remote         or: stands
//	bill:1 one of missed-delta,unknown        the cause is one of these
//	bill:1 not certain                        of its cause
//	bill:1 never stale-overwrite,unknown      the cause is none of these
//	bill:1 never certain missed-delta         the cause is not certainly one of these
//
// A difference of which no line tells fails, and so does a line of an item that does not differ.
type worldCase struct{ name, world, want string }

func runCases(t *testing.T, cases []worldCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			w := readWorld(t, c.world)
			(&expectation{t: t, w: w, report: Explain(w.Case)}).check(c.want)
		})
	}
}

// expectation holds a report against lines.
type expectation struct {
	t      *testing.T
	w      *world
	report *Report
}

func (e *expectation) check(want string) {
	e.t.Helper()
	mentioned := map[string]bool{}
	for line := range strings.Lines(want) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
			continue
		case word == "verdict":
			if got := string(e.report.Verdict); got != rest {
				e.t.Errorf("the verdict is %s, want %s", got, rest)
			}
			continue
		}
		mentioned[word] = true
		if i := e.find(word); i < 0 {
			e.t.Errorf("%s does not differ", word)
		} else if why := e.checkLine(i, rest); why != "" {
			e.t.Errorf("%s: want %s: %s", word, rest, why)
		}
	}
	for i := range e.w.Differences {
		if id := e.w.Differences[i].Item.String(); !mentioned[id] {
			e.t.Errorf("%s differs, too", id)
		}
	}
	if e.t.Failed() {
		e.t.Log(e.tell())
	}
}

func (e *expectation) find(id string) int {
	for i := range e.w.Differences {
		if e.w.Differences[i].Item.String() == id {
			return i
		}
	}
	return -1
}

// checkLine tells why a difference is not as a line wants it; empty where it is.
func (e *expectation) checkLine(i int, want string) string {
	c := &e.report.Causes[i]
	for _, check := range []struct {
		words string
		check func(rest string) bool
	}{
		{"rules out ", func(rest string) bool {
			code, words, _ := strings.Cut(rest, ": ")
			f := e.finding(i, Code(code))
			return f.Standing == RuledOut && strings.Contains(f.Reason(), words)
		}},
		{"leaves ", func(rest string) bool {
			code, standing, _ := strings.Cut(rest, " ")
			return e.finding(i, Code(code)).Standing.String() == standing
		}},
		{"because ", func(rest string) bool {
			return slices.ContainsFunc(c.Because, func(b string) bool { return strings.HasPrefix(b, rest+": ") })
		}},
		{"heals ", func(rest string) bool { return string(c.Heals.When) == rest }},
		{"one of ", func(rest string) bool { return isOneOf(c.Code, rest) }},
		{"not certain", func(string) bool { return c.Certainty != Certain }},
		{"never certain ", func(rest string) bool { return c.Certainty != Certain || !isOneOf(c.Code, rest) }},
		{"never ", func(rest string) bool { return !isOneOf(c.Code, rest) }},
	} {
		if rest, ok := strings.CutPrefix(want, check.words); ok {
			if check.check(rest) {
				return ""
			}
			return "it is " + tellCause(c)
		}
	}
	return e.checkCause(c, strings.Fields(want))
}

// checkCause holds a cause against "CODE CERTAINTY by … records … versions …".
func (e *expectation) checkCause(c *Cause, words []string) string {
	ahead := words[1] == "ahead" && c.Certainty != CertaintyUnknown
	if string(c.Code) != words[0] || string(c.Certainty) != words[1] && !ahead {
		return "it is " + tellCause(c)
	}
	for i := 2; i+1 < len(words); i += 2 {
		got := map[string]string{
			"by": joinList(c.Parties), "records": joinList(c.Records), "versions": joinList(c.Versions), "expected": fmt.Sprint(c.Expected),
		}[words[i]]
		if got != words[i+1] {
			return words[i] + " " + got + ", " + tellCause(c)
		}
	}
	return ""
}

func isOneOf(code Code, list string) bool {
	return slices.Contains(strings.Split(list, ","), string(code))
}

func joinList[T any](list []T) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(list), "[]"), " ", ",")
}

func tellCause(c *Cause) string {
	return fmt.Sprintf("%s %s by %s records %s versions %s: %s; because %q", c.Code, c.Certainty, joinList(c.Parties), joinList(c.Records),
		joinList(c.Versions), c.Summary, c.Because)
}

func (e *expectation) finding(i int, code Code) Finding { return e.report.Findings(i)[byCode[code]] }

// tell is all that is said of a world.
func (e *expectation) tell() string {
	text := "verdict " + string(e.report.Verdict)
	for i := range e.w.Differences {
		d := &e.w.Differences[i]
		text += fmt.Sprintf("\n%s %s %s", d.Item, d.Kind, tellCause(&e.report.Causes[i]))
		for _, f := range e.report.Findings(i) {
			text += fmt.Sprintf("\n    %s %s, %d unseen, link %t, records %v: %s", f.Code, f.Standing, f.Unseen, f.Link, f.Records, f.Reason())
		}
	}
	return text
}
