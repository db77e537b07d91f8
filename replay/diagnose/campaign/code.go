package campaign

import "slices"

// Code names a cause, as PRODUCT.md has them.
type Code string

// The codes that a world of this package can have.
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
	SavedEarlier       Code = "saved-earlier"
	AfterTheEnd        Code = "after-the-end"
	HalfWritten        Code = "half-written"
	AnswerBehind       Code = "answer-behind"
	UnversionedChange  Code = "unversioned-change"
	MissedWhileDeaf    Code = "missed-while-deaf"
	NotAddressed       Code = "not-addressed"
	Restarted          Code = "restarted"
	OtherClient        Code = "other-client"
)

// refreshes tells whether a code is the last link of a chain that a refresh would have ended.
func (c Code) refreshes() bool {
	return c == RefreshMissed || c == RefreshFailed || c == RefreshRaced || c == AnswerBehind
}

// misses tells whether a code says that a delta did not come.
func (c Code) misses() bool {
	switch c {
	case MissedDelta, MissedWhileOffline, MissedWhileDeaf, NeverEmitted:
		return true
	}
	return false
}

// Truth is what is true of one difference.
type Truth struct {
	// Main is the code that is true; empty where several are, or where it cannot be said which.
	Main Code
	// Any are the codes of which one at least is true, Main among them. None else may be certain.
	Any []Code
	// Expected says that nothing is wrong with the difference.
	Expected bool
	// Innocent says that nothing went wrong with the item, expected or not.
	Innocent bool
	// Wrong says that the client should hold something else, and that no more of the session would
	// have mended it.
	Wrong bool
	// Excusable says that the two plans by themselves look as if the difference were expected.
	Excusable bool
	// Rare says that it takes an event that need not leave a trace.
	Rare bool
	// Unjudged says that no two troubles or conditions make the difference.
	Unjudged bool
	// Loose says that the recorder hides as much as the trouble did: what is true of the client
	// need not be true of the recording.
	Loose bool
	// Troubles are the steps without which the difference would not be there.
	Troubles []int
}

// Allows tells whether a cause may be certain.
func (t *Truth) Allows(c Code) bool { return slices.Contains(t.Any, c) }

// add takes codes that are true.
func (t *Truth) add(codes ...Code) {
	for _, c := range codes {
		if !slices.Contains(t.Any, c) {
			t.Any = append(t.Any, c)
		}
	}
}

// Judged is a world, and the truth about it.
type Judged struct {
	Script   *Script
	Evidence *Evidence
	Truths   map[string]Truth // by item; of those that differ
	// Healthy says that the client holds what it would hold if nothing had gone wrong.
	Healthy bool
}

// NothingWrong tells whether no difference of the world is anybody's fault, and nothing went wrong
// that may look like one.
func (j *Judged) NothingWrong() bool {
	if slices.ContainsFunc(j.Script.Steps, func(p Step) bool { return p.Kind.trouble() && !p.Kind.recorder() }) {
		return false
	}
	for _, t := range j.Truths {
		if !t.Innocent {
			return false
		}
	}
	return j.Healthy
}

// Desynced returns an item that really differs, and that no excuse of the two plans fits; empty for
// none.
func (j *Judged) Desynced() string {
	for id, t := range j.Truths {
		if t.Wrong && !t.Excusable {
			return id
		}
	}
	return ""
}
