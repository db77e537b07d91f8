package witness

import (
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// Ignore are patterns, as diff.Options has them, for what the database does not tell.
var Ignore = []string{"googleSync", "collaborator.inviteToken", "plan.planUpdatedAt"}

// Party is who is wrong.
type Party string

// The parties.
const (
	Nobody    Party = "nobody"    // the difference is expected
	Client    Party = "client"    // the API and the database agree, and deltas told it so or could not reach it
	Emission  Party = "emission"  // the API and the database agree, and the deltas said otherwise, or nothing
	API       Party = "api"       // the database holds something else
	Undecided Party = "undecided" // the API and the database were read at two versions
)

// Ruling is what the witnesses say of one item.
type Ruling struct {
	Item    contract.Item
	Wrong   Party
	Summary string // one plain sentence, without a full stop
	// Database is the item as the database has it; nil where it does not.
	Database []byte
	// API lists the fields in which the API's item differs from the database's; nil where they agree, or one of them has no such
	// item. In each, Cached is the API's side and Server the database's.
	API []diff.Field
}

// Rule rules on each difference between a client's plan and the API's, in their order; causes are theirs, index by index. Behind
// them come the items in which the client and the API agree, and the database has something else.
func Rule(differences []diff.Difference, causes []diagnose.Cause, api, database *plan.Plan) []Ruling {
	c := newCourt(api, database)
	rulings := make([]Ruling, 0, len(differences))
	ruled := map[contract.Item]bool{}
	for i := range differences {
		rulings = append(rulings, c.rule(&differences[i], &causes[i]))
		ruled[differences[i].Item] = true
	}
	for _, it := range c.order {
		if !ruled[it] {
			rulings = append(rulings, c.unnoticed(it))
		}
	}
	return rulings
}

// Apart reports whether two plans are of two versions, so that they cannot be held against each other.
func Apart(api, database *plan.Plan) bool {
	return !api.HasVersion || !database.HasVersion || api.Version != database.Version
}

// court is one hearing.
type court struct {
	api, database *plan.Plan
	apart         bool
	differ        map[contract.Item]*diff.Difference // items in which the API (cached) and the database (server) differ
	order         []contract.Item                    // their order
}

func newCourt(api, database *plan.Plan) *court {
	c := &court{api: api, database: database, apart: Apart(api, database), differ: map[contract.Item]*diff.Difference{}}
	// The patterns are right, so that there is no error.
	result, _ := diff.Parsed(api, database, diff.Options{Ignore: Ignore})
	for i := range result.Differences {
		d := &result.Differences[i]
		if d.Kind == diff.Stale && harmless(d.Fields) {
			continue
		}
		c.differ[d.Item] = d
		c.order = append(c.order, d.Item)
	}
	return c
}

func harmless(fields []diff.Field) bool {
	for i := range fields {
		if !diagnose.Harmless(&fields[i]) {
			return false
		}
	}
	return true
}

// rule rules on an item in which the client and the API differ.
func (c *court) rule(d *diff.Difference, cause *diagnose.Cause) Ruling {
	r := Ruling{Item: d.Item, Database: d.Server}
	against := c.differ[d.Item]
	if against != nil {
		r.Database = against.Server
	}
	switch {
	case c.apart:
		r.Wrong, r.Summary = Undecided, c.versions()
	case against != nil:
		r.Wrong, r.API = API, against.Fields
		r.Summary = "the database has something else than the API answers"
		if same(d.Cached, r.Database) {
			r.Summary = "the client holds what the database has, and the API answers something else"
		}
	case cause.Expected:
		r.Wrong, r.Summary = Nobody, "the difference is expected"
	default:
		r.Wrong, r.Summary = blame(cause)
	}
	return r
}

// blame says who is wrong where the API and the database agree.
func blame(cause *diagnose.Cause) (Party, string) {
	switch cause.Code {
	case diagnose.PayloadMismatch:
		return Emission, "the API and the database agree, and a delta carried something else"
	case diagnose.PayloadMissing, diagnose.Malformed:
		return Emission, "the API and the database agree, and a delta came that could not be applied"
	case diagnose.NeverEmitted:
		return Emission, "the API and the database agree, and no delta told of it"
	}
	return Client, "the API and the database agree, and the client holds something else"
}

// unnoticed rules on an item in which the client and the API agree.
func (c *court) unnoticed(it contract.Item) Ruling {
	d := c.differ[it]
	r := Ruling{Item: it, Wrong: API, Database: d.Server, API: d.Fields, Summary: "the client and the API agree, and the database has something else"}
	if c.apart {
		r.Wrong, r.Summary = Undecided, c.versions()
	}
	return r
}

func (c *court) versions() string {
	return fmt.Sprintf("the API was read at v%d and the database at v%d", c.api.Version, c.database.Version)
}

// same reports whether two items, nil where there is none, hold the same as far as the database can tell.
func same(a, b []byte) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return harmless(diff.Fields(a, b))
}
