package render

import (
	"strconv"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diff"
)

// databaseAs tells whose plan it is.
func databaseAs(d *compare.Database) string { return ", as user " + strconv.FormatInt(d.User, 10) }

// notAsDatabase is how an item differs about which the cache and the server agree.
const notAsDatabase = "not as the database has it"

// againstSays is how the API and the database differ about an item that only one of them has.
var againstSays = map[diff.Kind]string{
	diff.Missing: "the database has it, and the API does not", diff.Ghost: "the API has it, and the database does not",
}

// undecidedSays counts the items that the database has otherwise at another version, and says why
// that decides nothing.
func undecidedSays(r *compare.Report) string {
	undecided := r.Undecided()
	n := Plural(len(undecided), "more item is not as the database has it", "more items are not as the database has them")
	return n + ": " + r.Database.Causes[undecided[0]].Summary
}

// against is what the API and the database have of an item.
func against(d *diff.Difference) string {
	if says := againstSays[d.Kind]; says != "" {
		return says
	}
	return fieldCodes(d, " in the API, in the database ")
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
	if r.Database != nil && r.Database.Faults() > 0 {
		says = append(says, Plural(r.Database.Faults(), "difference")+" between the server and the database")
	}
	return says
}
