package diagnose_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// agree has the client of the story be found to hold the server's plan.
func (s *story) agree(version int, bills ...string) *story {
	return s.agreeOn(planText(version, bills...))
}

func (s *story) agreeOn(text string) *story {
	s.t.Helper()
	held, err := plan.Parse(s.timeline.Cache().AppendJSON(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := plan.Parse([]byte(text))
	if err != nil {
		s.t.Fatal(err)
	}
	result, err := diff.Parsed(held, server, diff.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	causes := diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: held, Server: server, Timeline: s.timeline, SessionIsCache: true, Fenced: true, Live: true,
	})
	if diagnose.Judge(causes) == diagnose.Desynced {
		s.t.Fatalf("they do not agree: %+v", causes)
	}
	s.timeline.Agreed(server, result.Differences)
	return s
}

// What was before an agreement explains nothing that comes later, and what it tells of the connection still counts.
func TestAfterAnAgreement(t *testing.T) {
	const contract, mobile = plancache.Contract, plancache.Mobile
	two := func(a, b string) []string { return []string{bill(1, a), bill(2, b)} }
	begin := func(p plancache.Policy) *story { return tell(t, p).connect().plan(1, two("todo", "todo")...) }
	holed := func(p plancache.Policy) *story { // v2 is absent, and was nothing
		return begin(p).message(updated(1, 3, "paid")).agree(3, two("paid", "todo")...)
	}
	for name, c := range map[string]struct {
		story *story
		from  int
		bills []string
		want  string
	}{
		"nothing": {holed(contract).message(updated(1, 4, "todo")), 4, two("todo", "todo"), ""},
		"an absent version of before is none of later": {
			holed(contract).message(updated(1, 4, "todo")), 4, two("todo", "paid"), "bill:2 unknown unknown",
		},
		"a wrong payload of later is still one": {
			holed(contract).message(updated(2, 4, "overdue")), 4, two("paid", "paid"), "bill:2 payload-mismatch certain",
		},
		"the last delta of before is no wrong payload, although no hole is left": {
			begin(contract).message(updated(1, 3, "overdue")).message(updated(2, 4, "paid")).agree(4, two("overdue", "paid")...), 4, two("todo", "paid"),
			"bill:1 unknown unknown",
		},
		"a delta that is lost later": {
			holed(contract).message(updated(1, 5, "todo")), 5, two("todo", "paid"), "bill:2 missed-delta certain",
		},
		"a version that was absent and arrives late tells nothing new": {
			holed(mobile).message(bare(2, 2)), 3, two("paid", "overdue"), "bill:2 unknown unknown",
		},
		"a delta that came before comes again": {
			holed(mobile).message(updated(1, 3, "paid")).message(updated(2, 5, "paid")), 5, two("overdue", "paid"), "bill:1 missed-delta certain",
		},
		"a delta that comes again overwrites what came later": {
			holed(mobile).message(updated(1, 4, "overdue")).message(updated(1, 3, "paid")), 4, two("overdue", "todo"), "bill:1 stale-overwrite certain",
		},
		"an older delta that comes again overwrites what was agreed on": {
			begin(mobile).message(updated(1, 2, "overdue")).message(updated(1, 3, "paid")).agree(3, two("paid", "todo")...).message(updated(1, 2, "overdue")),
			3, two("paid", "todo"), "bill:1 stale-overwrite certain",
		},
		"and what a plan brought": {
			begin(mobile).message(updated(1, 2, "overdue")).plan(3, two("paid", "todo")...).agree(3, two("paid", "todo")...).message(updated(1, 2, "overdue")),
			3, two("paid", "todo"), "bill:1 stale-overwrite likely",
		},
		"a late delta brings a deleted item back": {
			begin(mobile).message(updated(1, 2, "paid")).message(deleted(1, 3)).agree(3, bill(2, "todo")).message(updated(1, 2, "paid")),
			3,
			[]string{bill(2, "todo")},
			"bill:1 stale-overwrite likely",
		},
		"a late delta does not bring a deleted item back under the contract": {
			begin(contract).message(updated(1, 2, "paid")).message(deleted(1, 3)).agree(3, bill(2, "todo")).message(updated(1, 2, "paid")),
			3,
			[]string{bill(2, "todo")},
			"",
		},
		"deltas came before on the connection that is silent now": {
			holed(contract).poll(4).poll(5), 5, two("paid", "paid"), "bill:2 never-emitted likely",
		},
		"no delta ever came on it": {
			begin(contract).agree(1, two("todo", "todo")...).poll(1).poll(2).poll(3), 3, two("todo", "paid"), "bill:2 never-emitted certain",
		},
		"deltas came on another connection": {
			holed(contract).disconnect().connect().poll(3).agree(3, two("paid", "todo")...).poll(4).poll(5), 5, two("paid", "paid"), "bill:2 never-emitted certain",
		},
		"lost offline, framed by what was known when they agreed": {
			holed(contract).disconnect().poll(3).poll(4).connect().message(updated(1, 5, "todo")), 5, two("todo", "paid"), "bill:2 missed-while-offline certain",
		},
		"lost offline or before": {
			holed(contract).disconnect().connect().message(updated(1, 5, "todo")), 5, two("todo", "paid"), "bill:2 missed-while-offline likely",
		},
		"offline before they agreed, connected since": {
			begin(contract).disconnect().connect().plan(1, two("todo", "todo")...).agree(1, two("todo", "todo")...).message(updated(1, 3, "paid")),
			3, two("paid", "paid"), "bill:2 missed-delta certain",
		},
		"a refresh that was missed before is none of later": {
			begin(contract).message(bulk(2)).agree(2, two("todo", "todo")...).message(updated(1, 4, "paid")), 4, two("paid", "paid"), "bill:2 missed-delta certain",
		},
		"a refresh that was missed before, and nobody knows at which version": {
			begin(contract).update().agree(1, two("todo", "todo")...).message(updated(1, 3, "paid")), 3, two("paid", "paid"), "bill:2 missed-delta certain",
		},
		"a late delta, and then one that lacks its payload": {
			holed(mobile).message(updated(2, 2, "overdue")).message(bare(2, 5)), 5, two("paid", "paid"), "bill:2 payload-missing likely",
		},
		"a delta that comes again overwrites what a plan brought later": {
			holed(mobile).plan(4, two("overdue", "todo")...).message(updated(1, 3, "paid")), 4, two("overdue", "todo"), "bill:1 stale-overwrite likely",
		},
		"a late delta where the latest was no later one": {
			begin(mobile).message(updated(1, 3, "paid")).message(updated(2, 2, "todo")).agree(3, two("paid", "todo")...).
				message(updated(2, 2, "overdue")).message(bare(2, 5)), 5, two("paid", "paid"), "bill:2 payload-missing likely",
		},
		"offline before they agreed, and no word since": {
			holed(contract).disconnect().connect().agree(3, two("paid", "todo")...).message(updated(1, 5, "todo")), 5, two("todo", "paid"),
			"bill:2 missed-delta certain",
		},
		"offline before they agreed, and nothing since": {
			holed(contract).disconnect().connect().agree(3, two("paid", "todo")...), 4, two("paid", "paid"), "bill:2 unknown unknown",
		},
		"a delta without a version came before on the connection that is silent now": {
			holed(contract).disconnect().connect().message(strings.Replace(updated(1, 9, "paid"), `,"version":9`, "", 1)).
				agree(3, two("paid", "todo")...).poll(4).poll(5), 5, two("paid", "paid"), "bill:2 never-emitted likely",
		},
		"mute since they agreed": {
			begin(contract).disconnect().after(time.Hour).connect().agree(1, two("todo", "todo")...).after(time.Minute).disconnect().connect().poll(6),
			6, two("paid", "todo"), "bill:1 never-emitted likely",
		},
		"a delta of versions that began again": {
			holed(contract).disconnect().connect().plan(1, two("todo", "todo")...).message(bare(2, 2)), 2, two("todo", "paid"), "bill:2 payload-missing certain",
		},
		"a refresh that is missed later": {
			holed(contract).message(bulk(4)), 4, two("paid", "paid"), "bill:2 refresh-missed certain",
		},
		"a raced refresh later": {
			holed(mobile).message(bulk(4)).message(updated(2, 5, "paid")).answer(1500*time.Millisecond, 4, two("paid", "todo")...),
			5, two("paid", "paid"), "bill:2 refresh-raced certain",
		},
		"a contract client keeps what is newer than an answer": {
			holed(contract).message(bulk(4)).message(updated(2, 5, "overdue")).answer(1500*time.Millisecond, 4, two("paid", "todo")...),
			5, two("paid", "paid"), "bill:2 payload-mismatch certain",
		},
		"the server's plan is older than what was agreed on": {
			holed(contract), 2, two("paid", "paid"), "bill:2 unknown unknown",
		},
		"the versions began again": {
			holed(contract).disconnect().connect().plan(1, two("todo", "todo")...).message(updated(1, 3, "paid")), 3, two("paid", "paid"), "bill:2 missed-delta certain",
		},
		"a plan that is older than what was seen is no agreement": {
			begin(contract).message(updated(1, 3, "paid")).agree(2, two("paid", "todo")...), 3, two("paid", "paid"), "bill:2 missed-delta certain",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.story.against(c.from, c.bills...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What only one side held when they agreed, as it was to be expected, is not known to have been the same: nothing is certain of it.
func TestWhatWasApartWhenTheyAgreed(t *testing.T) {
	later := func(text string) string { return strings.Replace(text, "2026-11-27", "2026-12-05", 1) }
	s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"), bill(2, "todo")).message(later(updated(1, 2, "todo")))
	s.message(updated(2, 4, "paid")) // v3 deleted bill 1, perhaps
	s.agree(4, bill(2, "paid"))
	s.message(updated(2, 6, "todo")) // v5 is lost, too
	next := planFrom("2026-12-01", planText(6, bill(2, "todo")))
	if got := s.explain(string(s.timeline.Cache().AppendJSON(nil)), true, next); got != "bill:1 missed-delta likely" {
		t.Errorf("got %q", got)
	}
}

// planFrom has a plan begin on a day of December, or of the last week of November.
func planFrom(day, text string) string {
	start, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer("2026-11-23T", day+"T", "2026-11-30T", start.AddDate(0, 0, 7).Format(time.DateOnly)+"T").Replace(text)
}

// A plan that they agreed on shows whether the server shows what was due before its dates.
func TestDueBeforeTheDatesOfAnAgreement(t *testing.T) {
	for day, want := range map[string]string{"2026-11-28": "bill:1 missed-delta certain", "2026-11-24": "bill:1 range-moved likely"} {
		s := tell(t, plancache.Contract).connect().plan(1, bill(1, "paid"), bill(2, "todo"))
		s.agreeOn(planFrom(day, planText(1, bill(1, "paid"), bill(2, "todo")))) // bill 1 is due on the 27th
		s.message(strings.Replace(updated(2, 3, "todo"), "2026-11-27", "2026-12-01", 1))
		next := planFrom("2026-11-29", planText(3, strings.Replace(bill(2, "todo"), "2026-11-27", "2026-12-01", 1)))
		if got := s.explain(string(s.timeline.Cache().AppendJSON(nil)), true, next); got != want {
			t.Errorf("agreed on the plan from %s: %q, want %q", day, got, want)
		}
	}
}

// Whether the clocks agree is still known of what was seen before an agreement, and a lost creation is only dated by what came after it.
func TestCreatedAfterAnAgreement(t *testing.T) {
	added := func(id, version int) string {
		return strings.Replace(updated(id, version, "todo"), "updated", "created", 1)
	}
	for name, c := range map[string]struct {
		skew time.Duration
		want string
	}{
		"agree": {0, "certain [4]"},
		"apart": {4 * time.Second, "certain [4 6]"},
	} {
		began := func(at time.Duration) string {
			return time.Date(2026, 11, 23, 0, 52, 0, 0, time.UTC).Add(at + c.skew).Format("2006-01-02T15:04:05.000Z")
		}
		s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")).message(added(2, 2))
		dated := s.at
		s.record(session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":2,"planUpdatedAt":"` + began(dated) + `"}`)})
		s.message(updated(1, 3, "paid")).poll(3).agree(3, bill(1, "paid"), bill(2, "todo"))
		made := strings.TrimSuffix(bill(7, "todo"), "}") + `,"createdAt":"` + began(s.at+1500*time.Millisecond) + `"}` // by v4
		s.at += 3 * time.Second
		s.message(added(8, 5))
		s.at += 3 * time.Second // v6 is lost, too
		s.message(added(9, 7))
		causes := s.causes(planText(7, bill(1, "paid"), bill(2, "todo"), made, bill(8, "todo"), bill(9, "todo")))
		if len(causes) != 1 || causes[0].Code != diagnose.MissedDelta || fmt.Sprintf("%s %v", causes[0].Certainty, causes[0].Versions) != c.want {
			t.Errorf("%s: got %+v, want %s", name, causes, c.want)
		}
	}
}

func (s *story) after(d time.Duration) *story {
	s.at += d
	return s
}

// update is what older servers send beside deltas.
func (s *story) update() *story {
	return s.record(session.Record{Kind: session.KindEvent, Event: "plan:update", Args: []byte(`[]`)})
}

// An item that the client heard of before an agreement was not created after it, whenever it comes back.
func TestAnItemThatWasKnownBeforeAnAgreement(t *testing.T) {
	s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo"))
	made := strings.TrimSuffix(bill(7, "todo"), "}") + fmt.Sprintf(`,"createdAt":"2026-11-23T00:52:%02d.000Z"}`, int(s.at.Seconds())+1)
	away := strings.Replace(updated(7, 3, "todo"), "2026-11-27", "2026-12-27", 1)
	s.message(strings.Replace(updated(7, 2, "todo"), "updated", "created", 1))
	for _, next := range []func(){
		func() { s.message(away) }, func() { s.plan(3, bill(1, "todo")).agree(3, bill(1, "todo")) },
	} {
		s.at -= 900 * time.Millisecond
		next()
	}
	s.message(updated(1, 5, "paid")) // v4 brought it back, or v6
	s.at += 3 * time.Second
	s.message(updated(1, 7, "todo"))
	if causes := s.causes(planText(7, bill(1, "todo"), made)); len(causes) != 1 || fmt.Sprint(causes[0].Versions) != "[4 6]" {
		t.Errorf("got %+v", causes)
	}
}

// causes compares what the client holds with a server's plan.
func (s *story) causes(text string) []diagnose.Cause {
	s.t.Helper()
	held, err := plan.Parse(s.timeline.Cache().AppendJSON(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := plan.Parse([]byte(text))
	if err != nil {
		s.t.Fatal(err)
	}
	result, err := diff.Parsed(held, server, diff.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: held, Server: server, Timeline: s.timeline, SessionIsCache: true, Fenced: true, Location: time.UTC,
	})
}

// A cache file that holds what no record carried may hold what a record carried that was let go of.
func TestAnEditedCacheAfterAnAgreement(t *testing.T) {
	s := tell(t, plancache.Contract).connect().plan(1, bill(1, "todo")).message(updated(1, 2, "overdue")).message(updated(1, 3, "paid"))
	s.agree(3, bill(1, "paid")).message(updated(1, 4, "todo"))
	if got := s.explain(planText(4, bill(1, "overdue")), false, planText(4, bill(1, "todo"))); got != "bill:1 cache-edited likely" {
		t.Errorf("what was let go of: %q", got)
	}
	if got := s.explain(planText(4, bill(1, "paid")), false, planText(4, bill(1, "todo"))); got != "bill:1 cache-edited likely" {
		t.Errorf("what was agreed on: %q", got)
	}
}

// mostHeld is how many of anything a history may hold, however long its stream is: what came since the latest agreement, which may be two
// records a delta, and a few for each item that there is.
const mostHeld = 2*agreeEvery + 2*300

// agreeEvery is after how many deltas there is an agreement.
const agreeEvery = 2000

// TestALongStreamIsBounded follows a stream of 200,000 deltas over 300 items, some of which are deleted for good, with versions that never
// come, deltas that come twice, times without a connection, polls and refreshes, and agreements now and then.
func TestALongStreamIsBounded(t *testing.T) {
	s := tell(t, plancache.Contract).connect()
	bills := map[int]string{}
	for i := range 300 {
		bills[i+1] = bill(i+1, "todo")
	}
	held := func() []string { return slices.Collect(maps.Values(bills)) }
	s.plan(1, held()...)
	var early uint64
	version := 1
	for i := range 200_000 {
		version += 1 + i%3/2
		id := i/300*10 + i*7%300 + 1 // ten items are left behind, and ten are new, every 300 deltas
		delta := strings.Replace(updated(id, version, strconv.Itoa(i)), "updated", "created", 1)
		bills[id] = bill(id, strconv.Itoa(i))
		s.message(delta)
		switch {
		case i%50 == 7:
			s.message(delta).poll(version)
		case i%300 == 299:
			var gone []string
			for id := i/300*10 + 1; id <= i/300*10+10; id++ {
				version++
				gone = append(gone, deleted(id, version))
				delete(bills, id)
			}
			s.message(gone...)
		case i%500 == 11:
			s.disconnect().poll(version).connect().plan(version, held()...)
		case i%900 == 13:
			s.message(bulk(version)).failed()
		case i%1000 == 17:
			was := held()
			version++
			bills[id] = bill(id, "raced")
			s.message(updated(id, version, "raced")).answer(1500*time.Millisecond, version, was...)
		}
		if i%agreeEvery == agreeEvery-1 {
			s.agree(version, held()...)
			for what, n := range s.timeline.Held() {
				if few := map[string]int{"items": 300, "facts": 300, "proofs": 1, "messages": 2, "periods": 1}[what]; n > few {
					t.Fatalf("after %d deltas, and an agreement, it holds %d %s", i, n, what)
				}
			}
		}
		if i == 10*agreeEvery {
			early = live()
		}
		if i%997 == 0 {
			for what, n := range s.timeline.Held() {
				if n > mostHeld {
					t.Fatalf("after %d deltas it holds %d %s", i, n, what)
				}
			}
		}
	}
	if grown := int64(live()) - int64(early); grown > mostGrown {
		t.Errorf("the history grew by %d bytes from %d deltas to 200,000", grown, 10*agreeEvery)
	}
	runtime.KeepAlive(s)
}

// mostGrown is by how many bytes the heap may grow meanwhile: a history of everything grows by ten times as much.
const mostGrown = 2 << 20

// live is how many bytes of the heap are in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
