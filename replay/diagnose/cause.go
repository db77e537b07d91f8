package diagnose

// Code names a cause. The codes are stable: scripts rely on them.
type Code string

// The causes. The table in hypotheses.go says what each means.
const (
	MissedWhileOffline Code = "missed-while-offline"
	MissedDelta        Code = "missed-delta"
	MissedWhileDeaf    Code = "missed-while-deaf"
	NeverEmitted       Code = "never-emitted"
	NotAddressed       Code = "not-addressed"
	StaleOverwrite     Code = "stale-overwrite"
	RefreshMissed      Code = "refresh-missed"
	RefreshFailed      Code = "refresh-failed"
	RefreshRaced       Code = "refresh-raced"
	AnswerBehind       Code = "answer-behind"
	PayloadMismatch    Code = "payload-mismatch"
	PayloadMissing     Code = "payload-missing"
	UnknownEntity      Code = "unknown-entity"
	Malformed          Code = "malformed"
	CacheEdited        Code = "cache-edited"
	OtherClient        Code = "other-client"
	Restarted          Code = "restarted"
	SavedEarlier       Code = "saved-earlier"
	AfterTheEnd        Code = "after-the-end"
	HalfWritten        Code = "half-written"
	UnversionedChange  Code = "unversioned-change"
	OutsideRange       Code = "outside-range"
	RangeMoved         Code = "range-moved"
	Unhydrated         Code = "unhydrated"
	SameInstant        Code = "same-instant"
	Unknown            Code = "unknown"
)

// Party is who may be at fault.
type Party string

// The parties.
const (
	Client   Party = "client"
	Network  Party = "network"
	Emission Party = "emission"
	API      Party = "api"
	Database Party = "database"
	Recorder Party = "recorder"
	Nobody   Party = "nobody"
)

// Certainty says how sure a cause is.
type Certainty string

// The certainties.
const (
	Certain          Certainty = "certain" // nothing else stands
	Likely           Certainty = "likely"  // others stand, and each takes more that nobody saw
	CertaintyUnknown Certainty = "unknown" // none is ahead
)

// Standing is what the evidence leaves of a hypothesis.
type Standing uint8

// The standings.
const (
	RuledOut Standing = iota // no history of the model in which it is true leaves this evidence
	Remote                   // such a history needs a rare event of which no record speaks
	Stands                   // such a history exists
)

// String is "ruled out", "remote" or "stands".
func (s Standing) String() string { return [...]string{"ruled out", "remote", "stands"}[s] }

// Finding is what became of one hypothesis about one difference.
type Finding struct {
	Code     Code
	Standing Standing
	Unseen   int     // how many events its simplest history takes that nobody saw
	Records  []int64 // the records that speak for it, or against it where it is ruled out
	Versions []int64 // the versions that it is about; of very many the first
	// Link says that it stands as an earlier link of another finding's chain: a delta that could not
	// be used, before a refresh that was missed. The two are true together, and count as one.
	Link bool
	// Reason is one plain sentence, without a full stop. It is made when it is asked for.
	Reason func() string

	parties []Party // where they are others than the table's
}

// Parties are all that may be at fault.
func (f *Finding) Parties() []Party {
	if f.parties != nil {
		return f.parties
	}
	return Of(f.Code).Parties
}

// Expected says that nothing is wrong where this is the cause.
func (f *Finding) Expected() bool { return Of(f.Code).Expected }

// Cause is why one difference exists.
type Cause struct {
	Code      Code
	Certainty Certainty
	Parties   []Party
	Expected  bool     // nothing is wrong
	Summary   string   // one plain sentence, without a full stop
	Records   []int64  // the records that it rests on
	Versions  []int64  // the versions that it is about; of very many the first
	Because   []string // the earlier links of its chain, in sentences like Summary
	Heals     Healing

	ahead outlook
}

// outlook is what those hypotheses say that no other beats.
type outlook struct{ fault, expected, moving, later, open bool }

// Verdict is what a comparison comes to.
type Verdict string

// The verdicts.
const (
	InSync       Verdict = "in-sync"      // nothing differs
	Explained    Verdict = "explained"    // only what is expected differs
	Behind       Verdict = "behind"       // what differs lies above all that the cache or its session can know
	Desynced     Verdict = "desynced"     // something differs that should not
	Inconclusive Verdict = "inconclusive" // the evidence does not allow to say
)
