package standin

import (
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/session"
)

// many are bills 1 to 1,000, the last of them with a status.
func many(status string) []string {
	bills := make([]string, 1000)
	for i := range bills {
		bills[i] = bill(i+1, "todo", idle)
	}
	bills[999] = bill(1000, status, idle)
	return bills
}

// TestAnswersThatSayWhatIsHeld are not taken apart: events that are due behind them are not to wait for that.
func TestAnswersThatSayWhatIsHeld(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, many("todo")...)}, toFirst)
	answers := []string{planOf(4, many("paid")...), planOf(5, many("overdue")...)}
	n := 0
	allocations := testing.AllocsPerRun(10, func() {
		s.follow(s.plan(answers[n%2]))
		n++
	})
	if allocations > 300 {
		t.Errorf("an answer of 1,000 items, one of them another than before, takes %v allocations", allocations)
	}
	s.follow(s.plan(planOf(6, many("late")...)))
	s.bills(6, many("late")...)
}

// TestAnswersInOtherWords: what an answer lists is what the plan then holds, however it is spelled.
func TestAnswersInOtherWords(t *testing.T) {
	first, second := bill(1, "todo", idle), bill(2, "todo", idle)
	for name, tc := range map[string]struct {
		answer string
		bills  []string
	}{
		"the same":          {planOf(4, first, second), []string{first, second}},
		"white space":       {strings.ReplaceAll(planOf(4, first, second), `,"`, ", \n\""), []string{first, second}},
		"one of them":       {planOf(4, second), []string{second}},
		"none of them":      {planOf(4), nil},
		"twice, the other":  {planOf(4, first, bill(1, "paid", idle)), []string{bill(1, "paid", idle)}},
		"twice, as is held": {planOf(4, bill(1, "paid", idle), first), []string{first}},
		"another item":      {planOf(4, strings.Replace(first, `"itemId":101`, `"itemId":1010`, 1)), []string{strings.Replace(first, `"itemId":101`, `"itemId":1010`, 1)}},
		"an escaped name":   {strings.Replace(planOf(4, first), `"bills"`, `"b\u0069lls"`, 1), []string{first}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, map[int64]string{1: planOf(3, first, second)}, toFirst)
			s.play(s.plan(tc.answer))
			s.bills(4, tc.bills...)
		})
	}
}

// TestPreparedAnswers change nothing before their time, and nothing but what they say then, in every round.
func TestPreparedAnswers(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	records := []*session.Record{
		s.deltas(delta(1, "updated", bill(1, "paid", "null"), 4)),
		s.plan(planOf(5, bill(1, "todo", idle), bill(2, "todo", idle))),
		s.plan(planOf(6, bill(2, "todo", idle))),
	}
	for range 2 {
		s.sink.Prepare(records[0])
		s.play(records[0])
		s.sink.Prepare(records[1])
		s.bills(4, bill(1, "paid", idle))
		s.play(records[1])
		s.bills(5, bill(1, "todo", idle), bill(2, "todo", idle))
		s.sink.Prepare(records[1]) // and something else comes
		s.play(records[2])
		s.bills(6, bill(2, "todo", idle))
	}
	// The first record of a round is an answer: what it says is held is held by the seed, and not where the round before ended.
	answer := s.plan(planOf(4, bill(2, "todo", idle)))
	answer.N = 1
	s.sink.Prepare(answer)
	s.play(answer)
	s.bills(4, bill(2, "todo", idle))
}

// TestAnswersRenumberItems: a delta named another planItemId than the item has.
func TestAnswersRenumberItems(t *testing.T) {
	s := open(t, map[int64]string{1: planOf(3, bill(1, "todo", idle))}, toFirst)
	s.play(s.deltas(strings.Replace(delta(1, "updated", bill(1, "todo", "null"), 4), `"planItemId":101`, `"planItemId":10`, 1)))
	s.play(s.plan(planOf(4, bill(1, "todo", idle))))
	if held, ok := s.sink.cfg.Store.Held(1, "bill", 1); !ok || held.ItemID != 101 {
		t.Errorf("bill 1 is of item %d", held.ItemID)
	}
}
