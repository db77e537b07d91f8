package witness

import (
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// Party is who is wrong.
type Party string

// The parties.
const (
	Nobody    Party = "nobody"    // the difference is expected
	Client    Party = "client"    // the API and the database agree, and deltas told it so or could not reach it
	Emission  Party = "emission"  // the API and the database agree, and the deltas said otherwise, or nothing
	API       Party = "api"       // the database holds something else
	Undecided Party = "undecided" // what the witnesses say cannot be held against each other
)

// Case is what there is to rule on.
type Case struct {
	// Differences are those between a client's plan and the API's, or, without an API, the database's; Causes are theirs, index
	// by index.
	Differences []diff.Difference
	Causes      []diagnose.Cause
	Options     diff.Options // that they were made with

	API      *plan.Plan // nil: nobody asked it
	Doubt    string     // why what the API or the database says proves nothing, as a sentence without a full stop; empty where it does
	Saved    bool       // the API's plan was read at an unknown time, and not through a fence
	Database *Testimony
}

// Ruling is what the witnesses say of one item.
type Ruling struct {
	Item    contract.Item
	Wrong   Party
	Summary string // one plain sentence, without a full stop
	// API is how the API (the difference's cached side) and the database (its server side) differ about the item; nil where they
	// agree, and where nobody asked the API.
	API *diff.Difference
}

// Judgement is what came out of a case.
type Judgement struct {
	// Rulings are one for each of the case's differences, index by index. Behind them come the items in which the client and the
	// API agree, and the database has something else.
	Rulings  []Ruling
	Database diff.Side // what there is to count of the database's plan
}

// Rule rules on each difference, and finds those that only the database tells of. The error is a *diff.PatternError.
func Rule(c Case) (*Judgement, error) {
	if c.API == nil {
		return c.alone(), nil
	}
	court, err := newCourt(&c)
	if err != nil {
		return nil, err
	}
	j := &Judgement{Rulings: make([]Ruling, 0, len(c.Differences)), Database: court.side}
	ruled := map[contract.Item]bool{}
	for i := range c.Differences {
		j.Rulings = append(j.Rulings, court.rule(&c.Differences[i], &c.Causes[i]))
		ruled[c.Differences[i].Item] = true
	}
	for _, d := range court.order {
		if !ruled[d.Item] {
			j.Rulings = append(j.Rulings, court.unnoticed(d))
		}
	}
	return j, nil
}

// Apart reports whether two plans are of two versions, so that they cannot be held against each other.
func Apart(api *plan.Plan, database *Testimony) bool {
	return !api.HasVersion || api.Version != database.Version
}

// alone rules between the client and the database.
func (c *Case) alone() *Judgement {
	j := &Judgement{Rulings: make([]Ruling, len(c.Differences))}
	for i := range c.Differences {
		r := &j.Rulings[i]
		r.Item = c.Differences[i].Item
		if c.Doubt != "" && !c.Causes[i].Expected {
			r.Wrong, r.Summary = Undecided, c.Doubt
			continue
		}
		r.Wrong, r.Summary = blame(&c.Causes[i], "the database has it otherwise")
	}
	return j
}

// court is one hearing.
type court struct {
	*Case
	undecided string // why nothing is ruled on
	doubts    map[contract.Item]string
	differ    map[contract.Item]*diff.Difference // items in which the API (cached) and the database (server) differ
	order     []*diff.Difference                 // the same, in order
	side      diff.Side
}

func newCourt(c *Case) (*court, error) {
	k := &court{Case: c, undecided: c.Doubt, doubts: c.Database.doubts(), differ: map[contract.Item]*diff.Difference{}}
	switch {
	case k.undecided != "":
	case !c.API.HasVersion:
		k.undecided = "the API's plan does not tell its version"
	case Apart(c.API, c.Database):
		k.undecided = fmt.Sprintf("the API was read at v%d and the database at v%d", c.API.Version, c.Database.Version)
	}
	result, err := diff.Parsed(c.API, c.Database.Beside(c.API), c.Options)
	if err != nil {
		return nil, err
	}
	k.side = result.Server
	for i := range result.Differences {
		d := &result.Differences[i]
		if d.Kind == diff.Stale && harmless(d.Fields) {
			continue
		}
		k.differ[d.Item] = d
		k.order = append(k.order, d)
	}
	return k, nil
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
	r := Ruling{Item: d.Item, API: c.differ[d.Item]}
	doubt := c.doubts[d.Item]
	switch {
	case cause.Expected && r.API == nil:
		r.Wrong, r.Summary = Nobody, "the difference is expected"
	case c.undecided != "":
		r.Wrong, r.Summary = Undecided, c.undecided
	case r.API != nil && cause.Expected && d.Kind == diff.Stale:
		return c.unnoticed(r.API)
	case r.API != nil:
		r.Wrong, r.Summary = API, "the database has something else than the API answers"+c.torn()
		if c.likeDatabase(d.Cached, r.API.Server) {
			r.Summary = "the client holds what the database has, and the API answers something else" + c.torn()
		}
	case doubt != "" && d.Kind != diff.Stale:
		r.Wrong, r.Summary = Undecided, doubt
	default:
		r.Wrong, r.Summary = blame(cause, "the API and the database agree")
	}
	return r
}

// blame says who is wrong where the client differs from what is right.
func blame(cause *diagnose.Cause, right string) (Party, string) {
	probably := ""
	if cause.Certainty != diagnose.Certain {
		probably = "probably "
	}
	switch cause.Code {
	case diagnose.PayloadMismatch:
		return Emission, right + ", and " + probably + "a delta carried something else"
	case diagnose.PayloadMissing, diagnose.Malformed:
		return Emission, right + ", and " + probably + "a delta came that could not be applied"
	case diagnose.NeverEmitted:
		return Emission, right + ", and " + probably + "no delta told of it"
	case diagnose.MissedDelta:
		return Emission, right + ", and " + probably + "the delta that told of it never reached this client, which was connected"
	}
	if cause.Expected {
		return Nobody, "the difference is expected"
	}
	return Client, right + ", and the client holds something else"
}

// unnoticed rules on an item in which the client and the API agree.
func (c *court) unnoticed(d *diff.Difference) Ruling {
	r := Ruling{Item: d.Item, Wrong: API, API: d, Summary: "the client and the API agree, and the database has something else" + c.torn()}
	if c.undecided != "" {
		r.Wrong, r.Summary = Undecided, c.undecided
	}
	return r
}

// torn warns of an answer whose parts may be of two versions: the API reads a plan and its version one after the other.
func (c *court) torn() string {
	if c.Saved {
		return " (a saved answer can be torn, if the plan changed while it was read)"
	}
	return ""
}

// likeDatabase reports whether a client's item, nil where there is none, holds the same as the database's, as far as that can tell.
func (c *court) likeDatabase(client, database []byte) bool {
	if client == nil || database == nil {
		return client == nil && database == nil
	}
	return harmless(diff.Fields(client, new(reteller).retold(database, client)))
}
