package socket

import "io"

// slabSize is the memory that messages are read into, many to a slab.
const slabSize = 64 << 10

// slab is memory for messages that are kept: one allocation for many of them. A message lies in one
// piece and nothing else is ever written where a kept one lies.
type slab struct {
	free []byte // empty slice at the start of what is free
}

// read reads a message to its end into free memory. The message is overwritten by the next one
// unless it is kept. Of one that is longer than most it reads no more, and returns errTooLarge.
func (s *slab) read(r io.Reader, most int) ([]byte, error) {
	buf := s.free
	for {
		if len(buf) == cap(buf) {
			buf = s.grow(buf, most)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf[:len(buf):len(buf)], nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) > most {
			s.free = nil
			return nil, errTooLarge
		}
	}
}

// grow moves a message that has no room left to a new slab.
func (s *slab) grow(buf []byte, most int) []byte {
	moved := make([]byte, len(buf), max(slabSize, min(2*len(buf), most+1)))
	copy(moved, buf)
	s.free = moved[:0]
	return moved
}

// keep leaves the message that was read last alone for good.
func (s *slab) keep(message []byte) {
	s.free = s.free[len(message):len(message):cap(s.free)]
}
