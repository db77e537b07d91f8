package session

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// frames cuts a row of zstd frames into blocks, a block a frame, without decompressing them. A
// frame that is too large for that is decompressed on the way, and gives many blocks.
type frames struct {
	in      *bufio.Reader
	counter *counter
	before  *Block        // the block before
	large   *zstd.Decoder // of the large frame that is being read; nil between frames
	walker  walker
	err     error
}

// The limits of a frame that is decompressed in one go, and of what any frame may make a reader
// hold.
const (
	maxPacked  = 4 << 20  // compressed
	maxStated  = 8 << 20  // decompressed, where the frame says how much it holds
	maxUnsaid  = 72 << 20 // decompressed, where it does not
	maxHistory = 32 << 20 // of a frame that is decompressed in one go
	maxWindow  = 128 << 20
)

func (s *frames) next() (*Block, error) {
	if s.err != nil {
		return nil, s.err
	}
	b, err := s.frame()
	if err != nil {
		b, err = s.finish(err)
	}
	if err != nil {
		return nil, err
	}
	b.prev, s.before = s.before, b
	return b, nil
}

// finish gives the last block, which has no text but that of a line without a newline.
func (s *frames) finish(err error) (*Block, error) {
	b := &Block{last: true}
	var damaged *DamageError
	switch {
	case s.counter.err != nil:
		s.err = s.counter.err
		return nil, s.err
	case errors.As(err, &damaged):
		b.err = damaged
	}
	s.err = io.EOF
	return b, nil
}

// frame reads one frame, or a piece of one that is large. It returns io.EOF where there are no
// more, and a *DamageError for what is no frame.
func (s *frames) frame() (*Block, error) {
	if s.large != nil {
		return s.piece(), nil
	}
	s.walker = walker{in: s.in, zeros: s.walker.zeros}
	w := &s.walker
	size, err := w.find()
	switch {
	case err != nil:
		return nil, err
	case w.zeros:
		w.zeros = false
		return &Block{raw: []byte{0}}, nil // the line that the next frame begins with says so
	}
	buf := newBuffer()
	if buf.bytes, err = w.read(buf.bytes, size); err != nil {
		buf.free()
		return nil, err
	}
	if w.refused != nil {
		buf.free()
		_, err = io.Copy(io.Discard, w)
		return &Block{err: w.refused}, s.unreadable(err)
	}
	for !w.done && w.window <= maxHistory && w.content <= maxStated && len(buf.bytes) <= maxPacked {
		if buf.bytes, err = w.block(buf.bytes); err != nil {
			return s.salvage(buf, err)
		}
	}
	if !w.done {
		return s.open(buf.bytes)
	}
	return &Block{decode: func(dst []byte) ([]byte, error) {
		defer buf.free()
		dst, err := decoder().DecodeAll(buf.bytes, dst)
		if err != nil {
			return dst[:0], damage(err)
		}
		return dst, nil
	}}, nil
}

// unreadable is an error of reading, and none of what was read.
func (s *frames) unreadable(err error) error {
	var damaged *DamageError
	if errors.As(err, &damaged) {
		return nil // the next frame is missed, or cut off, and told
	}
	return err
}

// salvage makes a block of what can still be read of a frame that breaks off. There is nothing
// after it.
func (s *frames) salvage(buf *buffer, err error) (*Block, error) {
	var damaged *DamageError
	if !errors.As(err, &damaged) {
		return nil, err
	}
	s.err = io.EOF
	return &Block{last: true, decode: func(dst []byte) ([]byte, error) {
		defer buf.free()
		dec, err := stream(bytes.NewReader(buf.bytes))
		if err != nil {
			return dst, damaged
		}
		defer dec.Close()
		out := bytes.NewBuffer(dst)
		_, _ = io.Copy(out, io.LimitReader(dec, maxUnsaid)) // it ends with an error, as the frame does
		return out.Bytes(), damaged
	}}, nil
}

// open starts to decompress a large frame, whose beginning has been read already.
func (s *frames) open(beginning []byte) (*Block, error) {
	var err error
	s.large, err = stream(io.MultiReader(bytes.NewReader(beginning), &s.walker))
	if err != nil {
		return nil, damage(err)
	}
	return s.piece(), nil
}

// piece makes a block of the next part of a large frame.
func (s *frames) piece() *Block {
	b := &Block{buf: newBuffer()}
	text := b.buf.bytes[:blockSize]
	n := 0
	var err error
	for n < len(text) && err == nil {
		var m int
		m, err = s.large.Read(text[n:])
		n += m
	}
	b.buf.bytes = text
	b.raw = text[:n]
	if err != nil {
		s.large.Close()
		s.large = nil
		_, _ = io.Copy(io.Discard, &s.walker) // after damage there may be another frame
	}
	if err != nil && !errors.Is(err, io.EOF) && s.counter.err == nil {
		b.err = damage(err)
	}
	return b
}

// stream makes a decompressor that starts no goroutine.
func stream(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
}

// decoder is shared by all who decompress whole frames.
var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxUnsaid),
		zstd.WithDecoderMaxWindow(maxHistory))
	if err != nil {
		panic(err) // the options above are wrong
	}
	return d
})
