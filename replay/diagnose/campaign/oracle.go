package campaign

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// Small says which small histories are enumerated.
type Small struct {
	Mobile bool
	Polls  bool            // the client asks for the version, shortly before the session ends
	Slots  int             // moments at which something may happen at the server, the last one behind the session's end
	Most   int             // mutations
	Faults int             // at most 2
	Events int             // mutations and faults together
	Skews  []time.Duration // how far the server's clock may be ahead
}

// Group is histories that leave one evidence.
type Group struct {
	Script    *Script // the one with the fewest faults
	Histories int
	Truths    map[string][]Truth   // by item: all truths there are
	Samples   map[string][]*Script // and for each a history of which it is true
	faults    int
}

// Common returns the codes that are true of an item in every history: only they may be certain. It
// is not ok where a history has no truth.
func (g *Group) Common(id string) (codes []Code, ok bool) {
	for i, t := range g.Truths[id] {
		if t.Unjudged {
			return nil, false
		}
		if i == 0 {
			codes = slices.Clone(t.Any)
			continue
		}
		codes = slices.DeleteFunc(codes, func(c Code) bool { return !t.Allows(c) })
	}
	return codes, true
}

// Determined returns the code that is the one in every history; empty where it cannot be told.
func (g *Group) Determined(id string) Code {
	main := g.Truths[id][0].Main
	for _, t := range g.Truths[id] {
		if t.Main != main || t.Unjudged {
			return ""
		}
	}
	return main
}

// Oracle plays all small histories and groups them by the evidence that they leave. Histories of
// one group cannot be told apart.
func Oracle(of Small) map[[16]byte]*Group {
	groups := map[[16]byte]*Group{}
	of.histories(func(s *Script, faults int) {
		w, j := judgeScript(s, false)
		if len(j.suspects) == 0 {
			return // nothing differs but what is expected to
		}
		key := j.fingerprint()
		g := groups[key]
		if g == nil {
			g = &Group{Truths: map[string][]Truth{}, Samples: map[string][]*Script{}, faults: 1 << 10}
			groups[key] = g
		}
		g.add(w, faults)
	})
	return groups
}

func (g *Group) add(w *Judged, faults int) {
	g.Histories++
	if faults < g.faults {
		g.faults, g.Script = faults, w.Script
	}
	for id, t := range w.Truths {
		known := slices.ContainsFunc(g.Truths[id], func(o Truth) bool { return o.Main == t.Main && slices.Equal(o.Any, t.Any) })
		if !known {
			g.Truths[id], g.Samples[id] = append(g.Truths[id], t), append(g.Samples[id], w.Script)
		}
	}
}

// slotEvery is how far apart the moments are: a refresh can fail three times between two.
const slotEvery = 4 * time.Second

// what can happen at the server at one moment: how many mutations it is, and its steps.
var happenings = []struct {
	mutations int
	steps     []Step
}{
	{0, nil},
	{1, []Step{{Kind: Change, Item: "bill:1", Op: Update}}},
	{1, []Step{{Kind: Change, Item: "bill:2", Op: Update}}},
	{1, []Step{{Kind: Bulk, Items: []string{"bill:1"}, Op: Update}}},
	{1, []Step{{Kind: Bulk, Op: Touch}}},
	{2, []Step{{Kind: Change, Item: "bill:1", Op: Update}, {Kind: Change, Item: "bill:2", Op: Update}}},
	{2, []Step{{Kind: Change, Item: "bill:2", Op: Update}, {Kind: Change, Item: "bill:2", Op: Update}}},
	{1, []Step{{Kind: Change, Item: "bill:1", Op: Delete}}},
	{1, []Step{{Kind: Change, Item: "bill:2", Op: Touch}}},
}

// histories yields all scripts.
func (of Small) histories(yield func(s *Script, faults int)) {
	slots := make([]int, of.Slots)
	for {
		of.withFaults(slots, yield)
		i := 0
		for ; i < len(slots); i++ {
			if slots[i]++; slots[i] < len(happenings) {
				break
			}
			slots[i] = 0
		}
		if i == len(slots) {
			return
		}
	}
}

// withFaults yields the scripts of what happens at the server, with every choice of faults.
func (of Small) withFaults(slots []int, yield func(s *Script, faults int)) {
	s, mutations := of.script(slots)
	if mutations > of.Most {
		return
	}
	of.Faults = min(of.Faults, of.Events-mutations)
	for _, skew := range of.Skews {
		s.Skew = skew
		of.choose(s, slots, yield)
	}
}

// choose yields the script with every choice of faults.
func (of Small) choose(s *Script, slots []int, yield func(s *Script, faults int)) {
	yield(s.Clone(), 0)
	faults := of.faults(slots)
	for i := range faults {
		if of.Faults > 0 && of.matters(slots, &faults[i], nil) {
			yield(s.with(faults[i]), 1)
		}
		for k := i + 1; of.Faults > 1 && k < len(faults); k++ {
			if of.matter(slots, &faults[i], &faults[k]) {
				yield(s.with(faults[i], faults[k]), 2)
			}
		}
	}
}

