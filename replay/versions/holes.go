package versions

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// holes is an ordered set of versions with a mark on each, held as ranges. Its usual growth is at
// the upper end; ranges live in blocks so that a split in the middle moves a few hundred of them at
// most.
type holes struct {
	blocks [][]span
}

// span is a range of versions, its mark in the top bit of hi. Versions are never negative, so the
// bit is free.
type span struct{ lo, hi uint64 }

const (
	markBit   = 1 << 63
	blockSize = 512
)

func newSpan(from, to int64, mark bool) span {
	s := span{uint64(from), uint64(to)}
	if mark {
		s.hi |= markBit
	}
	return s
}

func (s span) from() int64  { return int64(s.lo) }
func (s span) to() int64    { return int64(s.hi &^ markBit) }
func (s span) marked() bool { return s.hi&markBit != 0 }

// add puts from..to into the set. Anything may be there already; what is keeps its mark.
func (h *holes) add(from, to int64, mark bool) {
	if n := len(h.blocks); n > 0 {
		block := h.blocks[n-1]
		top := &block[len(block)-1]
		switch {
		case from <= top.to():
			h.insert(from, to, mark)
			return
		case from == top.to()+1 && mark == top.marked():
			*top = newSpan(top.from(), to, mark)
			return
		case len(block) < blockSize:
			h.blocks[n-1] = append(block, newSpan(from, to, mark))
			return
		}
	}
	h.blocks = append(h.blocks, append(make([]span, 0, h.room()), newSpan(from, to, mark)))
}

// room keeps the first block of an account with few gaps small.
func (h *holes) room() int {
	if len(h.blocks) == 0 {
		return 4
	}
	return blockSize
}

// insert adds those of from..to that are not in the set, somewhere below its upper end.
func (h *holes) insert(from, to int64, mark bool) {
	for from <= to {
		b, i := h.find(from)
		if b == len(h.blocks) {
			h.add(from, to, mark)
			return
		}
		next := h.blocks[b][i]
		if next.from() > from {
			end := min(to, next.from()-1)
			h.replace(b, i, 0, newSpan(from, end, mark))
			from = end + 1
			continue
		}
		if next.to() >= to {
			return
		}
		from = next.to() + 1
	}
}

// find is the place of the first range that ends at v or above; b is len(blocks) where there is
// none.
func (h *holes) find(v int64) (b, i int) {
	ends := func(s span, v int64) int { return cmp.Compare(s.to(), v) }
	b, _ = slices.BinarySearchFunc(h.blocks, v, func(block []span, v int64) int {
		return ends(block[len(block)-1], v)
	})
	if b == len(h.blocks) {
		return b, 0
	}
	i, _ = slices.BinarySearchFunc(h.blocks[b], v, ends)
	return b, i
}

func (h *holes) has(v int64) bool {
	b, i := h.find(v)
	return b < len(h.blocks) && h.blocks[b][i].from() <= v
}

// runStart is the lowest version of the unbroken run that v, which is in the set, belongs to.
func (h *holes) runStart(v int64) int64 {
	b, i := h.find(v)
	for {
		start := h.blocks[b][i].from()
		if i--; i < 0 {
			if b--; b < 0 {
				return start
			}
			i = len(h.blocks[b]) - 1
		}
		if h.blocks[b][i].to() != start-1 {
			return start
		}
	}
}

// remove takes v, which is in the set, out of it.
func (h *holes) remove(v int64) {
	b, i := h.find(v)
	s := h.blocks[b][i]
	var rest []span
	if s.from() < v {
		rest = append(rest, newSpan(s.from(), v-1, s.marked()))
	}
	if v < s.to() {
		rest = append(rest, newSpan(v+1, s.to(), s.marked()))
	}
	h.replace(b, i, 1, rest...)
}

// mark sets the mark of from..to, all of which is in the set as whole ranges.
func (h *holes) mark(from, to int64, mark bool) {
	for from <= to {
		b, i := h.find(from)
		s := &h.blocks[b][i]
		*s = newSpan(s.from(), s.to(), mark)
		from = s.to() + 1
	}
}

// replace puts spans in the place of the n ranges from i in block b, splitting or dropping the
// block as needed.
func (h *holes) replace(b, i, n int, spans ...span) {
	block := slices.Replace(h.blocks[b], i, i+n, spans...)
	switch {
	case len(block) == 0:
		h.blocks = slices.Delete(h.blocks, b, b+1)
	case len(block) > blockSize:
		upper := append(make([]span, 0, blockSize), block[blockSize/2:]...)
		h.blocks[b] = block[:blockSize/2]
		h.blocks = slices.Insert(h.blocks, b+1, upper)
	default:
		h.blocks[b] = block
	}
}

// all yields the ranges in order.
func (h *holes) all() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for _, block := range h.blocks {
			for _, s := range block {
				if !yield(Range{From: s.from(), To: s.to(), Coalescible: s.marked()}) {
					return
				}
			}
		}
	}
}

// drop takes everything up to v out of the set.
func (h *holes) drop(v int64) {
	if v == math.MaxInt64 {
		h.blocks = nil
		return
	}
	b, i := h.find(v + 1)
	if h.blocks = slices.Delete(h.blocks, 0, b); len(h.blocks) == 0 {
		return
	}
	block := slices.Delete(h.blocks[0], 0, i)
	if s := block[0]; s.from() <= v {
		block[0] = newSpan(v+1, s.to(), s.marked())
	}
	h.blocks[0] = block
}
