package session

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Blocks cuts text of lines, plain or compressed, into blocks of whole lines. It knows nothing of sessions, so that
// other recordings can be read by it too. It starts no goroutines.
type Blocks struct {
	counter *counter
	packed  bool // compressed
	source  interface{ next() (*Block, error) }
}

// NewBlocks detects by the content whether r is compressed, and how: zstd, gzip, or plain. What was compressed more than
// once is read, too.
func NewBlocks(r io.Reader) (*Blocks, error) {
	in, count, how, err := open(r)
	if err != nil {
		return nil, err
	}
	b := &Blocks{counter: count, packed: how != plainText}
	switch {
	case how == plainText:
		b.source = &cutter{in: in}
		return b, nil
	case how == zstdFrames && !holdsPacked(in):
		b.source = &frames{in: in, counter: count}
		return b, nil
	}
	text, err := unpackAll(in, count, how)
	if err != nil {
		return nil, err
	}
	b.source = &cutter{in: text, fill: true}
	return b, nil
}

// Decompress gives the text of r, which may be compressed, as a stream, for what does not come in lines. An error that is
// a *DamageError is about what r holds.
func Decompress(r io.Reader) (io.Reader, error) {
	in, count, how, err := open(r)
	if err != nil || how == plainText {
		return in, err
	}
	return unpackAll(in, count, how)
}

// open looks at how r begins. It returns a reader of all that is behind a byte order mark.
func open(r io.Reader) (*bufio.Reader, *counter, packing, error) {
	count := &counter{r: r}
	in := bufio.NewReaderSize(count, 256<<10)
	how, err := detect(in)
	return in, count, how, err
}

// maxPackings is how many times over a text may be compressed. Nobody does that on purpose; who makes a bomb does.
const maxPackings = 3

// unpackAll decompresses until text comes. An error of the outer data that shows only behind its beginning is for who
// reads that far.
func unpackAll(in *bufio.Reader, count *counter, how packing) (io.Reader, error) {
	for range maxPackings {
		text, err := unpack(in, count, how)
		if err != nil {
			return nil, err
		}
		inner, of, next, err := open(text)
		switch {
		case isFormatError(err):
			return nil, err
		case err != nil || next == plainText:
			return inner, nil
		}
		in, count, how = inner, of, next
	}
	return nil, &FormatError{Reason: "it is compressed more than " + strconv.Itoa(maxPackings) + " times over"}
}

func isFormatError(err error) bool {
	var format *FormatError
	return errors.As(err, &format)
}

// unpack decompresses once.
func unpack(in *bufio.Reader, count *counter, how packing) (io.Reader, error) {
	if how == zstdFrames {
		dec, err := stream(in)
		return &unpacker{r: dec, packed: count}, err
	}
	unzip, err := gzip.NewReader(in)
	if err != nil {
		return nil, errGzipHeader
	}
	return &unpacker{r: unzip, packed: count}, nil
}

var errGzipHeader = &FormatError{Reason: "the compressed data breaks off in its header"}

// packing is how a text is compressed.
type packing int

const (
	plainText packing = iota
	zstdFrames
	gzipStream
)

// detect looks at the first bytes, and skips the byte order mark that Windows editors put before a text.
func detect(in *bufio.Reader) (packing, error) {
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return plainText, err
	}
	switch how := tellPacking(magic); {
	case how != plainText:
		return how, nil
	case bytes.HasPrefix(magic, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(magic, []byte("\xff\xfe")), bytes.HasPrefix(magic, []byte("\xfe\xff")):
		return plainText, &FormatError{Reason: "the text is UTF-16, and should be UTF-8"}
	}
	return plainText, nil
}

// tellPacking tells compressed data by its first bytes.
func tellPacking(magic []byte) packing {
	switch {
	case isFrame(magic):
		return zstdFrames
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzipStream
	}
	return plainText
}

// Next returns the next block, or io.EOF after the last. Any other error is that of the underlying reader. It does not wait
// for more than is there: lines that come slowly through a pipe come in small blocks.
func (b *Blocks) Next() (*Block, error) { return b.source.next() }

// Offset is how many bytes have been read from the underlying reader. It is safe to call at any time.
func (b *Blocks) Offset() int64 { return b.counter.n.Load() }

// counter counts what is read, and remembers why reading failed.
type counter struct {
	r   io.Reader
	n   atomic.Int64
	err error // other than io.EOF
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// unpacker tells a decompressor's complaints from failures to read what it decompresses.
type unpacker struct {
	r      io.Reader
	packed *counter
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if u.packed.err != nil {
		return n, u.packed.err
	}
	return n, damage(err)
}

// damage says what a decompressor complained of.
func damage(err error) *DamageError {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &DamageError{Cut: true, Reason: "the compressed data breaks off"}
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return &DamageError{Reason: "it needs the dictionary that it was compressed with: decompress it with zstd -d -D"}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &DamageError{Reason: "its window is larger than 128 MiB: decompress it with zstd -d --long=31"}
	}
	return &DamageError{Reason: "the compressed data is damaged"}
}
