package session

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// walker finds the blocks of one zstd frame, and so its end, without decompressing it. As an io.Reader it yields what it
// has not yet walked.
type walker struct {
	in      *bufio.Reader
	content uint64 // what the frame holds, where it says so
	crc     bool
	done    bool
	piece   []byte // the block that is being read from
	from    int    // how far
}

// The magic numbers of zstd: that of a frame, and that of a frame to be skipped without its lowest four bits.
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

// header appends the header of the next frame to dst. It returns io.EOF where there is none.
func (w *walker) header(dst []byte) ([]byte, error) {
	for {
		ahead, err := w.in.Peek(zstd.HeaderMaxSize)
		if len(ahead) == 0 || err != nil && !errors.Is(err, io.EOF) {
			return dst, err
		}
		var h zstd.Header
		switch err := h.Decode(ahead); {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return dst, damage(err)
		case err != nil:
			return dst, &DamageError{Cut: true, Reason: "no compressed data after the last whole frame"}
		}
		if h.Skippable {
			if _, err := io.CopyN(io.Discard, w.in, int64(h.HeaderSize)+int64(h.SkippableSize)); err != nil {
				return dst, w.broken(err)
			}
			continue
		}
		if h.HasFCS {
			w.content = h.FrameContentSize
		}
		w.crc = h.HasCheckSum
		return w.read(dst, h.HeaderSize)
	}
}

// The types of a block of a frame, and how large one may be.
const (
	typeRLE      = 1
	typeReserved = 3
	maxBlock     = 128 << 10
)

// block appends the next block to dst, and after the last block the frame's checksum.
func (w *walker) block(dst []byte) ([]byte, error) {
	at := len(dst)
	dst, err := w.read(dst, 3)
	if err != nil {
		return dst, err
	}
	head := int(dst[at]) | int(dst[at+1])<<8 | int(dst[at+2])<<16
	kind, size := head>>1&3, head>>3
	w.done = head&1 == 1
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
