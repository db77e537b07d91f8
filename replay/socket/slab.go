package socket

import "io"

// slabSize is the memory that messages are read into, many to a slab.
const slabSize = 64 << 10

// slab is memory for messages that are kept: one allocation for many of them. A message lies in one piece and
// nothing else is ever written where a kept one lies.
type slab struct {
	free []byte // empty slice at the start of what is free
}

// read reads a message to its end into free memory. The message is overwritten by the next one unless it is kept.
func (s *slab) read(r io.Reader) ([]byte, error) {
	buf := s.free
	for {
		if len(buf) == cap(buf) {
			buf = s.grow(buf)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf[:len(buf):len(buf)], nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) > maxMessage {
			return nil, errTooLarge
		}
	}
}

// grow moves a message that has no room left to a new slab.
func (s *slab) grow(buf []byte) []byte {
	moved := make([]byte, len(buf), max(slabSize, 2*len(buf)))
	copy(moved, buf)
	s.free = moved[:0]
	return moved
}

// keep leaves the message that was read last alone for good.
func (s *slab) keep(message []byte) {
	s.free = s.free[len(message):len(message):cap(s.free)]
}
