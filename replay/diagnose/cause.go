package diagnose

// Code names a cause. The codes are stable.
type Code string

// The causes.
const (
	MissedWhileOffline Code = "missed-while-offline"
	MissedDelta        Code = "missed-delta"
	NeverEmitted       Code = "never-emitted"
	StaleOverwrite     Code = "stale-overwrite"
	RefreshMissed      Code = "refresh-missed"
	RefreshFailed      Code = "refresh-failed"
	RefreshRaced       Code = "refresh-raced"
	PayloadMismatch    Code = "payload-mismatch"
	PayloadMissing     Code = "payload-missing"
	UnknownEntity      Code = "unknown-entity"
	Malformed          Code = "malformed"
	CacheEdited        Code = "cache-edited"
	OutsideRange       Code = "outside-range"
	RangeMoved         Code = "range-moved"
	Unhydrated         Code = "unhydrated"
	SameInstant        Code = "same-instant"
	Unknown            Code = "unknown"
)

// Certainty says how sure a cause is.
type Certainty string

// The certainties.
const (
	Certain          Certainty = "certain"
	Likely           Certainty = "likely"
	CertaintyUnknown Certainty = "unknown"
)

// Cause is why one difference exists.
type Cause struct {
	Code      Code
	Certainty Certainty
	Summary   string  // one plain sentence, without a full stop
	Records   []int64 // the records that it rests on
	Versions  []int64 // the versions that it is about; of very many the first
	Expected  bool    // nothing is wrong

	ofItem bool // it rests on records of the item itself, whatever else was lost
}

// Verdict is what a comparison comes to.
type Verdict string

// The verdicts.
const (
	InSync       Verdict = "in-sync"      // nothing differs
	Explained    Verdict = "explained"    // only what is expected differs
	Desynced     Verdict = "desynced"     // something differs that should not
	Inconclusive Verdict = "inconclusive" // the evidence does not allow to say
)

// Judge tells the verdict of a comparison whose two plans could be read whole.
func Judge(causes []Cause) Verdict {
	verdict := InSync
	for i := range causes {
		if !causes[i].Expected {
			return Desynced
		}
		verdict = Explained
	}
	return verdict
}
