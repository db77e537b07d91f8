// Package versions keeps the account of plan versions: which a stream of plan:item-delta messages
// showed, which it did not, and what could explain those that are absent. It is the one place where
// tail, inspect, lint and diff get that answer from.
//
// It knows versions, the order in which they came, and when there was a connection. It must not
// know session files, sockets, payloads or how anything is printed; feed it in order and ask it.
//
// # Terms
//
// A version is the owner's plan_version after one mutation's own bump: +1 a mutation, so never
// below 1. Deltas without a version, or with one below 1, do not enter the account.
//
// Seen: a delta carried it. First and Last are the lowest and the highest seen, whatever the order
// they came in.
//
// Missing: every version between First and Last that was not seen. A version that arrives late
// stops being missing.
//
// Coalescible: a missing version v that the server's coalescing could explain. The deltas of one
// tick of the server leave in one message, a later delta of the same item taking the earlier one's
// place, so a tick is a contiguous range of versions of which the message shows the survivors.
// Hence v is coalescible exactly if a message holds a delta whose action is updated or deleted,
// with a version w above v, and no version between v and w was shown by another message (that one's
// tick would cut this one's in half). A created delta absorbed nothing: entity ids are never used
// twice, so nothing of that item came before it. In a stream without reordering the message is the
// next one after the hole; a message that arrives late may make a hole coalescible, or show that it
// is not.
//
// The order of deltas within a message is not used as evidence: concurrent mutations are emitted in
// another order than they were numbered. A session alone cannot tell a coalesced version from a
// lost one whose neighbour could have absorbed it; the server's plan often can.
//
// Offline: a missing version was emitted after the last moment at which everything lower was known
// to be the newest (a message or a plan or version answer with a lower version) and before the
// first that shows it existed. If the stream was disconnected during all of that span it is
// Offline, during some of it PerhapsOffline, else Connected.
//
// Duplicate: a version that arrived again, in the same message or in a later one.
//
// Absent: every version from the lowest to the highest that deltas, plans or polls tell of, and
// that no delta carried; but not what the first plan already held. So a version is absent that was
// lost between the plan and the first delta, or whose only witness is a poll.
//
// Regression: a message that holds a version lower than the highest of all earlier messages.
// Unsorted: a message in which some version is lower than the one before it in that message.
// Reversal: an answer with a version lower than what was known when it was asked for.
//
// # Memory
//
// Absent versions are held as ranges, 16 bytes each; the rest is constant. An hour without gaps and
// a year without gaps cost the same. Forget lets go of those that matter no more, Most of the
// oldest.
package versions

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/carebase/deltatap/replay/contract"
)

// Version is what the account needs to know of one delta.
type Version struct {
	// Number is the delta's version; below 1 where it has none.
	Number int64
	// Absorbs says that the action is updated or deleted, so that earlier deltas of the item may have
	// been coalesced into it.
	Absorbs bool
}

// Gap is a hole that a message has just left: versions which should have come before its highest
// one.
type Gap struct {
	Range
	// N and At are those of the message that left the hole.
	N  int64
	At time.Duration
}

// Account is the account of one stream. The zero value is ready. It is not safe for concurrent use.
type Account struct {
	// OnGap, where it is set, is told each hole when a message leaves it. A late arrival may fill it
	// afterwards.
	OnGap func(Gap)
	// OnReversal, where it is set, is told each answer that went back.
	OnReversal func(Reversal)
	// Most bounds how many ranges of absent versions, of versions that came twice, and of versions
	// that were not all emitted under a connection are held, each; 0 for all. Where there are more the
	// oldest are forgotten, see Forget. It is rounded up to a block of 512.
	Most int

	first, last  int64 // 0: nothing seen yet
	floor        int64 // what is absent up to it is forgotten
	deltas       int64 // deltas that carried a version
	firstAbsorbs bool  // the message that showed first held an absorbing version
	missing      holes
	again        holes
	regressions  int64
	unsorted     int64
	forgotten    counts
	link         link
	opening      opening
	scratch      []Version
}

// Message enters record n, which arrived at t (since the session started).
func (a *Account) Message(n int64, t time.Duration, m *contract.Message) {
	vs := a.scratch[:0]
	for i := range m.Deltas {
		d := &m.Deltas[i]
		if d.Has&contract.FieldVersion == 0 {
			continue
		}
		vs = append(vs, Version{d.Version, d.Action == "updated" || d.Action == "deleted"})
	}
	a.scratch = vs
	a.enter(n, t, vs)
}

// Versions enters the deltas of one message like Message does, for callers that have decoded it
// otherwise. vs is in the order of arrival and is left as it was.
func (a *Account) Versions(n int64, t time.Duration, vs []Version) {
	if len(vs) == 1 {
		a.one(n, t, vs[0])
		return
	}
	a.scratch = append(a.scratch[:0], vs...)
	a.enter(n, t, a.scratch)
}

// Connect enters the start of a connection at t; before it there was none. A stream that starts
// without one counts as connected until the first Disconnect.
func (a *Account) Connect(t time.Duration) { a.link.connect(t, a.last) }

// Disconnect enters the end of a connection at t, or a refused attempt at one.
func (a *Account) Disconnect(t time.Duration) { a.link.disconnect(t, a.last) }

// Plan enters the planVersion of an answer to /api/plan that came at t and took that long.
func (a *Account) Plan(t, took time.Duration, version int64) {
	a.opening.plan(version, a.last)
	a.Poll(t, took, version)
}

// Poll enters the planVersion of an answer to /api/plan/version that came at t and took that long.
func (a *Account) Poll(t, took time.Duration, version int64) {
	a.opening.answer(version, a.last)
	if r, ok := a.link.answer(t, took, version, a.last); ok && a.OnReversal != nil {
		a.OnReversal(r)
	}
	a.bound()
}

