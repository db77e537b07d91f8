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
	if r.Last == 0 {
		begin(part{text: "none", style: v.theme.Muted})
		return
	}
	marks := &v.theme.Marks
	seen := part{text: span(r.First, r.Last, marks), style: v.theme.Version}
	if r.Missing == 0 {
		begin(seen, part{text: "nothing missing", lead: ", ", style: v.theme.Good})
	} else {
		names, why := v.named(account.Missing())
		begin(seen, part{text: Count(r.Missing) + " missing", lead: ", ", style: v.theme.Warn}, plain(": ", names))
		v.more(plain("", why))
	}
	v.outside(account)
	v.disorder(&r)
}

// outside says what is known to be missing before the first and after the last version that came.
func (v *inspector) outside(account *versions.Account) {
	if names, why := v.named(account.Before()); names != "" {
		v.more(part{text: names + " missing before the first", style: v.theme.Warn}, plain(": ", why))
	}
	if names, _ := v.named(account.After()); names != "" {
		v.more(part{text: names + " existed and had not come by the end", style: v.theme.Warn})
	}
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
	if f.Errors+f.Warnings == 0 {
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
