package render

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestReplayingSaysWhatMatters(t *testing.T) {
	for _, c := range []struct {
		state ReplayState
		want  string
	}{
		{
			ReplayState{At: 4200 * time.Millisecond, N: 1204, Version: 42, Rate: 12, Late: 80 * time.Microsecond, Left: 62 * time.Second},
			"4.2s, record 1,204, v42, 12/s, 80µs late, 1m02s left",
		},
		{ReplayState{At: time.Second, N: 1, Round: 2, Left: -1}, "round 2, 1s, record 1, 0/s, 0s late"},
		{ReplayState{N: 3, Stepping: true}, "0s, record 3, 0/s, space: next, p: play, q: quit"},
		{ReplayState{N: 3, Paused: true, Left: -1}, "0s, record 3, 0/s, paused, p: play, space: next, q: quit"},
	} {
		if got := Replaying(c.state, ", "); got != c.want {
			t.Errorf("it says %q, want %q", got, c.want)
		}
	}
}

func TestReplaySummaryIsFitForATerminal(t *testing.T) {
	var out bytes.Buffer
	err := Replay(&out, &ReplaySummary{
		Session: "day\x1b[2J.ndjson", Target: "redis://h\u202eost", Ended: "lost", CutOff: "broken\x07", FirstFailure: "no\x1b]0;x\x07 room",
		Unfit: []ReplayUnfit{{Reason: "no\x1b[31m way", Count: 1, Samples: []string{"bill:\x9b1"}}}, Inexpressible: 1,
		UnfitAt: ReplayRecords{{1, 1}}, Faults: []ReplayCount{{"drop", 2}}, FaultLog: "f\x1b[2J",
	})
	if err != nil || strings.ContainsAny(out.String(), "\x1b\x07\u202e\u009b") {
		t.Errorf("%v: %q", err, out.String())
	}
}

// Who is counted differs: a stand-in has clients, a Redis has the servers of a cluster.
func TestReplaySummarySaysWhatReachedNobody(t *testing.T) {
	var out bytes.Buffer
	if err := Replay(&out, &ReplaySummary{Target: "redis://host", Ended: "end", Acknowledged: 7, Sent: 7, Unheard: 7}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\n7 of them reached nobody: nobody listened there\n") {
		t.Errorf("it says %q", out.String())
	}
}

func TestRecordsAreListedAsRuns(t *testing.T) {
	if got := (ReplayRecords{{3, 3}, {7, 12}}).String(); got != "3, 7-12" {
		t.Errorf("it is %q", got)
	}
	many := make(ReplayRecords, 20)
	for i := range many {
		many[i] = [2]int64{int64(2*i + 1), int64(2*i + 1)}
	}
	if got := many.String(); !strings.HasSuffix(got, "23, …") {
		t.Errorf("many are %q", got)
	}
}
