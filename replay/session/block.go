package session

import (
	"bytes"
	"sync"
)

// Block is a run of whole lines of a session's text, about a MiB of them. Only the last block of a
// text can end without a newline: with the line that was cut off, or that lacks nothing else.
//
// Its text may still be compressed; Text decompresses it on the caller's goroutine. So blocks are
// handed out in order and cheaply by one goroutine, and their texts are taken by several.
type Block struct {
	last bool
	prev *Block // the block before, until its tail has been taken; nil where that has none

	once   sync.Once
	decode func(dst []byte) ([]byte, error) // nil where raw is the text as it is
	raw    []byte                           // the block's own text, decompressed
	text   []byte
	tail   []byte // what follows the last newline, for the next block to begin with
	err    error
	buf    *buffer
}

// Text returns the block's text: whole lines, the first line of all being the header. Both results
// can be non-nil: an error is about what follows the text, and the next block is good nevertheless.
// The text is valid until Release. Text is safe for concurrent use with that of other blocks.
func (b *Block) Text() ([]byte, error) {
	b.load()
	return b.text, b.err
}

// Release gives the text's memory back for another block.
func (b *Block) Release() {
	b.text, b.raw = nil, nil
	b.buf.free()
	b.buf = nil
}

// load finds the block's text, once.
func (b *Block) load() { b.once.Do(b.find) }

// find decompresses the block's text, and begins it with what the block before left over. Texts
// that begin and end with a line, as those of every frame that deltatap wrote do, are not copied.
func (b *Block) find() {
	if b.decode != nil {
		b.buf = newBuffer()
		b.raw, b.err = b.decode(b.buf.bytes[:0])
		b.buf.bytes = b.raw
		b.decode = nil
	}
	var head []byte
	if b.prev != nil {
		b.prev.load()
		head = b.prev.tail
		b.prev.tail, b.prev = nil, nil
	}
	end := bytes.LastIndexByte(b.raw, '\n') + 1
	if b.last {
		end = len(b.raw)
	}
	own := b.raw[:end]
	if end < len(b.raw) {
		b.tail = append(b.tail, b.raw[end:]...)
	}
	switch {
	case len(head) == 0:
		b.text = own
	case end == 0 && !b.last:
		b.tail = append(head, b.tail...)
		b.limitTail()
	default:
		b.text = append(head, own...)
	}
}

// limitTail drops a line that grows over block after block and is longer than a line may be.
func (b *Block) limitTail() {
	if len(b.tail) > MaxLine {
		b.tail = nil
		b.err = errLongLine
	}
}

// errLongLine is about a line of more than MaxLine bytes.
var errLongLine = &LineError{Reason: "longer than 64 MiB"}

// DamageError is compressed data that cannot be decompressed. The text that it held is lost, what
// follows may be good.
type DamageError struct {
	Cut    bool   // the file breaks off here
	Reason string // in lower case
}

func (e *DamageError) Error() string { return e.Reason }

// blockSize is how much text is read at once, and about as much as a compressed frame holds.
const blockSize = 1 << 20

// buffer is memory that is used for one block's text after another.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, 0, blockSize+blockSize/4)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// free gives the buffer back. One that has grown far over the usual is left to the garbage
// collector.
func (b *buffer) free() {
	if b == nil || cap(b.bytes) > 4*blockSize {
		return
	}
	b.bytes = b.bytes[:0]
	buffers.Put(b)
}
