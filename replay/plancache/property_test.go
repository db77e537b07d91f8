package plancache

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/contract"
)

// contents returns what a cache holds of the plan's dates.
func contents(t interface{ Fatalf(string, ...any) }, c *Cache) map[string]int {
	type item struct {
		ID      int64
		Content int
		Outside bool
	}
	var plan struct{ Appointments, Bills []item }
	if err := json.Unmarshal(c.AppendJSON(nil), &plan); err != nil {
		t.Fatalf("AppendJSON: %v", err)
	}
	held := map[string]int{}
	for itemType, items := range map[string][]item{"appointment": plan.Appointments, "bill": plan.Bills} {
		for _, it := range items {
			if !it.Outside {
				held[contract.Item{Type: itemType, ID: it.ID}.String()] = it.Content
			}
		}
	}
	return held
}

// wire is a client and a server with time between them: messages keep their order, an answer's items and version are
// read at moments of their own, and answers and messages overtake each other.
type wire struct {
	server   *model
	client   *Cache
	messages []*contract.Message
	asked    bool
	lists    string // read for the answer under way; "" before
	version  int    // read for the answer under way; -1 before
	log      []string
}

func (w *wire) step(t *rapid.T, do string) {
	switch {
	case do == "race":
		w.race(t)
	case do == "mutate":
		w.server.mutate()
		return // a tick is one piece: nothing is read within it
	case do == "flush":
	case do == "deliver" && len(w.messages) > 0:
		w.client.Apply(w.messages[0], nil)
		w.note("deliver %s", w.messages[0].Raw)
		w.messages = w.messages[1:]
	case do == "poll":
		w.client.Polled(int64(w.server.version))
	case do == "ask" && !w.asked && w.client.Refresh().State == Due:
		w.client.Sent()
		w.note("ask")
		w.asked, w.lists, w.version = true, "", -1
	case do == "read items" && w.asked && w.lists == "":
		w.lists = w.server.read()
		w.note("read %s", w.lists)
	case do == "read version" && w.asked && w.version < 0:
		w.version = w.server.version
		w.note("read version %d", w.version)
	case do == "answer" && w.asked && w.lists != "" && w.version >= 0:
		w.note("answer")
		if _, err := w.client.Answered(fmt.Appendf(nil, `{%s,"planVersion":%d}`, w.lists, w.version), 0); err != nil {
			t.Fatal(err)
		}
		w.asked = false
	}
	if m := w.server.flush(); m != nil {
		w.messages = append(w.messages, m)
	}
}

// race has mutations between the two reads of an answer, whose deltas are late.
func (w *wire) race(t *rapid.T) {
	if !w.asked {
		w.client.Trigger(PlanUpdate, 0)
		w.step(t, "ask")
	}
	for _, do := range []string{"mutate", "flush", "mutate", "flush", "read items", "mutate", "flush", "mutate", "flush", "read version", "answer"} {
		w.step(t, do)
	}
}

func (w *wire) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// settle lets everything under way arrive, and refreshes until nothing is due.
func (w *wire) settle(t *rapid.T) {
	for len(w.messages) > 0 || w.client.Refresh().State != Idle || len(w.server.tick) > 0 {
		for _, do := range []string{"flush", "ask", "read items", "read version", "answer", "deliver"} {
			w.step(t, do)
		}
	}
}

var moves = []string{"mutate", "mutate", "flush", "deliver", "deliver", "poll", "ask", "read items", "read version", "answer", "race"}

// A session that loses nothing ends equal to the server's plan, whatever overtakes what.
func TestNothingLostEndsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &wire{server: newModel(rapid.Uint64().Draw(t, "seed")), client: New(Contract)}
		for range rapid.IntRange(0, 8).Draw(t, "before") {
			w.server.mutate()
		}
		w.server.flush() // nobody is connected yet
		w.client.Polled(int64(w.server.version))
		w.client.Trigger(Connecting, 0)
		for _, do := range rapid.SliceOfN(rapid.SampledFrom(moves), 0, 80).Draw(t, "moves") {
			w.step(t, do)
		}
		w.settle(t)
		if d := cmp.Diff(w.server.contents(), contents(t, w.client)); d != "" {
			t.Errorf("server and client (-server +client):\n%s\n%v", d, w.log)
		}
		if w.client.Version() != int64(w.server.version) {
			t.Errorf("version %d, the server's is %d", w.client.Version(), w.server.version)
		}
	})
}

// Without races the mobile app ends equal, too: it orders nothing, so that every delta has a message of its own.
func TestMobileEndsEqualWithoutRaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &wire{server: newModel(rapid.Uint64().Draw(t, "seed")), client: New(Mobile)}
		w.client.Trigger(Connecting, 0)
		w.settle(t)
		for range rapid.IntRange(0, 60).Draw(t, "mutations") {
			w.server.mutate()
			w.settle(t)
		}
		if d := cmp.Diff(w.server.contents(), contents(t, w.client)); d != "" {
			t.Errorf("server and client (-server +client):\n%s\n%v", d, w.log)
		}
	})
}

// messages draws the messages of a server's session.
func messages(t *rapid.T) []*contract.Message {
	s := newModel(rapid.Uint64().Draw(t, "seed"))
	var drawn []*contract.Message
	for _, size := range rapid.SliceOfN(rapid.IntRange(1, 5), 1, 20).Draw(t, "sizes") {
		for range size {
			s.mutate()
		}
		drawn = append(drawn, s.flush())
	}
	return drawn
}

// Taking a message again changes nothing, under either policy.
func TestApplyingIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.SampledFrom([]Policy{Contract, Mobile}).Draw(t, "policy")
		once, twice := New(policy), New(policy)
		for _, m := range messages(t) {
			once.Apply(m, nil)
			twice.Apply(m, nil)
			twice.Apply(m, func(i int, o Outcome, before, after []byte) {
				if policy == Contract && string(before) != string(after) {
					t.Errorf("delta %d of %s, taken again, is %s and changes the item", i, m.Raw, o)
				}
			})
		}
		if d := cmp.Diff(contents(t, once), contents(t, twice)); d != "" {
			t.Errorf("once and twice (-once +twice):\n%s", d)
		}
	})
}

// Under the contract, the order of the deltas in a message does not matter.
func TestOrderInsideAMessageDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := New(Contract), New(Contract)
		for _, m := range messages(t) {
			a.Apply(m, nil)
			other := *m
			other.Deltas = rapid.Permutation(m.Deltas).Draw(t, "order")
			b.Apply(&other, nil)
		}
		if d := cmp.Diff(string(a.AppendJSON(nil)), string(b.AppendJSON(nil))); d != "" {
			t.Errorf("two orders (-one +other):\n%s", d)
		}
	})
}

// An item never goes back to an older version, whatever comes in whatever order.
func TestNeverBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []string
		for _, m := range messages(t) {
			for _, d := range m.Deltas {
				all = append(all, string(d.Raw))
			}
		}
		c := New(Contract)
		latest := map[contract.Item]int64{}
		for _, raw := range rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "arrivals") {
			m := message(raw)
			c.Apply(m, func(_ int, o Outcome, _, _ []byte) {
				d := &m.Deltas[0]
				if o.Result != Applied && o.Result != Replaced && o.Result != Removed {
					return
				}
				if d.Version < latest[d.Item()] {
					t.Errorf("%s goes back from version %d to %d", d.Item(), latest[d.Item()], d.Version)
				}
				latest[d.Item()] = d.Version
			})
		}
	})
}
