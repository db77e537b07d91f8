package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

// partiesSay tells people where to look, by all parties that may be at fault, in the order of the
// table of hypotheses.
var partiesSay = map[string]string{
	"client":            "in the app",
	"network,emission":  "on the way, or never sent: only the server's side can tell",
	"network":           "on the way",
	"emission":          "in what the server sends",
	"network,api":       "on the way, or in what /api/plan answers: only the server's side can tell",
	"api":               "in what /api/plan answers",
	"database,emission": "in the database, or never sent: only the server's side can tell",
	"database":          "in the database",
	"recorder,nobody":   "nobody can tell by this recording",
	"recorder":          "in the recording",
	"nobody":            "nobody's fault",
}

// sentWrong are the causes of what did come, and not as it should.
var sentWrong = map[diagnose.Code]bool{diagnose.PayloadMissing: true, diagnose.PayloadMismatch: true, diagnose.Malformed: true}

// WhereToLook tells people where to look for a cause, by all parties that may be at fault. Of
// parties that no hypothesis joins, it names each.
func WhereToLook(code diagnose.Code, parties []diagnose.Party) string {
	says, ok := partiesSay[joinParties(parties)]
	switch {
	case ok && sentWrong[code]:
		return strings.Replace(says, "never sent", "sent like that", 1)
	case ok:
		return says
	}
	var each []string
	for _, p := range parties {
		each = append(each, partiesSay[string(p)])
	}
	return strings.Join(each, ", or ")
}

// whereToLook tells people where to look; empty where there is no recording that nobody could tell
// by.
func whereToLook(r *compare.Report, c *diagnose.Cause) string {
	if c.Code == diagnose.Unknown && !r.Session {
		return ""
	}
	return WhereToLook(c.Code, c.Parties)
}

func joinParties(parties []diagnose.Party) string {
	names := make([]string, len(parties))
	for i, p := range parties {
		names[i] = string(p)
	}
	return strings.Join(names, ",")
}

// cause writes why there is a difference, and what speaks against the nearest of what else might
// have happened.
func (v *diffWriter) cause(i int) {
	c := &v.report.Causes[i]
	v.causeItself(c)
	if !v.report.Session {
		return // the two plans alone tell of nothing else
	}
	others := v.report.Alternatives(i)
	if v.verbose {
		v.everyHypothesis(others)
		return
	}
	v.told("also possible: ", possible(others))
	v.told("ruled out: ", ruledOut(others, c.Code))
}

// causeItself writes a cause, and nothing of what else might have happened.
func (v *diffWriter) causeItself(c *diagnose.Cause) {
	head := []part{{text: string(c.Code), style: v.theme.Warn}}
	if c.Certainty != diagnose.CertaintyUnknown {
		head = append(head, part{text: "(" + string(c.Certainty) + ")", style: v.theme.Muted, lead: " "})
	}
	says := whereToLook(v.report, c)
	fits := v.indent+Width(causeName(c)+v.theme.Marks.Apart+says) <= v.width
	if says != "" && fits {
		head = append(head, part{text: says, style: v.theme.Muted, lead: v.theme.Marks.Apart})
	}
	v.more(head...)
	if says != "" && !fits {
		v.more(part{text: says, style: v.theme.Muted})
	}
	if c.Summary != "" {
		v.more(part{text: c.Summary})
	}
	for _, because := range c.Because {
		v.more(part{text: "because " + because})
	}
	if len(c.Records) > 0 {
		v.more(part{text: "evidence: " + numbers("record", c.Records), style: v.theme.Muted})
	}
}

// told writes a list behind its name, where there is something in it.
func (v *diffWriter) told(name string, list []string) {
	var parts []part
	for i, text := range list {
		if i == 0 {
			text = name + text
		}
		parts = append(parts, part{text: text, style: v.theme.Muted, lead: v.theme.Marks.Apart})
	}
	if parts != nil {
		v.more(parts...)
	}
}

// everyHypothesis writes what became of each hypothesis, those of one reason together.
func (v *diffWriter) everyHypothesis(others []diagnose.Finding) {
	for _, standing := range []struct {
		of   diagnose.Standing
		name string
	}{{diagnose.Stands, "also possible: "}, {diagnose.Remote, "remote: "}, {diagnose.RuledOut, "ruled out: "}} {
		for _, g := range groupByReason(others, standing.of) {
			v.more(part{text: standing.name + g.String(), style: v.theme.Muted})
		}
	}
}

// mostPossible and mostRuledOut are how many other hypotheses are told, unless all are asked for.
const (
	mostPossible = 3
	mostRuledOut = 3
)

// possible are the other hypotheses that stand, with what they take that nobody saw.
func possible(others []diagnose.Finding) []string {
	groups := groupByReason(others, diagnose.Stands)
	return firstOf(groups, mostPossible)
}

// ruledOut are the hypotheses that the evidence strikes, those first against which records speak,
// and the nearest to a cause in the table: it has those together that are easily taken for each
// other.
func ruledOut(others []diagnose.Finding, cause diagnose.Code) []string {
	struck := make([]diagnose.Finding, 0, len(others))
	for _, f := range others {
		if f.Standing == diagnose.RuledOut && !f.Expected() {
			struck = append(struck, f)
		}
	}
	place := placesInTable()
	slices.SortStableFunc(struck, func(a, b diagnose.Finding) int {
		if ra, rb := len(a.Records) > 0, len(b.Records) > 0; ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return abs(place[a.Code]-place[cause]) - abs(place[b.Code]-place[cause])
	})
	groups := groupByReason(struck, diagnose.RuledOut)
	return firstOf(groups[:min(len(groups), mostRuledOut)], mostRuledOut)
}

