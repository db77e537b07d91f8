package versions

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
)

// A model of the server: mutations bump a version, the deltas of one tick coalesce by item into one message.
// It is written from what the server does, not from the account.

type modelDelta struct {
	item    int // -1: the plan
	action  string
	version int64
}

type modelTick struct {
	at        time.Duration // when its message was emitted
	low, high int64         // every version of the tick
	deltas    []modelDelta  // the survivors, in the order of the message
}

func (k modelTick) shows(v int64) bool {
	return slices.ContainsFunc(k.deltas, func(d modelDelta) bool { return d.version == v })
}

// coalesced yields the versions of the tick that its message does not show.
func (k modelTick) coalesced() []int64 {
	var vs []int64
	for v := k.low; v <= k.high; v++ {
		if !k.shows(v) {
			vs = append(vs, v)
		}
	}
	return vs
}

func (k modelTick) message() *contract.Message {
	m := &contract.Message{List: true}
	for _, d := range k.deltas {
		typ := contract.TypeBill
		if d.item < 0 {
			typ = contract.TypePlan
		}
		m.Deltas = append(m.Deltas, contract.Delta{
			ItemType: typ, EntityID: int64(d.item), Action: d.action, Version: d.version,
			Has: contract.FieldItemType | contract.FieldEntityID | contract.FieldAction | contract.FieldVersion,
		})
	}
	return m
}

type modelServer struct {
	version int64
	nextID  int
	alive   []int
	now     time.Duration
}

func (s *modelServer) mutation(r *rand.Rand) modelDelta {
	s.version++
	kind := r.IntN(10)
	switch {
	case kind == 0:
		return modelDelta{-1, contract.ActionUpdated, s.version}
	case kind < 4 || len(s.alive) == 0:
		s.nextID++
		s.alive = append(s.alive, s.nextID)
		return modelDelta{s.nextID, contract.ActionCreated, s.version}
	case kind < 5:
		i := r.IntN(len(s.alive))
		id := s.alive[i]
		s.alive = slices.Delete(s.alive, i, i+1)
		return modelDelta{id, contract.ActionDeleted, s.version}
	default:
		// mostly the newest, so that creations are absorbed within their tick
		i := max(0, len(s.alive)-1-r.IntN(4))
		return modelDelta{s.alive[i], contract.ActionUpdated, s.version}
	}
}

// tick makes the mutations of one tick, mostly one. Concurrent ones of different items may be emitted in another order
// than they were numbered.
func (s *modelServer) tick(r *rand.Rand) modelTick {
	s.now += time.Duration(1+r.IntN(1000)) * time.Millisecond
	k := modelTick{at: s.now, low: s.version + 1}
	for range max(1, r.IntN(10)-3) {
		d := s.mutation(r)
		i := slices.IndexFunc(k.deltas, func(e modelDelta) bool { return e.item == d.item })
		if i >= 0 {
			k.deltas[i] = d
		} else {
			k.deltas = append(k.deltas, d)
		}
	}
	k.high = s.version
	if r.IntN(5) == 0 {
		r.Shuffle(len(k.deltas), func(i, j int) { k.deltas[i], k.deltas[j] = k.deltas[j], k.deltas[i] })
	}
	return k
}

// naive is the account by the letter of the package documentation, from all messages at once.
type naive struct {
	missing, coalescible, duplicates []int64
	regressions, unsorted            int64
}

func naiveAccount(arrived []modelTick) naive {
	var n naive
	owner := map[int64]int{}
	var first, last int64
	for i, k := range arrived {
		lower, falls := false, false
		before := last
		for j, d := range k.deltas {
			if _, ok := owner[d.version]; ok {
				n.duplicates = append(n.duplicates, d.version)
			} else {
				owner[d.version] = i
			}
			lower = lower || d.version < before
			falls = falls || j > 0 && d.version < k.deltas[j-1].version
			last = max(last, d.version)
			if first == 0 || d.version < first {
				first = d.version
			}
		}
		n.regressions += btoi(lower)
		n.unsorted += btoi(falls)
	}
	for v := first; v < last; v++ {
		if _, seen := owner[v]; seen {
			continue
		}
		n.missing = append(n.missing, v)
		if naiveCoalescible(arrived, owner, v) {
			n.coalescible = append(n.coalescible, v)
		}
	}
	slices.Sort(n.duplicates)
	n.duplicates = slices.Compact(n.duplicates)
	return n
}

func naiveCoalescible(arrived []modelTick, owner map[int64]int, v int64) bool {
	for i, k := range arrived {
		for _, d := range k.deltas {
			if d.action == contract.ActionCreated || d.version <= v || owner[d.version] != i {
				continue
			}
			cut := false
			for u := v + 1; u < d.version; u++ {
				o, seen := owner[u]
				cut = cut || seen && o != i
			}
			if !cut {
				return true
			}
		}
	}
	return false
}

func btoi(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
