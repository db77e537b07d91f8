package compare

import (
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/witness"
)

// Report is what comparing a cached plan with the server's came to.
type Report struct {
	Verdict        diagnose.Verdict
	Result         *diff.Result
	Causes         []diagnose.Cause // one for each of Result.Differences
	Report         *diagnose.Report // what became of every hypothesis; nil where nobody asks
	Client         string           // whose rules the client is taken to follow; empty where there is no session
	ClientWhy      string           // and why, in one sentence
	Chosen         bool             // there was a choice of clients, or of where a file belongs in its session
	Cached, Server string           // where the two plans came from
	Fenced         bool             // the server's was read live, through a fence
	Tries          int              // how often
	Stable         bool             // and whether it held still
	Session        bool             // there was a session to find causes in
	Database       *Database        // what the third witness says; nil where nobody asked it
}

// Database is what the third witness says of a comparison.
type Database struct {
	Source  string // host:port/name
	User    int64  // whose plan was read
	Side    diff.Side
	Alone   bool             // there was no server: the cache was compared with the database, which stands in Server's place
	Rulings []witness.Ruling // one for each of Result.Differences; behind them what only the database tells
}

// Harmful counts the differences that should not be.
func (r *Report) Harmful() (n int) {
	for i := range r.Causes {
		if !r.Causes[i].Expected {
			n++
		}
	}
	return n
}

// Wrong counts the rulings by who is wrong.
func (r *Report) Wrong() map[witness.Party]int {
	counts := map[witness.Party]int{}
	if r.Database != nil {
		for i := range r.Database.Rulings {
			counts[r.Database.Rulings[i].Wrong]++
		}
	}
	return counts
}

// Ruling is what the witnesses say of a difference; nil where nobody asked the database.
func (r *Report) Ruling(i int) *witness.Ruling {
	if r.Database == nil {
		return nil
	}
	return &r.Database.Rulings[i]
}

// Unseen are the rulings on what the comparison of the cache and the server has nothing against, and the database has.
func (r *Report) Unseen() []witness.Ruling {
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

// Apart are those of the unseen on which nothing could be ruled.
func (r *Report) Apart() []witness.Ruling {
	var all []witness.Ruling
	for _, ruling := range r.Unseen() {
		if ruling.Wrong == witness.Undecided {
			all = append(all, ruling)
		}
	}
	return all
}
