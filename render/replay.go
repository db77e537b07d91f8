package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// ReplayState is how a replay is getting on.
type ReplayState struct {
	At       time.Duration // where it stands, in the session's time
	N        int64         // the last record that was sent
	Round    int           // from 1; shown where there are several
	Sent     int64         // records
	Version  int64         // the highest sent; 0 for none
	Rate     float64       // events a second, lately
	Late     time.Duration // the last record
	Left     time.Duration // -1 where it is not known
	Paused   bool
	Stepping bool
}

// Replaying says in one line how a replay is getting on.
func Replaying(r ReplayState, apart string) string {
	parts := []string{Duration(r.At), fmt.Sprintf("record %s", Count(r.N))}
	if r.Round > 1 {
		parts[0] = fmt.Sprintf("round %s, %s", Count(r.Round), parts[0])
	}
	if r.Version > 0 {
		parts = append(parts, fmt.Sprintf("v%d", r.Version))
	}
	parts = append(parts, significant(r.Rate)+"/s")
	switch {
	case r.Paused:
		parts = append(parts, "paused, p: play, space: next, q: quit")
	case r.Stepping:
		parts = append(parts, "space: next, p: play, q: quit")
	default:
		parts = append(parts, Duration(r.Late)+" late")
		if r.Left >= 0 {
			parts = append(parts, Duration(r.Left.Round(time.Second))+" left")
		}
	}
	return strings.Join(parts, apart)
}

// ReplayCount is how many there are of a kind.
type ReplayCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// ReplayMissed is a fault that was planned and did not come to be.
type ReplayMissed struct {
	Fault  string `json:"fault"` // as --fault has it, or its kind alone
	Count  int64  `json:"count"` // how often; 0: it is a rate that hit nothing
	Reason string `json:"reason"`
}

// String says it in words.
func (m ReplayMissed) String() string {
	text := m.Fault
	if m.Count > 1 {
		text = Count(m.Count) + " " + text
	}
	return text + ": " + m.Reason
}

// ReplayUnfit is what could not be expressed, by reason.
type ReplayUnfit struct {
	Reason  string   `json:"reason"`
	Count   int64    `json:"count"`
	Samples []string `json:"samples"`
}

// ReplayRecords are record numbers, as runs of consecutive ones.
type ReplayRecords [][2]int64

// String lists the numbers: "3, 7-12, 40". Of very many runs the first are listed.
func (r ReplayRecords) String() string {
	const most = 12
	var parts []string
	for i, run := range r {
		switch {
		case i == most:
			return strings.Join(append(parts, "…"), ", ")
		case run[0] == run[1]:
			parts = append(parts, fmt.Sprint(run[0]))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", run[0], run[1]))
		}
	}
	return strings.Join(parts, ", ")
}

// ReplaySummary is what a replay did. Records are those of the session that was read.
type ReplaySummary struct {
	Target   string
	Session  string
	Ended    string // "end", "until", "quit", "interrupt", "lost", "refused" or "failed"
	Rounds   int
	Elapsed  time.Duration
	Planned  time.Duration
	Records  int64 // that were sent, of those that mean something to the target
	Events   int64
	Deltas   int64
	Version  int64 // the highest; 0 for none
	Skipped  int64
	BadLines int64
	CutOff   string // what was left unread of a session that is cut off; empty where it is whole

	Sent, Acknowledged, Failed, Unsure, Inexpressible, Partly, Unheard int64

	FailedAt, UnsureAt, UnfitAt ReplayRecords
	FirstFailure                string
	Unfit                       []ReplayUnfit
	Last                        int64 // the last record that the target took; 0 for none
	Resume                      int64 // where --from takes it up; 0 where all was sent

	LateCount  int64
	P99, Worst time.Duration
	WorstAt    int64

	Faults   []ReplayCount
	FaultLog string
	Missed   []ReplayMissed

	Greetings int64 // of a server to one connection: left out
}

// leftOut says why greetings are.
func leftOut(greetings int64) string {
	return Count(greetings) + " " + greeting + ": a server's greeting to one connection is nobody else's"
}

