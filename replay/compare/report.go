package compare

import (
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
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
	FromCache      bool             // a cache on the way answered in the server's place
	Session        bool             // there was a session to find causes in
	Database       *Database        // what the third witness says; nil where nobody asked it
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
