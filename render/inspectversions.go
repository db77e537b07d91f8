package render

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// mostRanges bounds how many ranges of missing versions are named.
const mostRanges = 8

// mostUsers bounds of how many users the versions are told.
const mostUsers = 8

// versions says which versions came and what could explain those that did not.
func (v *inspector) versions() {
	users := v.sum.Users
	if len(users) == 1 {
		v.account(func(parts ...part) { v.row("versions", parts...) }, users[0].Versions)
		return
	}
	v.row("versions", plain("", "of "+Plural(int64(len(users)), "user")+", each with a plan of its own"))
	for _, u := range users[:min(len(users), mostUsers)] {
		who := plain("", "user "+strconv.FormatInt(u.ID, 10))
		if u.ID == 0 {
			who.text = "no user named"
		}
		v.account(func(parts ...part) {
			parts[0].lead = ": "
			v.more(append([]part{who}, parts...)...)
		}, u.Versions)
	}
	if n := len(users) - mostUsers; n > 0 {
		v.more(plain("", "and of "+Plural(int64(n), "user")+" more"))
	}
}

// account tells one user's versions; begin writes the first row.
func (v *inspector) account(begin func(...part), account *versions.Account) {
	r := account.Report()
	if r.Proven == 0 {
		begin(part{text: "none", style: v.theme.Muted})
		return
	}
	came := part{text: "none came", style: v.theme.Muted}
	if r.Last > 0 {
		came = part{text: span(r.First, r.Last, &v.theme.Marks), style: v.theme.Version}
	}
	if r.Absent.Versions == 0 {
		begin(came, part{text: "nothing missing", lead: ", ", style: v.theme.Good})
	} else {
		names, why := v.named(account.Absent())
		begin(came, part{text: Count(r.Absent.Versions) + " missing", lead: ", ", style: v.theme.Warn}, plain(": ", names))
		v.more(plain("", why))
	}
	if r.Absent.Ahead > 0 {
		names, _ := v.named(above(r.Last, account.Absent()))
		v.more(part{text: names + " existed and had not come by the end", style: v.theme.Warn})
	}
	v.reversals(account, &r)
	v.disorder(&r)
}

// above yields the ranges above a version.
func above(version int64, ranges iter.Seq[versions.Range]) iter.Seq[versions.Range] {
	return func(yield func(versions.Range) bool) {
		for r := range ranges {
			if r.From > version && !yield(r) {
				return
			}
		}
	}
}

// reversals says where the server's version went back.
func (v *inspector) reversals(account *versions.Account, r *versions.Report) {
	for _, back := range account.Reversals() {
		v.more(part{text: wentBack(back) + " at " + v.moment(back.At, 0), style: v.theme.Warn})
	}
	if n := r.Reversals - int64(len(account.Reversals())); n > 0 {
		v.more(part{text: "and went back " + Count(n) + " times more", style: v.theme.Warn})
	}
	if late := account.Late(); late.Version > 0 {
		text := versionName(late.Version) + " came after a plan or a poll had told " + versionName(late.Told)
		v.more(part{text: text, style: v.theme.Muted})
	}
}

// wentBack tells of an answer that told less than one before it.
func wentBack(r versions.Reversal) string {
	return "the server's version went back from " + versionName(r.From) + " to " + versionName(r.To)
}

// named names the first few of many ranges, and says what could explain them all.
func (v *inspector) named(ranges iter.Seq[versions.Range]) (names, why string) {
	var first []versions.Range
	var a absence
	n := 0
	for r := range ranges {
		a.add(r)
		if n++; n <= mostRanges {
			first = append(first, r)
		}
	}
	names = versionNames(first, &v.theme.Marks)
	if n > mostRanges {
		names += " and more"
	}
	return names, a.String()
}

// disorder says how the order of the versions was not that of their numbers.
func (v *inspector) disorder(r *versions.Report) {
	var parts []part
	add := func(n int64, text string) {
		if n > 0 {
			parts = append(parts, part{text: text, lead: ", ", style: v.theme.Muted})
		}
	}
	add(r.Duplicates, Plural(r.Duplicates, "version")+" came more than once")
	add(r.Regressions, Plural(r.Regressions, "message")+" older than one before")
	add(r.Unsorted, Plural(r.Unsorted, "message")+" unsorted within")
	if len(parts) > 0 {
		v.more(parts...)
	}
}

// findings says how the deltas depart from the contract.
func (v *inspector) findings() {
	f := &v.sum.Findings
	switch {
	case f.Errors+f.Warnings > 0:
	case v.sum.Messages == 0:
		v.row("contract", part{text: nothingJudged, style: v.theme.Muted})
		return
	default:
		v.row("contract", part{text: "kept", style: v.theme.Good})
		return
	}
	var parts []part
	if f.Errors > 0 {
		parts = append(parts, part{text: Plural(f.Errors, "error"), style: v.theme.Error})
	}
	if f.Warnings > 0 {
		parts = append(parts, part{text: Plural(f.Warnings, "warning"), style: v.theme.Warn, lead: ", "})
	}
	v.row("contract", parts...)
	severity := map[string]contract.Severity{}
	for _, rule := range contract.Rules() {
		severity[rule.Name] = rule.Severity
	}
	names := byCount(f.ByRule)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(severity[b], severity[a]) })
	parts = nil
	for _, name := range names {
		style := v.theme.Warn
		if severity[name] == contract.Error {
			style = v.theme.Error
		}
		parts = append(parts, part{text: name + " " + Count(f.ByRule[name]), style: style, lead: v.theme.Marks.Apart})
	}
	v.more(parts...)
}
