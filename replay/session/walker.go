package session

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// walker finds the blocks of one zstd frame, and so its end, without decompressing it. As an
// io.Reader it yields what it has not yet walked.
type walker struct {
	in      *bufio.Reader
	content uint64 // what the frame holds, where it says so
	window  uint64
	refused *DamageError // why nobody here can decompress it
	zeros   bool         // there were zero bytes before it
	crc     bool
	done    bool
	piece   []byte // the block that is being read from
	from    int    // how far
}

// The magic numbers of zstd: that of a frame, and that of a frame to be skipped without its lowest
// four bits.
const (
	magicFrame = 0xfd2fb528
	magicSkip  = 0x184d2a50
)

// isFrame says whether text that starts with these four bytes is zstd.
func isFrame(magic []byte) bool {
	if len(magic) < 4 {
		return false
	}
	m := binary.LittleEndian.Uint32(magic)
	return m == magicFrame || m&^15 == magicSkip
}

// find looks at the header of the next frame, which has so many bytes, and takes what is to be
// skipped before it. It returns io.EOF where there is none.
func (w *walker) find() (size int, err error) {
	for {
		ahead, err := w.in.Peek(zstd.HeaderMaxSize)
		if len(ahead) == 0 || err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if ahead[0] == 0 {
			switch err := skipZeros(w.in); {
			case errors.Is(err, io.EOF):
				return 0, errNoFrame
			case err != nil:
				return 0, err
			}
			w.zeros = true
			continue
		}
		var h zstd.Header
		switch err := h.Decode(ahead); {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return 0, damage(err)
		case err != nil:
			return 0, errNoFrame
		}
		if h.Skippable {
			if _, err := io.CopyN(io.Discard, w.in, int64(h.HeaderSize)+int64(h.SkippableSize)); err != nil {
				return 0, w.broken(err)
			}
			continue
		}
		if h.HasFCS {
			w.content = h.FrameContentSize
		}
		w.crc, w.window, w.refused = h.HasCheckSum, h.WindowSize, refuse(&h)
		return h.HeaderSize, nil
	}
}

var errNoFrame = &DamageError{Cut: true, Reason: "no compressed data after the last whole frame"}

// refuse says why a frame cannot be decompressed here, nil where it can.
func refuse(h *zstd.Header) *DamageError {
	switch {
	case h.DictionaryID != 0:
		return &DamageError{Reason: fmt.Sprintf("it needs the dictionary %d, which it was compressed with: "+
			"decompress it with zstd -d -D", h.DictionaryID)}
	case h.WindowSize > maxWindow:
		return &DamageError{Reason: fmt.Sprintf("its window is %d MiB, and what is larger than %d MiB is not read: "+
			"decompress it with zstd -d --long=31", h.WindowSize>>20, maxWindow>>20)}
	}
	return nil
}

// holdsPacked says whether what begins with a zstd frame holds something that is compressed, too.
// It looks at the first block of the first frame that has one, and takes nothing but frames that
// are to be skipped.
func holdsPacked(in *bufio.Reader) bool {
	w := walker{in: in}
	at, err := w.find()
	if err != nil || w.refused != nil {
		return false
	}
	head, err := in.Peek(at + blockHead)
	if err != nil {
		return false
	}
	_, _, size := readBlockHead(head[at:])
	frame, _ := in.Peek(at + blockHead + size)
	dec, err := stream(bytes.NewReader(frame))
	if err != nil {
		return false
	}
	defer dec.Close()
	var magic [4]byte
	n, _ := io.ReadFull(dec, magic[:])
	return tellPacking(magic[:n]) != plainText
}

// The types of a block of a frame, and how large one may be.
const (
	typeRLE      = 1
	typeReserved = 3
	maxBlock     = 128 << 10
	blockHead    = 3 // bytes
)

// readBlockHead reads what a block begins with.
func readBlockHead(head []byte) (last bool, kind, size int) {
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	return n&1 == 1, n >> 1 & 3, n >> 3
}

// block appends the next block to dst, and after the last block the frame's checksum.
func (w *walker) block(dst []byte) ([]byte, error) {
	at := len(dst)
	dst, err := w.read(dst, blockHead)
	if err != nil {
		return dst, err
	}
	last, kind, size := readBlockHead(dst[at:])
	w.done = last
	switch {
	case kind == typeReserved || size > maxBlock:
		w.done = true
		return dst, damage(zstd.ErrReservedBlockType)
	case kind == typeRLE:
		size = 1
	}
	if w.done && w.crc {
		size += 4
	}
	return w.read(dst, size)
}

// read appends n bytes.
func (w *walker) read(dst []byte, n int) ([]byte, error) {
	from := len(dst)
	dst = slices.Grow(dst, n)
	got, err := io.ReadFull(w.in, dst[from:from+n])
	return dst[:from+got], w.broken(err)
}

// broken tells a file that breaks off from a failure to read it.
func (w *walker) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		w.done = true
		return damage(err)
	}
	return err
}

// Read reads what has not been walked of the frame.
func (w *walker) Read(p []byte) (int, error) {
	if w.from == len(w.piece) {
		if w.done {
			return 0, io.EOF
		}
		var err error
		w.from = 0
		if w.piece, err = w.block(w.piece[:0]); err != nil {
			w.done = true
			return 0, err
		}
	}
	n := copy(p, w.piece[w.from:])
	w.from += n
	return n, nil
}
