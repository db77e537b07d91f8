package session

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Blocks cuts text of lines, plain or compressed, into blocks of whole lines. It knows nothing of
// sessions, so that other recordings can be read by it too. It starts no goroutines.
type Blocks struct {
	counter *counter
	packed  bool // compressed
	source  interface{ next() (*Block, error) }
}

// NewBlocks detects by the content whether r is compressed, and how: zstd, gzip, or plain. What was
// compressed more than once is read, too.
func NewBlocks(r io.Reader) (*Blocks, error) {
	o, err := open(r)
	if err != nil {
		return nil, err
	}
	b := &Blocks{counter: o.counter, packed: o.how != plainText}
	switch {
	case o.how == plainText:
		b.source = &cutter{in: o.in}
		return b, nil
	case o.how == zstdFrames && !holdsPacked(o.in):
		b.source = &frames{in: o.in, counter: o.counter, walker: walker{zeros: o.zeros}}
		return b, nil
	}
	text, err := o.text()
	if err != nil {
		return nil, err
	}
	b.source = &cutter{in: text, fill: true}
	return b, nil
}

// Decompress gives the text of r, which may be compressed, as a stream, for what does not come in
// lines. An error that is a *DamageError is about what r holds.
func Decompress(r io.Reader) (io.Reader, error) {
	o, err := open(r)
	if err != nil {
		return nil, err
	}
	return o.text()
}

// opened is a reader, and what its beginning tells.
type opened struct {
	in      *bufio.Reader // behind a byte order mark, and behind zero bytes
	counter *counter
	how     packing
	zeros   bool // there were zero bytes
}

func open(r io.Reader) (o opened, err error) {
	o.counter = &counter{r: r}
	o.in = bufio.NewReaderSize(o.counter, 256<<10)
	if first, _ := o.in.Peek(1); len(first) > 0 && first[0] == 0 {
		o.zeros = true
		if err := skipZeros(o.in); err != nil && !errors.Is(err, io.EOF) {
			return o, err
		}
	}
	o.how, err = detect(o.in)
	if o.zeros && o.how == plainText {
		o.in = bufio.NewReader(afterZeros(o.in))
	}
	return o, err
}

// afterZeros puts one zero byte before a text: what was skipped is to be told.
func afterZeros(text io.Reader) io.Reader { return io.MultiReader(strings.NewReader("\x00"), text) }

// maxPackings is how many times over a text may be compressed. Nobody does that on purpose; who
// makes a bomb does.
const maxPackings = 3

// text decompresses until text comes. An error of the outer data that shows only behind its
// beginning is for who reads that far.
func (o opened) text() (io.Reader, error) {
	for range maxPackings {
		if o.how == plainText {
			return o.in, nil
		}
		text, err := o.unpack()
		if err != nil {
			return nil, err
		}
		if o.zeros {
			text = afterZeros(text)
		}
		inner, err := open(text)
		if err != nil && isFormatError(err) {
			return nil, err
		}
		o = inner
	}
	if o.how == plainText {
		return o.in, nil
	}
	return nil, &FormatError{Reason: "it is compressed more than " + strconv.Itoa(maxPackings) + " times over"}
}

func isFormatError(err error) bool {
	var format *FormatError
	return errors.As(err, &format)
}

// unpack decompresses once.
func (o opened) unpack() (io.Reader, error) {
	if o.how == zstdFrames {
		dec, err := stream(o.in)
		return &unpacker{r: dec, packed: o.counter}, err
	}
	unzip, err := gzip.NewReader(o.in)
	if err != nil {
		return nil, errGzipHeader
	}
	return &unpacker{r: unzip, packed: o.counter}, nil
}

var errGzipHeader = &FormatError{Reason: "the compressed data breaks off in its header"}

// packing is how a text is compressed.
type packing int

const (
	plainText packing = iota
	zstdFrames
	gzipStream
)

// detect looks at the first bytes, and skips the byte order mark that Windows editors put before a
// text.
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

// Next returns the next block, or io.EOF after the last. Any other error is that of the underlying
// reader. It does not wait for more than is there: lines that come slowly through a pipe come in
// small blocks.
func (b *Blocks) Next() (*Block, error) { return b.source.next() }

// Offset is how many bytes have been read from the underlying reader. It is safe to call at any
// time.
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