// bound forgets the oldest where there is more than was asked for.
func (a *Account) bound() {
	if a.Most <= 0 {
		return
	}
	blocks := (a.Most + blockSize - 1) / blockSize
	for _, h := range []*holes{&a.missing, &a.again} {
		for len(h.blocks) > blocks {
			oldest := h.blocks[0]
			a.Forget(oldest[len(oldest)-1].to())
		}
	}
	if n := len(a.link.eras) - blocks*blockSize; n > 0 {
		a.Forget(a.link.eras[n+blockSize/2].to)
	}
}

// Forget has nothing be absent, or come twice, of the versions up to one, but in the numbers of the
// Report: it is known what they came to, or they are too many. What is seen of them later is
// counted as if they had come before.
func (a *Account) Forget(version int64) {
	if version <= a.floor {
		return
	}
	a.forgotten.add(a.upTo(version))
	a.floor = version
	a.missing.drop(a.floor)
	a.again.drop(a.floor)
	a.link.forget(a.floor)
}

// enter takes the deltas of one message; it sorts vs in place.
func (a *Account) enter(n int64, t time.Duration, vs []Version) {
	vs = slices.DeleteFunc(vs, func(v Version) bool { return v.Number < 1 })
	switch len(vs) {
	case 0:
		return
	case 1:
		a.one(n, t, vs[0])
		return
	}
	if !slices.IsSortedFunc(vs, byNumber) {
		a.unsorted++
		slices.SortStableFunc(vs, byNumber)
	}
	a.deltas += int64(len(vs))
	a.sorted(n, t, a.unique(vs))
}

// one is the common message: a single delta, mostly with the version after the last.
func (a *Account) one(n int64, t time.Duration, v Version) {
	if v.Number < 1 {
		return
	}
	a.deltas++
	if v.Number == a.last+1 && a.last != 0 && !a.link.off {
		a.last = v.Number
		return
	}
	a.scratch = append(a.scratch[:0], v)
	a.sorted(n, t, a.scratch)
}

func byNumber(x, y Version) int { return cmp.Compare(x.Number, y.Number) }

// unique enters the repetitions within one message as duplicates and drops them.
func (a *Account) unique(vs []Version) []Version {
	kept := vs[:1]
	for _, v := range vs[1:] {
		top := &kept[len(kept)-1]
		if v.Number == top.Number {
			a.again.add(v.Number, v.Number, false)
			top.Absorbs = top.Absorbs || v.Absorbs
			continue
		}
		kept = append(kept, v)
	}
	return kept
}

// sorted takes the distinct versions of one message in ascending order.
func (a *Account) sorted(n int64, t time.Duration, vs []Version) {
	high := vs[len(vs)-1].Number
	if a.last == 0 {
		a.open(vs)
	} else if vs[0].Number < a.last {
		a.regressions++
	}
	late := sort.Search(len(vs), func(i int) bool { return vs[i].Number > a.last })
	a.late(vs[:late])
	a.link.message(high, a.last)
	a.newer(n, t, vs[late:])
	a.bound()
}

// open starts the account with the first message. What a plan answer proved before it is the floor
// below which nothing is absent.
func (a *Account) open(vs []Version) {
	low := vs[0].Number
	a.first, a.last = low, low-1
	a.firstAbsorbs = highestAbsorber(vs) != 0
	if a.link.answered && a.link.base < low {
		a.last = a.link.base
	}
}

func highestAbsorber(vs []Version) int64 {
	for i := len(vs) - 1; i >= 0; i-- {
		if vs[i].Absorbs {
			return vs[i].Number
		}
	}
	return 0
}

// newer takes the versions above the highest seen; what lies between them is absent for now.
func (a *Account) newer(n int64, t time.Duration, vs []Version) {
	absorber := highestAbsorber(vs)
	for _, v := range vs {
		if v.Number-a.last > 1 {
			a.hole(n, t, a.last+1, v.Number-1, absorber)
		}
		a.last = v.Number
	}
}

// hole enters from..to as absent and tells OnGap. absorber is the highest absorbing version of the
// message that left it.
func (a *Account) hole(n int64, t time.Duration, from, to, absorber int64) {
	if to <= a.floor {
		return
	}
	from = max(from, a.floor+1)
	coalescible := to < absorber
	a.missing.add(from, to, coalescible)
	if a.OnGap == nil {
		return
	}
	for r := range a.link.split(Range{From: from, To: to, Coalescible: coalescible}) {
		a.OnGap(Gap{Range: r, N: n, At: t})
	}
}

// late takes the versions at or below the highest seen, from the highest down, so that the
// absorbers of a run are known before the holes under them.
func (a *Account) late(vs []Version) {
	var run, absorber int64 // the run of absent versions at hand starts at run; absorber is 0 where this message has none in it
	mine := false           // first is of this message
	for i := len(vs) - 1; i >= 0; i-- {
		v := vs[i]
		switch {
		case a.missing.has(v.Number):
			if run == 0 || v.Number < run {
				run, absorber = a.missing.runStart(v.Number), 0
			}
			if v.Absorbs {
				absorber = max(absorber, v.Number)
			}
			a.missing.remove(v.Number)
			a.missing.mark(run, v.Number-1, absorber != 0)
		case v.Number >= a.first:
			a.again.add(v.Number, v.Number, false)
		default:
			// what a plan answer proved below the first message is there already, and keeps its mark
			if low := max(v.Number, a.floor); low < a.first-1 {
				a.missing.add(low+1, a.first-1, a.firstAbsorbs)
			}
		}
		if v.Number < a.first {
			a.first, a.firstAbsorbs = v.Number, v.Absorbs || mine && a.firstAbsorbs
			mine = true
		}
	}
}