func placesInTable() map[diagnose.Code]int {
	places := map[diagnose.Code]int{}
	for i, h := range diagnose.Hypotheses() {
		places[h.Code] = i
	}
	return places
}

func abs(n int) int { return max(n, -n) }

// firstOf are the first texts of groups, and how many more there are.
func firstOf(groups []reasonGroup, most int) []string {
	var out []string
	for i := range groups {
		if i == most {
			return append(out, strconv.Itoa(len(groups)-i)+" more with -v")
		}
		out = append(out, groups[i].String())
	}
	return out
}

// mostUnseen is how many events that nobody saw are counted. What takes more than that stands only
// because the session does not show all, which its reason says.
const mostUnseen = 4

// reasonGroup is the hypotheses of which one sentence tells.
type reasonGroup struct {
	codes  []string
	reason string
	unseen int
}

// String is "code, code (reason)".
func (g *reasonGroup) String() string {
	takes := ""
	if g.unseen > 0 && g.unseen < mostUnseen {
		takes = "takes " + Plural(g.unseen, "event") + " that nobody saw: "
	}
	return strings.Join(g.codes, ", ") + " (" + takes + g.reason + ")"
}

// groupByReason groups the findings of a standing by what is said of them, in their order.
func groupByReason(findings []diagnose.Finding, standing diagnose.Standing) []reasonGroup {
	var groups []reasonGroup
	for k := range findings {
		f := &findings[k]
		if f.Standing != standing {
			continue
		}
		g := reasonGroup{codes: []string{string(f.Code)}, reason: f.Reason()}
		if standing == diagnose.Stands {
			g.unseen = f.Unseen
		}
		at := slices.IndexFunc(groups, func(have reasonGroup) bool { return have.reason == g.reason && have.unseen == g.unseen })
		if at < 0 {
			groups = append(groups, g)
		} else {
			groups[at].codes = append(groups[at].codes, g.codes...)
		}
	}
	return groups
}

// alikeDifferences are differences of one cause. Of very many the first are told.
type alikeDifferences struct {
	code      diagnose.Code
	certainty diagnose.Certainty
}

// mostAlike is how many differences of one cause are told one by one. Where there are a few more,
// these are, too.
const (
	mostAlike = 10
	fewMore   = 5
)

// countAlike counts the harmful differences by cause.
func countAlike(r *compare.Report) map[alikeDifferences]int {
	counts := map[alikeDifferences]int{}
	for i := range r.Causes {
		if c := &r.Causes[i]; !c.Expected {
			counts[alikeDifferences{c.Code, c.Certainty}]++
		}
	}
	return counts
}

// alike tells whether a difference is one of very many of the same cause that is not told by
// itself.
func (v *diffWriter) alike(c *diagnose.Cause) bool {
	key := alikeDifferences{c.Code, c.Certainty}
	if v.verbose || v.counts[key] <= mostAlike+fewMore {
		return false
	}
	v.shown[key]++
	return v.shown[key] > mostAlike
}

// rest writes of which causes there are more than were told.
func (v *diffWriter) rest() {
	said := map[alikeDifferences]bool{}
	for i := range v.report.Causes {
		c := &v.report.Causes[i]
		key := alikeDifferences{c.Code, c.Certainty}
		more := v.shown[key] - mostAlike
		if c.Expected || said[key] || more <= 0 {
			continue
		}
		said[key] = true
		v.blank()
		v.text(v.theme.Emphasis, "and "+Plural(more, "more item")+": ", causeName(c)+"; -v and -o json tell each")
	}
}

// causeName names a cause and how sure it is.
func causeName(c *diagnose.Cause) string {
	if c.Certainty == diagnose.CertaintyUnknown {
		return string(c.Code)
	}
	return string(c.Code) + " (" + string(c.Certainty) + ")"
}

// heals writes whether what is wrong mends itself.
func (v *diffWriter) heals() {
	if says := healsSays(v.report); says != "" {
		v.blank()
		v.text(v.theme.Muted, "heals: ", says)
	}
}

// healsSays tells whether what is wrong mends itself, the slowest of all; empty where nothing is
// wrong.
func healsSays(r *compare.Report) string {
	if r.Report == nil || r.Harmful() == 0 {
		return ""
	}
	return r.Report.Heals.Summary
}

// clientWords names a client.
var clientWords = map[string]string{"mobile": "the app", "contract": "contract"}

// clientSays tells which client was chosen, and why; empty where there was no choice.
func clientSays(r *compare.Report) string {
	if !r.Chosen {
		return ""
	}
	return clientWords[r.Client] + ": " + r.ClientWhy
}

// screenSays tells what a phone's screen showed, of which the file is an earlier refresh.
func screenSays(r *compare.Report, i int) string {
	d, c := &r.Result.Differences[i], &r.Causes[i]
	if c.Code != diagnose.SavedEarlier || len(c.Records) == 0 {
		return ""
	}
	var fields []string
	for k := range d.Fields {
		if f := &d.Fields[k]; !diagnose.Harmless(f) {
			_, now := sides(f, longestValue, "…")
			fields = append(fields, fieldName(f)+" "+now)
		}
	}
	showed := strings.Join(fields, ", ")
	switch d.Kind {
	case diff.Missing:
		showed = "it"
	case diff.Ghost:
		showed = "it no more"
	}
	return "the screen has shown " + showed + " since record " + strconv.FormatInt(c.Records[len(c.Records)-1], 10)
}
