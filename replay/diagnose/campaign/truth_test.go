package campaign

import (
	"slices"
	"testing"
	"time"
)

const second = time.Second

// known is a small world whose truth anybody can see.
type known struct {
	name     string
	mobile   bool
	steps    []Step
	change   func(*Script)
	item     string
	main     Code
	any      []Code // beside Main
	innocent bool
	none     bool // the item does not differ
}

// update is a change of an item that leaves in a message of its own.
func update(at time.Duration, item string, tick int) Step {
	return Step{At: at, Kind: Change, Item: item, Op: Update, Value: 100 + tick, Tick: tick}
}

func bulk(at time.Duration, item string, tick int) Step {
	return Step{At: at, Kind: Bulk, Items: []string{item}, Op: Update, Value: 100 + tick, Tick: tick}
}

var knownWorlds = []known{
	{
		name: "a message between two others is lost", mobile: true, item: "bill:1", main: MissedDelta,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Lose, Tick: 1, Nth: -1}, update(3*second, "bill:2", 2)},
	},
	{
		name: "the last message is lost", mobile: true, item: "bill:1", any: []Code{MissedDelta, MissedWhileDeaf, AfterTheEnd},
		steps: []Step{update(2*second, "bill:2", 1), update(3*second, "bill:1", 2), {Kind: Lose, Tick: 2, Nth: -1}},
	},
	{
		name: "a later change of the item heals", mobile: true, item: "bill:1", none: true,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Lose, Tick: 1, Nth: -1}, update(3*second, "bill:1", 2)},
	},
	{
		name: "the app is away", mobile: true, item: "bill:1", main: MissedWhileOffline,
		steps: []Step{
			update(second, "bill:2", 1),
			{At: 2 * second, Kind: Break, For: 2 * second},
			update(3*second, "bill:1", 2), update(4500*time.Millisecond, "bill:2", 3),
		},
	},
	{
		name: "a client of the contract is away, and reads the plan", item: "bill:1", none: true,
		steps: []Step{{At: 2 * second, Kind: Break, For: 2 * second}, update(3*second, "bill:1", 2), update(4500*time.Millisecond, "bill:2", 3)},
	},
	{
		name: "a client of the contract is away, and does not read the plan", item: "bill:1", any: []Code{MissedWhileOffline, RefreshMissed},
		steps: []Step{
			update(second, "bill:2", 1),
			{At: 2 * second, Kind: Break, For: 2 * second},
			update(3*second, "bill:1", 2), update(4500*time.Millisecond, "bill:2", 3),
			{At: 4*second - 1, Kind: Ignore, For: second / 2},
		},
	},
	{
		name: "the connection is dead", mobile: true, item: "bill:1", main: MissedWhileDeaf, any: []Code{AfterTheEnd},
		steps: []Step{update(second, "bill:2", 1), {At: 2 * second, Kind: Deaf}, update(3*second, "bill:1", 2), update(4*second, "bill:2", 3)},
	},
	{
		name: "a refresh is not made", mobile: true, item: "bill:1", main: RefreshMissed,
		steps: []Step{bulk(2*second, "bill:1", 1), {At: 2 * second, Kind: Ignore, For: second}, update(4*second, "bill:2", 2)},
	},
	{
		name: "a refresh fails", mobile: true, item: "bill:1", main: RefreshFailed,
		steps:  []Step{bulk(2*second, "bill:1", 1), {At: 2 * second, Kind: Fail, For: 3 * second}, update(7*second, "bill:2", 2)},
		change: func(s *Script) { s.End, s.ReadAt = 8*second, 9*second },
	},
	{
		name: "a refresh fails twice and then does not", mobile: true, item: "bill:1", none: true,
		steps: []Step{bulk(2*second, "bill:1", 1), {At: 2 * second, Kind: Fail, For: second}},
	},
	{
		name: "an answer overwrites a newer delta", mobile: true, item: "bill:1", main: RefreshRaced,
		steps: []Step{
			bulk(2*second, "bill:2", 1),
			{At: 2 * second, Kind: Slow, For: second / 10, Delay: second / 2},
			update(2*second+200*time.Millisecond, "bill:1", 2),
		},
	},
	{
		name: "an answer cannot overwrite a newer delta under the contract", item: "bill:1", none: true,
		steps: []Step{
			bulk(2*second, "bill:2", 1),
			{At: 2 * second, Kind: Slow, For: second / 10, Delay: second / 2},
			update(2*second+200*time.Millisecond, "bill:1", 2),
		},
	},
	{
		name: "an answer calls itself newer than its rows, and a delta loses to it", item: "bill:1", main: AnswerBehind, any: []Code{RefreshRaced},
		steps: []Step{
			bulk(2*second, "bill:1", 1),
			{At: 2 * second, Kind: Torn, For: second / 10, Delay: 200 * time.Millisecond},
			update(2*second+230*time.Millisecond, "bill:1", 2), update(2*second+232*time.Millisecond, "bill:2", 2),
		},
	},
	{
		name: "a message is overtaken", mobile: true, item: "bill:1", main: StaleOverwrite,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Late, Tick: 1, For: 2 * second}, update(3*second, "bill:1", 2)},
	},
	{
		name: "a message is overtaken under the contract", item: "bill:1", none: true,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Late, Tick: 1, For: 2 * second}, update(3*second, "bill:1", 2)},
	},
	{
		name: "a message comes twice", mobile: true, item: "bill:1", main: StaleOverwrite,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Double, Tick: 1, For: 2 * second}, update(3*second, "bill:1", 2)},
	},
	{
		name: "a payload is stripped, and the app reads the plan", mobile: true, item: "bill:1", none: true,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Strip, Tick: 1}},
	},
	{
		name: "a payload is stripped, and the app does not read the plan", mobile: true, item: "bill:1",
		main: RefreshMissed, any: []Code{PayloadMissing},
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Strip, Tick: 1}, {At: 2 * second, Kind: Ignore, For: second}},
	},
	{
		name: "a message is no list, and nothing is asked", item: "bill:1", main: RefreshMissed, any: []Code{Malformed},
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Mangle, Tick: 1}, {At: 2 * second, Kind: Ignore, For: second}},
	},
	{
		name: "a payload is altered", item: "bill:1", main: PayloadMismatch,
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Alter, Tick: 1}, update(3*second, "bill:2", 2)},
	},
	{
		name: "rows and versions in opposite order", item: "bill:1", main: PayloadMismatch,
		steps: []Step{
			{At: 2 * second, Kind: Change, Item: "bill:1", Op: Update, Value: 7, Tick: 1, Hold: 20 * time.Millisecond},
			update(2*second+2*time.Millisecond, "bill:1", 2),
		},
	},
	{
		name: "a row is read before its version comes", item: "bill:1", main: HalfWritten, innocent: true,
		steps:  []Step{{At: 5 * second, Kind: Change, Item: "bill:1", Op: Update, Value: 7, Tick: 1, Hold: 2 * second}},
		change: func(s *Script) { s.Live, s.ReadAt, s.End = true, 6*second, 6*second+second/10 },
	},
	{
		name: "the server goes on after the session", mobile: true, item: "bill:1", main: AfterTheEnd, innocent: true,
		steps: []Step{update(2*second, "bill:2", 1), update(5500*time.Millisecond, "bill:1", 2)},
	},
	{
		name: "a message is under way when the session ends", mobile: true, item: "bill:1", main: AfterTheEnd, innocent: true,
		steps: []Step{update(2*second, "bill:2", 1), update(5*second-10*time.Millisecond, "bill:1", 2)},
	},
	{
		name: "a refresh is under way when the session ends", mobile: true, item: "bill:1",
		steps: []Step{bulk(5*second-30*time.Millisecond, "bill:1", 1)},
	},
	{
		name: "the recording is cut off behind a stripped delta", mobile: true, item: "bill:1",
		steps:  []Step{update(5*second-30*time.Millisecond, "bill:1", 1), {Kind: Strip, Tick: 1}},
		change: func(s *Script) { s.CutOff = true },
	},
	{
		name: "the recorder lost it", mobile: true, item: "bill:1",
		steps: []Step{
			update(2*second, "bill:1", 1), update(3*second, "bill:2", 2), {At: 2 * second, Kind: Forget, For: second / 2},
		},
	},
	{
		name: "the file is the last answer", mobile: true, item: "bill:1", main: SavedEarlier, any: []Code{AfterTheEnd}, innocent: true,
		steps:  []Step{update(2*second, "bill:1", 1)},
		change: func(s *Script) { s.Cached = Answer },
	},
	{
		name: "the file was saved before", item: "bill:1", any: []Code{AfterTheEnd, SavedEarlier}, innocent: true,
		steps:  []Step{update(2*second, "bill:2", 1), update(4*second, "bill:1", 2)},
		change: func(s *Script) { s.Cached, s.SavedAt = Screen, 3*second },
	},
	{
		name: "an item goes out of the dates", mobile: true, item: "appointment:1", main: OutsideRange, innocent: true,
		steps: []Step{{At: 2 * second, Kind: Change, Item: "appointment:1", Op: Away, Tick: 1}},
	},
	{
		name: "an item goes out of the dates, and then its cancelling is lost", mobile: true, item: "appointment:1", main: MissedDelta,
		steps: []Step{
			{At: 2 * second, Kind: Change, Item: "appointment:1", Op: Away, Tick: 1},
			{At: 3 * second, Kind: Change, Item: "appointment:1", Op: Delete, Tick: 2},
			{Kind: Lose, Tick: 2, Nth: -1},
			update(4*second, "bill:1", 3),
		},
	},
	{
		name: "deltas say nothing of the calendar", mobile: true, item: "bill:1", main: Unhydrated, innocent: true,
		steps: []Step{update(2*second, "bill:1", 1)},
	},
	{
		name: "the section that told of somebody is not read", mobile: true, item: "collaborator:3", main: RefreshMissed,
		steps: []Step{
			{At: 2 * second, Kind: Bulk, Op: People, Section: "collaborators", Tick: 1},
			{At: 2*second + 2*time.Millisecond, Kind: Bulk, Op: Touch, Section: "pending-reviews", Tick: 1},
			{At: 2 * second, Kind: Ignore, For: second},
		},
	},
	{
		name: "the app begins again from its file, and does not read the plan", mobile: true, item: "bill:1",
		any: []Code{Restarted, RefreshMissed},
		steps: []Step{
			update(2*second, "bill:1", 1),
			{At: 3 * second, Kind: Restart},
			{At: 3*second - 1, Kind: Ignore, For: second},
			update(4*second, "bill:2", 2),
		},
		change: func(s *Script) { s.Cached = Screen },
	},
	{
		name: "the app begins again, and reads the plan", mobile: true, item: "bill:1", none: true,
		steps:  []Step{update(2*second, "bill:1", 1), {At: 3 * second, Kind: Restart}},
		change: func(s *Script) { s.Cached = Screen },
	},
	{
		name: "nothing is addressed to a collaborator", mobile: true, item: "bill:1",
		main:  NotAddressed,
		any:   []Code{MissedWhileDeaf, AfterTheEnd},
		steps: []Step{update(2*second, "bill:1", 1), {Kind: Outsider}},
	},
	{
		name: "the file is another client's", mobile: true, item: "bill:1", main: OtherClient,
		steps: []Step{
			update(2*second, "bill:1", 1), {Kind: Lose, Tick: 1, Nth: -1, Theirs: true}, update(3*second, "bill:2", 2),
		},
		change: func(s *Script) { s.Cached, s.Other = Screen, true },
	},
	{
		name: "the client asks for other days", mobile: true, item: "appointment:1", any: []Code{OutsideRange, RangeMoved}, innocent: true,
		steps:  []Step{{At: 2 * second, Kind: Change, Item: "appointment:1", Op: Away, Tick: 1}},
		change: func(s *Script) { s.AppDays = 30 },
	},
	{
		name: "the server's plan is older than the client's", mobile: true, item: "bill:1", innocent: true,
		steps:  []Step{update(4*second, "bill:1", 1)},
		change: func(s *Script) { s.Fence, s.ReadAt = Saved, 3*second },
	},
	{
		name: "an answer is asked for before a break, and comes behind it", mobile: true, item: "bill:1", any: []Code{MissedWhileOffline},
		steps: []Step{
			bulk(2*second, "bill:2", 1),
			{At: 2 * second, Kind: Slow, For: second / 10, Delay: second},
			{At: 2200 * time.Millisecond, Kind: Break, For: second / 2},
			update(2500*time.Millisecond, "bill:1", 2),
			update(4*second, "bill:2", 3),
		},
	},
	{
		name: "the app did not process what it was passed", mobile: true, item: "bill:1",
		steps:  []Step{update(2*second, "bill:1", 1), {Kind: Unheard, Tick: 1}, update(3*second, "bill:2", 2)},
		change: func(s *Script) { s.Cached = Screen },
	},
	{
		name: "two spellings of an instant", mobile: true, item: "appointment:1", main: SameInstant, innocent: true,
		change: func(s *Script) { s.Respelled = true },
	},
	{
		name: "a midnight lets an item go", mobile: true, item: "appointment:1", main: RangeMoved, innocent: true,
		change: func(s *Script) { s.Midnight, s.Appointments, s.Edge = 4*second, 1, true },
	},
	{
		name: "somebody edits the database", mobile: true, item: "bill:1", main: UnversionedChange,
		steps: []Step{{At: 2 * second, Kind: Unversed, Item: "bill:1", Value: 9}},
	},
	{
		name: "somebody edits the cache", mobile: true, item: "bill:1", main: CacheEdited,
		steps:  []Step{{At: 2 * second, Kind: Edit, Item: "bill:1", Value: 9}},
		change: func(s *Script) { s.Cached = Screen },
	},
	{
		name: "a replica answers", mobile: true, item: "bill:1", main: AnswerBehind,
		steps: []Step{
			update(2*second, "bill:1", 1), bulk(3*second, "bill:2", 2), {At: 3 * second, Kind: Behind, For: second / 10, Delay: 2 * second},
		},
	},
}

// TestKnownTruths holds the truth of small worlds against what anybody can see.
func TestKnownTruths(t *testing.T) {
	for _, k := range knownWorlds {
		t.Run(k.name, func(t *testing.T) {
			s := &Script{
				Mobile: k.mobile, Bills: 2, Appointments: 1, Steps: k.steps, End: 5 * second, ReadAt: 6 * second, Fence: Fenced, Cached: Folded,
			}
			if k.change != nil {
				k.change(s)
			}
			w := Judge(s)
			truth, differs := w.Truths[k.item]
			want := slices.Clone(k.any)
			if k.main != "" {
				want = append(want, k.main)
			}
			slices.Sort(want)
			got := slices.Clone(truth.Any)
			slices.Sort(got)
			switch {
			case k.none && (!differs || truth.Expected):
			case truth.Main != k.main || !slices.Equal(got, want) || truth.Innocent != k.innocent || !differs:
				t.Errorf("got %+v (differs %v)\n%s\n%s\n%s", truth, differs, s, w.Evidence.Cached, w.Evidence.Server)
			}
		})
	}
}
