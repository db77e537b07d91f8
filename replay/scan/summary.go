package scan

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// Summary is what a session holds. It takes constant memory but for gaps in the versions (16 bytes
// each), connections and users. Times are since the start of the first part.
type Summary struct {
	Parts []Part // the files that the session was read from, in order; at least one

	Records  int64 // lines that are records; headers are none
	Events   int64 // records of kind event, whatever the event
	Messages int64 // those of them that are plan:item-delta
	Deltas   int64
	Plans    int64 // records of kind plan, whether they were answered or not
	Polls    int64 // records of kind version, likewise
	Refused  int64 // records of kind connect_error
	Marks    int64

	// ByType, ByAction and BySource count deltas by the value of the member, as it was sent. None
	// stands for those that lack it, or have no string there; Others for further values after the
	// first MaxValues that the contract does not know.
	ByType, ByAction, BySource map[string]int64

	Duration    time.Duration // the latest t
	Rate        Rate
	Connections []Connection
	Users       []User // whose versions there are, by their ids; at least one
	Findings    Findings
}

// User is the account of the versions of one user's plan. A session is one user's, unless its
// records name several.
type User struct {
	ID       int64 // 0 where neither the records nor the header name one
	Versions *versions.Account
}

// Complete says whether the session was read to its end: each part ends with an end record, nothing
// in it is cut off or unreadable, no record is missing between two parts, and the last does not say
// that another follows.
func (s *Summary) Complete() bool {
	for i := range s.Parts {
		p := &s.Parts[i]
		if !p.Complete || p.Truncated != nil || p.BadLines > 0 || i > 0 && p.First != s.Parts[i-1].Last+1 {
			return false
		}
	}
	return len(s.Parts) > 0 && s.Parts[len(s.Parts)-1].EndReason != session.ReasonRotated
}

// Part is one session file.
type Part struct {
	Header session.Header
	Offset time.Duration // what is added to its t: from the start of the first part to the start of this one

	Text    int64 // bytes read: decompressed, the header included
	Records int64
	First   int64 // the number of the first record; 0 where there is none
	Last    int64 // the number of the last record

	BadLines int64                // lines that are no record
	Bad      []*session.LineError // the first MaxBad of them

	Complete  bool                // the last record is an end record
	EndReason string              // the end record's
	Lost      int64               // likewise: received and not written
	Truncated *session.Truncation // what was left unread of a file that is cut off
}

// MaxBad bounds Part.Bad.
const MaxBad = 20

// None and Others stand for values of a member that have no entry of their own.
const (
	None   = "none"
	Others = "others"
)

// MaxValues bounds how many values that the contract does not know get an entry of their own.
const MaxValues = 32

// Connection is a stretch of time between a connect and a disconnect record.
type Connection struct {
	From, To  time.Duration // To is 0 where Open
	Open      bool          // the session ends, or goes on with another connect, without a disconnect
	Reason    string        // the disconnect record's
	SID       string
	Transport string
}

// Findings counts departures from the contract.
type Findings struct {
	Errors, Warnings int64
	ByRule           map[string]int64
}

// Rate is how the deltas spread over time, by the t of their records.
type Rate struct {
	// Width is the time that each of Counts stands for. It is such that there are at most MaxBuckets
	// of them.
	Width  time.Duration
	Counts []int64 // from t = 0

	// Busiest is the start of the whole second that saw the most deltas, the first of equals, and Most
	// how many. A second that time jumped back into counts anew.
	Busiest time.Duration
	Most    int64
}

// MaxBuckets bounds Rate.Counts.
const MaxBuckets = 1024
