package render

import (
	"strconv"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/witness"
)

// databaseAs tells whose plan it is.
func databaseAs(d *compare.Database) string { return ", as user " + strconv.FormatInt(d.User, 10) }

// partySays is who is wrong, in words.
var partySays = map[witness.Party]string{
	witness.Nobody: "nobody is wrong:", witness.Client: "the client is wrong:", witness.Emission: "the emission is wrong:",
	witness.API: "the API is wrong:", witness.Undecided: "undecided who is wrong:",
}

// againstSays is how the API and the database differ about an item that only one of them has.
var againstSays = map[diff.Kind]string{
	diff.Missing: "the database has it, and the API does not", diff.Ghost: "the API has it, and the database does not",
}

func apartSays(r *compare.Report) string {
	return Plural(len(r.Apart()), "more item is not as the database has it", "more items are not as the database has them")
}

// whyApart is why.
func whyApart(r *compare.Report) string {
	for _, ruling := range r.Apart() {
		return ruling.Summary
	}
	return ""
}

// comparedParties names what was compared.
func comparedParties(r *compare.Report) string {
	switch {
	case r.Database == nil:
		return "the cache and the server"
	case r.Database.Alone:
		return "the cache and the database"
	}
	return "the cache, the server and the database"
}

// countWrongs counts the differences that should not be, by between whom.
func countWrongs(r *compare.Report) []string {
	between := " between the cache and the server"
	if r.Database != nil && r.Database.Alone {
		between = " between the cache and the database"
	}
	var says []string
	if harmful := r.Harmful(); harmful > 0 {
		says = append(says, Plural(harmful, "difference")+between)
	}
	if faults := r.Wrong()[witness.API]; faults > 0 {
		says = append(says, Plural(faults, "difference")+" between the server and the database")
	}
	return says
}
