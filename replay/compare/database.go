package compare

import (
	"slices"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
)

// Database is what the third witness says of a comparison.
type Database struct {
	Source string // host:port/name
	User   int64  // whose plan was read
	Side   diff.Side
	Alone  bool              // there was no server: the cache was compared with the database, which stands in Server's place
	Apart  []diff.Difference // how the server (the cached side) and the database (the server's side) differ
	Causes []diagnose.Cause  // one for each of Apart

	byItem map[contract.Item]int // places in Apart; made when it is asked for
}

// Hear holds a server's plan against what its database tells of a user's, and counts the
// database's.
func Hear(server *plan.Plan, told *witness.Testimony, user int64, o diff.Options) (*diagnose.Tables, diff.Side, error) {
	tables := tablesOf(told, user)
	tables.Plan = told.Beside(server)
	result, err := diff.Parsed(server, tables.Plan, o)
	if err != nil {
		return nil, diff.Side{}, err
	}
	for i := range result.Differences {
		if d := result.Differences[i]; d.Kind != diff.Stale || slices.ContainsFunc(d.Fields, harms) {
			tables.Apart = append(tables.Apart, d)
		}
	}
	return tables, result.Server, nil
}

func harms(f diff.Field) bool { return !diagnose.Harmless(&f) }

// HearAlone has the database's plan, for the dates of a cached one, stand in the place of the
// server's.
func HearAlone(cached *plan.Plan, told *witness.Testimony, user int64) *diagnose.Tables {
	tables := tablesOf(told, user)
	tables.Plan = told.Beside(cached)
	return tables
}

func tablesOf(told *witness.Testimony, user int64) *diagnose.Tables {
	tables := &diagnose.Tables{User: user, Access: diagnose.Collaborator, Newer: told.Newer}
	if told.Owner {
		tables.Access = diagnose.Owner
	}
	return tables
}

// Unseen are the differences between the server and the database, by their index, about whose items
// the comparison of the cache and the server has nothing to say but what is expected.
func (r *Report) Unseen() []int {
	if r.Database == nil {
		return nil
	}
	told := map[contract.Item]bool{}
	for i := range r.Causes {
		it := r.Result.Differences[i].Item
		told[it] = told[it] || !r.Causes[i].Expected
	}
	var all []int
	for i := range r.Database.Apart {
		if !told[r.Database.Apart[i].Item] {
			all = append(all, i)
		}
	}
	return all
}

// Undecided are those of the unseen that may come from the moments at which the server and the
// database were read.
func (r *Report) Undecided() []int {
	return slices.DeleteFunc(r.Unseen(), func(i int) bool { return r.Database.Causes[i].Code != diagnose.Unknown })
}

// Beside is how the server and the database differ about an item, by its index; -1 where they do
// not.
func (r *Report) Beside(it contract.Item) int {
	if r.Database == nil {
		return -1
	}
	return r.Database.place(it)
}

func (d *Database) place(it contract.Item) int {
	if d.byItem == nil {
		d.byItem = make(map[contract.Item]int, len(d.Apart))
		for i := range d.Apart {
			d.byItem[d.Apart[i].Item] = i
		}
	}
	if i, ok := d.byItem[it]; ok {
		return i
	}
	return -1
}

// Faults counts the differences between the server and the database that nothing leaves open.
func (d *Database) Faults() (n int) {
	for i := range d.Causes {
		if d.Causes[i].Code != diagnose.Unknown {
			n++
		}
	}
	return n
}

// AnswersBehind tells whether the API answers something else than the database holds.
func (d *Database) AnswersBehind() bool {
	return slices.ContainsFunc(d.Causes, func(c diagnose.Cause) bool { return c.Code == diagnose.AnswerBehind })
}

// MayMend tells whether a party may be who can mend a difference that should not be, as far as the
// witnesses tell.
func (r *Report) MayMend(p diagnose.Party) bool {
	causes := r.Causes
	if r.Database != nil {
		causes = slices.Concat(causes, r.Database.Causes)
	}
	return slices.ContainsFunc(causes, func(c diagnose.Cause) bool { return !c.Expected && slices.Contains(c.Parties, p) })
}
