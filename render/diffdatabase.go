package render

import (
	"strconv"

	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/witness"
)

// DiffDatabase is what the third witness says of a comparison.
type DiffDatabase struct {
	Source  string // host:port/name
	User    int64  // whose plan was read
	Side    diff.Side
	Alone   bool             // there was no server: the cache was compared with the database, which stands in Server's place
	Rulings []witness.Ruling // one for each of Result.Differences; behind them what only the database tells
}

// as tells whose plan it is.
func (d *DiffDatabase) as() string { return ", as user " + strconv.FormatInt(d.User, 10) }

// partySays is who is wrong, in words.
var partySays = map[witness.Party]string{
	witness.Nobody: "nobody is wrong:", witness.Client: "the client is wrong:", witness.Emission: "the emission is wrong:",
	witness.API: "the API is wrong:", witness.Undecided: "undecided who is wrong:",
}

// againstSays is how the API and the database differ about an item that only one of them has.
var againstSays = map[diff.Kind]string{
	diff.Missing: "the database has it, and the API does not", diff.Ghost: "the API has it, and the database does not",
}

// Wrong counts the rulings by who is wrong.
func (r *DiffReport) Wrong() map[witness.Party]int {
	counts := map[witness.Party]int{}
	if r.Database != nil {
		for i := range r.Database.Rulings {
			counts[r.Database.Rulings[i].Wrong]++
		}
	}
	return counts
}

// ruling is what the witnesses say of a difference; nil where nobody asked the database.
func (r *DiffReport) ruling(i int) *witness.Ruling {
	if r.Database == nil {
		return nil
	}
	return &r.Database.Rulings[i]
}

// unseen are the rulings on what the comparison of the cache and the server has nothing against, and the database has.
func (r *DiffReport) unseen() []witness.Ruling {
	if r.Database == nil {
		return nil
	}
	var all []witness.Ruling
	for i := range r.Database.Rulings {
		if ruling := &r.Database.Rulings[i]; ruling.API != nil && (i >= len(r.Causes) || r.Causes[i].Expected) {
			all = append(all, *ruling)
		}
	}
	return all
}

// apart counts those on which nothing could be ruled.
func (r *DiffReport) apart() (n int) {
	for _, ruling := range r.unseen() {
		if ruling.Wrong == witness.Undecided {
			n++
		}
	}
	return n
}

func (r *DiffReport) apartSays() string {
	return Plural(r.apart(), "more item is not as the database has it", "more items are not as the database has them")
}

// whyApart is why.
func (r *DiffReport) whyApart() string {
	for _, ruling := range r.unseen() {
		if ruling.Wrong == witness.Undecided {
			return ruling.Summary
		}
	}
	return ""
}

// parties names what was compared.
func (r *DiffReport) parties() string {
	switch {
	case r.Database == nil:
		return "the cache and the server"
	case r.Database.Alone:
		return "the cache and the database"
	}
	return "the cache, the server and the database"
}

// wrongs counts the differences that should not be, by between whom.
func (r *DiffReport) wrongs() []string {
	between := " between the cache and the server"
	if r.Database != nil && r.Database.Alone {
		between = " between the cache and the database"
	}
	var says []string
	if harmful := r.harmful(); harmful > 0 {
		says = append(says, Plural(harmful, "difference")+between)
	}
	if faults := r.Wrong()[witness.API]; faults > 0 {
		says = append(says, Plural(faults, "difference")+" between the server and the database")
	}
	return says
}