// matter tells whether two faults can do something together that each does not alone.
func (of Small) matter(slots []int, a, b *Step) bool {
	return !(a.Kind == b.Kind && a.At == b.At) && of.matters(slots, a, b) && of.matters(slots, b, a)
}

// matters tells whether a fault can do anything. What hinders a refresh needs one that falls due:
// by a bulk job, by a delta without a payload, or by the contract's reading at each connection.
func (of Small) matters(slots []int, fault, other *Step) bool {
	switch fault.Kind {
	case Ignore, Fail, Slow:
	default:
		return true
	}
	due := func(slot int) bool {
		return slot >= 0 && slices.ContainsFunc(happenings[slots[slot]].steps, func(s Step) bool { return s.Kind == Bulk })
	}
	slot := int((fault.At+slotEvery/2)/slotEvery) - 1
	switch {
	case fault.Tick < 0, due(slot):
		return true
	case other == nil:
		return false
	}
	return other.Kind == Strip && other.Tick == slot+1 || other.Kind == Break && !of.Mobile
}

func (s *Script) with(steps ...Step) *Script {
	c := s.Clone()
	c.Steps = append(c.Steps, steps...)
	return c
}

func slotAt(i int) time.Duration { return time.Duration(i+1) * slotEvery }

// script is a world in which nothing goes wrong.
func (of Small) script(slots []int) (s *Script, mutations int) {
	s = &Script{Mobile: of.Mobile, Bills: 2, Fence: Settled, Cached: Folded}
	value := 100
	for i, what := range slots {
		mutations += happenings[what].mutations
		for k, step := range happenings[what].steps {
			value++
			step.At, step.Tick, step.Value = slotAt(i)+time.Duration(k)*2*time.Millisecond, i+1, value
			s.Steps = append(s.Steps, step)
		}
	}
	s.End = slotAt(len(slots)-1) - slotEvery/4
	s.ReadAt = slotAt(len(slots)-1) + slotEvery
	if of.Polls {
		s.Steps = append(s.Steps, Step{At: s.End - slotEvery/8, Kind: Poll})
	}
	return s, mutations
}

// faults lists what may go wrong: on a message's way, in a refresh that it calls for, and with the
// connection.
func (of Small) faults(slots []int) (all []Step) {
	const half = slotEvery / 2
	if of.Polls {
		all = append(all, Step{At: slotAt(len(slots)-1) - half, Kind: Ignore, For: half, Tick: -1}) // what the poll calls for
	}
	for i := range len(slots) - 1 {
		at, tick := slotAt(i), i+1
		steps := happenings[slots[i]].steps
		if len(steps) == 0 {
			continue
		}
		all = append(all,
			Step{At: at, Kind: Lose, Tick: tick, Nth: -1}, Step{At: at, Kind: Late, Tick: tick, For: slotEvery + half},
			Step{At: at, Kind: Double, Tick: tick, For: slotEvery + half},
			Step{At: at - half, Kind: Break, For: slotEvery}, Step{At: at - half, Kind: Break, For: slotEvery + half},
			Step{At: at - half, Kind: Deaf},
			// These only matter where a refresh is due.
			Step{At: at - half, Kind: Ignore, For: slotEvery}, Step{At: at - half, Kind: Fail, For: slotEvery},
			Step{At: at - half, Kind: Slow, For: slotEvery, Delay: slotEvery + half/2})
		if steps[0].Kind == Change && steps[0].Op != Delete {
			all = append(all, Step{At: at, Kind: Strip, Tick: tick, Nth: -1}, Step{At: at, Kind: Alter, Tick: tick, Nth: -1})
		}
		if len(steps) > 1 && steps[0].Item != steps[1].Item {
			all = append(all, Step{At: at, Kind: Lose, Tick: tick, Nth: 0})
		}
	}
	return all
}

// fingerprint is the evidence as a number. Contents are told apart by the order in which they
// appear: what a value is tells nothing.
func (j *judge) fingerprint() (key [16]byte) {
	h := fnv.New128a()
	names := map[Item]int{}
	name := func(it Item) int {
		it.Google, it.Created = 0, 0
		if _, ok := names[it]; !ok {
			names[it] = len(names)
		}
		return names[it]
	}
	plan := func(p *Plan) {
		fmt.Fprint(h, " plan ", p.Version, p.Updated, p.People, p.From)
		for _, it := range p.Items {
			fmt.Fprint(h, " ", it.ID, name(it), it.Google)
		}
	}
	for i := range j.base.kept.entries {
		e := &j.base.kept.entries[i]
		fmt.Fprint(h, "\n", e.rec.Kind, e.rec.T, e.rec.Status, e.rec.Took, e.rec.Reason, e.version, e.message.mangled)
		for _, d := range e.message.deltas {
			fmt.Fprint(h, " ", d.id, d.action, d.version, d.section, d.bare)
			if d.id != "plan" && d.action != deleted && !d.bare {
				fmt.Fprint(h, name(d.it))
			}
		}
		if e.answer != nil {
			plan(e.answer)
		}
	}
	plan(&j.base.cached)
	plan(&j.base.run.server)
	h.Sum(key[:0])
	return key
}
