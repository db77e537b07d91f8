package session

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// cutter cuts a stream of text into blocks.
type cutter struct {
	in   io.Reader
	fill bool   // wait until a block is full
	rest []byte // what followed the last newline
	skip bool   // rest belongs to a line that is too long, and was dropped
	err  error  // why reading ended
}

func (s *cutter) next() (*Block, error) {
	if s.err != nil {
		return nil, s.err
	}
	b := &Block{buf: newBuffer()}
	buf, end := s.read(append(b.buf.bytes[:0], s.rest...))
	b.buf.bytes = buf
	s.rest = s.rest[:0]
	if s.skip && end > 0 {
		from := bytes.IndexByte(buf, '\n') + 1
		buf, end, s.skip = buf[from:], end-from, false
	}
	switch {
	case s.err != nil:
		return s.finish(b, buf, end)
	case end == 0 && !s.skip && len(buf) > MaxLine:
		s.skip, b.err = true, errLongLine
	case !s.skip:
		s.rest = append(s.rest, buf[end:]...)
	}
	b.raw = buf[:end]
	return b, nil
}

// read reads on until buf ends a line somewhere, which is at end, or is longer than a line may be,
// or the stream ends.
func (s *cutter) read(buf []byte) (_ []byte, end int) {
	for s.err == nil && len(buf) <= MaxLine && (end == 0 || s.fill && len(buf) < blockSize) {
		if cap(buf)-len(buf) < blockSize/16 {
			buf = slices.Grow(buf, max(len(buf), blockSize))
		}
		var n int
		from := len(buf)
		n, s.err = s.in.Read(buf[from:cap(buf)])
		buf = buf[:from+n]
		if i := bytes.LastIndexByte(buf[from:], '\n'); i >= 0 {
			end = from + i + 1
		}
		if end == 0 {
			buf = dropZeros(buf)
		}
	}
	return buf, end
}

// finish makes b the last block, of all that is left. Where reading failed, it is the last whole
// lines before that.
func (s *cutter) finish(b *Block, buf []byte, end int) (*Block, error) {
	var damaged *DamageError
	switch {
	case errors.As(s.err, &damaged):
		b.err, s.err = damaged, io.EOF
	case !errors.Is(s.err, io.EOF):
		buf = buf[:end]
	}
	if s.skip {
		buf = nil
	}
	if len(buf) == 0 && b.err == nil {
		return nil, s.err
	}
	b.last, b.raw = true, buf
	return b, nil
}
