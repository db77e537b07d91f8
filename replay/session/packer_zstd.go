package session

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// zstdPacker writes a row of independent frames of whole lines, each of about frameText of text.
// Where the text comes slowly, a frame is written piece by piece, and is closed after frameTime
// however little it holds: what reads the file while it grows, or after it was cut off, needs no
// more than whole frames.
type zstdPacker struct {
	out    io.Writer
	frame  *zstd.Encoder // the frame that is being written; its encoder is used again
	open   bool
	held   int // text in the open frame
	opened time.Time
}

const (
	frameText = 1 << 20
	frameTime = 10 * time.Second
)

func (p *zstdPacker) write(text []byte) error {
	for len(text) > 0 {
		var err error
		switch room := frameText - p.held; {
		case p.open:
			n := cutLines(text, room)
			if n > room { // a line that no longer fits in
				err = p.close()
				break
			}
			err = p.add(text[:n])
			text = text[n:]
		case len(text) >= frameText:
			n := cutLines(text, len(text)/frameText*frameText)
			err = p.frames(text[:n])
			text = text[n:]
		default:
			err = p.begin()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cutLines is how much of text are whole lines of no more than limit bytes together, or else the
// first line.
func cutLines(text []byte, limit int) int {
	if len(text) <= limit {
		return len(text)
	}
	limit = max(limit, 0)
	if i := bytes.LastIndexByte(text[:limit], '\n'); i >= 0 {
		return i + 1
	}
	if i := bytes.IndexByte(text[limit:], '\n'); i >= 0 {
		return limit + i + 1
	}
	return len(text)
}

func (p *zstdPacker) begin() error {
	if p.frame == nil {
		var err error
		p.frame, err = newEncoder(p.out, 1)
		if err != nil {
			return err
		}
	} else {
		p.frame.Reset(p.out)
	}
	p.open, p.held, p.opened = true, 0, time.Now()
	return nil
}

func (p *zstdPacker) add(text []byte) error {
	_, err := p.frame.Write(text)
	p.held += len(text)
	if err == nil && p.held == frameText {
		err = p.close()
	}
	return err
}

func (p *zstdPacker) close() error {
	p.open, p.held = false, 0
	return p.frame.Close()
}

// frames writes text as whole frames, two of which are compressed at a time.
func (p *zstdPacker) frames(text []byte) error {
	var packed [workers][]byte
	for len(text) > 0 {
		var all sync.WaitGroup
		for i := range packed {
			n := cutLines(text, frameText)
			piece := text[:n]
			text = text[n:]
			packed[i] = packed[i][:0]
			if n > 0 {
				all.Go(func() { packed[i] = encoder().EncodeAll(piece, packed[i]) })
			}
		}
		all.Wait()
		for _, frame := range packed {
			if _, err := p.out.Write(frame); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *zstdPacker) commit() error {
	switch {
	case !p.open:
		return nil
	case time.Since(p.opened) >= frameTime:
		return p.close()
	}
	return p.frame.Flush()
}

func (p *zstdPacker) finish() error {
	if !p.open {
		return nil
	}
	return p.close()
}

// encoder is shared by all who compress whole frames.
var encoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := newEncoder(nil, workers)
	if err != nil {
		panic(err) // the options are wrong
	}
	return e
})

func newEncoder(out io.Writer, concurrency int) (*zstd.Encoder, error) {
	return zstd.NewWriter(out, zstd.WithEncoderConcurrency(concurrency), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(frameText), zstd.WithLowerEncoderMem(true))
}
