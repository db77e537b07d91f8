package plancache

import "bytes"

// slab holds the bytes of items in blocks of large chunks: nothing for the garbage collector to
// look into, and no allocation for an item that changes. A block is as long as its item, rounded
// up, so that an item which changes a little stays in its block; blocks that become free are used
// again for items of the same length.
type slab struct {
	chunks [][]byte
	spare  []uint32            // indexes of chunks that are not there any more
	free   [blockSizes][]block // free blocks by their size
	last   int                 // 1 + index of the chunk that is being filled; 0 where there is none
	used   int                 // bytes of blocks in use
	unused int                 // bytes of free blocks
}

// block is where an item's bytes begin. Their number is known to who holds the block.
type block struct {
	chunk, at uint32
}

const (
	chunkSize  = 256 << 10
	blockStep  = 16
	blockSizes = 256 // a longer item than blockStep*(blockSizes-1) bytes has a chunk of its own
)

// sizeClass returns how many steps long a block for n bytes is.
func sizeClass(n int) int {
	return (n + blockStep - 1) / blockStep
}

// put copies b into a block.
func (s *slab) put(b []byte) block {
	class := sizeClass(len(b))
	s.used += class * blockStep
	if class >= blockSizes {
		return s.putAlone(b)
	}
	if free := s.free[class]; len(free) > 0 {
		at := free[len(free)-1]
		s.free[class] = free[:len(free)-1]
		s.unused -= class * blockStep
		copy(s.chunks[at.chunk][at.at:], b)
		return at
	}
	size := class * blockStep
	if s.last == 0 || len(s.chunks[s.last-1])+size > chunkSize {
		s.last = 1 + s.addChunk(make([]byte, 0, chunkSize))
	}
	chunk := s.chunks[s.last-1]
	at := len(chunk)
	s.chunks[s.last-1] = append(chunk, b...)[:at+size]
	return block{uint32(s.last - 1), uint32(at)}
}

func (s *slab) putAlone(b []byte) block {
	return block{chunk: uint32(s.addChunk(bytes.Clone(b)))}
}

func (s *slab) addChunk(chunk []byte) int {
	if n := len(s.spare); n > 0 {
		i := s.spare[n-1]
		s.spare, s.chunks[i] = s.spare[:n-1], chunk
		return int(i)
	}
	s.chunks = append(s.chunks, chunk)
	return len(s.chunks) - 1
}

// get returns the n bytes of a block. They change when the block is used again.
func (s *slab) get(at block, n int) []byte {
	return s.chunks[at.chunk][at.at : int(at.at)+n : int(at.at)+n]
}

// drop frees the block of n bytes.
func (s *slab) drop(at block, n int) {
	class := sizeClass(n)
	s.used -= class * blockStep
	if class >= blockSizes {
		s.chunks[at.chunk] = nil
		s.spare = append(s.spare, at.chunk)
		return
	}
	s.free[class] = append(s.free[class], at)
	s.unused += class * blockStep
}

// change puts b where n bytes were.
func (s *slab) change(at block, n int, b []byte) block {
	if class := sizeClass(n); class == sizeClass(len(b)) && class < blockSizes {
		copy(s.chunks[at.chunk][at.at:], b)
		return at
	}
	s.drop(at, n)
	return s.put(b)
}

// wasteful reports whether more is free than in use, and enough of it to be worth a copy of what is
// in use.
func (s *slab) wasteful() bool {
	return s.unused > s.used && s.unused > 4*chunkSize
}

func (s *slab) clone() slab {
	c := *s
	c.chunks = make([][]byte, len(s.chunks))
	for i, chunk := range s.chunks {
		if chunk != nil {
			c.chunks[i] = append(make([]byte, 0, cap(chunk)), chunk...)
		}
	}
	c.spare = append([]uint32(nil), s.spare...)
	for i, free := range s.free {
		c.free[i] = append([]block(nil), free...)
	}
	return c
}