// Replay writes the summary for people.
func Replay(w io.Writer, s *ReplaySummary) error {
	var b strings.Builder
	say := func(format string, args ...any) {
		b.WriteString(Clean(fmt.Sprintf(format, args...)))
		b.WriteByte('\n')
	}
	say("%s", s.headline())
	say("%s acknowledged, %s failed, %s unsure of %s sent", Count(s.Acknowledged), Count(s.Failed), Count(s.Unsure), Count(s.Sent))
	s.trouble(say)
	if s.Greetings > 0 {
		say("left out %s", leftOut(s.Greetings))
	}
	if s.Resume > 0 {
		say("go on with --from %d", s.Resume)
	}
	if s.LateCount > 0 {
		say("late: 99%% within %s, worst %s (record %d)", Duration(s.P99), Duration(s.Worst), s.WorstAt)
	}
	if len(s.Faults) > 0 {
		text := "faults: " + counts(s.Faults)
		if s.FaultLog != "" {
			text += " (" + s.FaultLog + ")"
		}
		say("%s", text)
	}
	for _, m := range s.Missed {
		say("did not come to be: %s", m)
	}
	if s.BadLines > 0 {
		say("passed over %s of %s", Plural(s.BadLines, "line that is no record", "lines that are no records"), s.Session)
	}
	if s.CutOff != "" {
		say("%s is cut off: %s", s.Session, s.CutOff)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// headline says what was played.
func (s *ReplaySummary) headline() string {
	text := fmt.Sprintf("played %s with %s to %s in %s", Plural(s.Records, "record"), Plural(s.Deltas, "delta"), s.Target, Duration(s.Elapsed))
	if s.Version > 0 {
		text += fmt.Sprintf(", up to version %d", s.Version)
	}
	if s.Rounds > 1 {
		text += fmt.Sprintf(", %s", Plural(s.Rounds, "round"))
	}
	switch s.Ended {
	case "end":
	case "until":
		text += ", as far as --until"
	default:
		text += ", not to its end"
	}
	return text
}

// trouble says what went wrong with which records.
func (s *ReplaySummary) trouble(say func(string, ...any)) {
	if len(s.FailedAt) > 0 {
		say("failed: record %s", s.FailedAt)
	}
	if len(s.UnsureAt) > 0 {
		say("unsure: record %s may have arrived or not", s.UnsureAt)
	}
	if s.FirstFailure != "" {
		say("the first failure: %s", s.FirstFailure)
	}
	if s.Unheard > 0 {
		say("%s of them reached nobody: nobody listened there", Count(s.Unheard))
	}
	if n := s.Inexpressible + s.Partly; n > 0 {
		say("the target cannot express %s, wholly or in part: record %s", Plural(n, "record"), s.UnfitAt)
	}
	for _, u := range s.Unfit {
		say("  %s: %s, like %s", Count(u.Count), u.Reason, strings.Join(u.Samples, ", "))
	}
}

func counts(all []ReplayCount) string {
	parts := make([]string, len(all))
	for i, c := range all {
		parts[i] = Count(c.Count) + " " + c.Name
	}
	return strings.Join(parts, ", ")
}

// replayJSON is a ReplaySummary as scripts read it. Times are in seconds.
type replayJSON struct {
	Session       string         `json:"session"`
	Target        string         `json:"target"`
	Ended         string         `json:"ended"`
	Rounds        int            `json:"rounds"`
	Records       int64          `json:"records"`
	Greetings     int64          `json:"greetings"`
	Events        int64          `json:"events"`
	Deltas        int64          `json:"deltas"`
	Version       *int64         `json:"version"`
	Sent          int64          `json:"sent"`
	Acknowledged  int64          `json:"acknowledged"`
	Failed        int64          `json:"failed"`
	Unsure        int64          `json:"unsure"`
	Inexpressible int64          `json:"inexpressible"`
	Partly        int64          `json:"partly"`
	Unheard       int64          `json:"unheard"`
	FailedAt      ReplayRecords  `json:"failedRecords"`
	UnsureAt      ReplayRecords  `json:"unsureRecords"`
	UnfitAt       ReplayRecords  `json:"inexpressibleRecords"`
	Unfit         []ReplayUnfit  `json:"reasons"`
	Last          *int64         `json:"last"`
	Resume        *int64         `json:"resume"`
	Late          replayLate     `json:"late"`
	Elapsed       float64        `json:"elapsed"`
	Planned       float64        `json:"planned"`
	Faults        []ReplayCount  `json:"faults"`
	Missed        []ReplayMissed `json:"missedFaults"`
	Skipped       int64          `json:"skipped"`
	BadLines      int64          `json:"badLines"`
	CutOff        bool           `json:"cutOff"`

	Expect       json.RawMessage `json:"expect,omitempty"`
	ExpectClient json.RawMessage `json:"expectClient,omitempty"`
}

type replayLate struct {
	P99    float64 `json:"p99"`
	Worst  float64 `json:"worst"`
	Record *int64  `json:"record"`
}

// ReplayJSON writes the summary as one JSON object, with what diff -o json printed of each
// expectation; nil where there was none.
func ReplayJSON(w io.Writer, s *ReplaySummary, expect, expectClient []byte) error {
	return JSON(w, replayJSON{
		Session: s.Session, Target: s.Target, Ended: s.Ended, Rounds: s.Rounds, Records: s.Records, Greetings: s.Greetings, Events: s.Events, Deltas: s.Deltas,
		Version: orNull(s.Version), Sent: s.Sent, Acknowledged: s.Acknowledged, Failed: s.Failed, Unsure: s.Unsure,
		Inexpressible: s.Inexpressible, Partly: s.Partly, Unheard: s.Unheard,
		FailedAt: orEmpty(s.FailedAt), UnsureAt: orEmpty(s.UnsureAt), UnfitAt: orEmpty(s.UnfitAt), Unfit: orEmpty(s.Unfit),
		Last: orNull(s.Last), Resume: orNull(s.Resume), Late: replayLate{s.P99.Seconds(), s.Worst.Seconds(), orNull(s.WorstAt)},
		Elapsed: s.Elapsed.Seconds(), Planned: s.Planned.Seconds(), Faults: orEmpty(s.Faults), Missed: orEmpty(s.Missed),
		Skipped: s.Skipped, BadLines: s.BadLines, CutOff: s.CutOff != "", Expect: expect, ExpectClient: expectClient,
	})
}

// orNull is a number that JSON shows as null where it is 0.
func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// orEmpty is a list that JSON shows as [] where it is nil.
func orEmpty[S ~[]E, E any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}
