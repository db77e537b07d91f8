package session

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

// packer compresses lines on their way to a file.
type packer interface {
	// write takes whole lines, and may hold them back.
	write(text []byte) error
	// commit passes on what was held back, so that a file that ends here can be read to here.
	commit() error
	// finish commits, and ends the compressed text as its format wants it. Nothing may be written
	// after it.
	finish() error
}

func newPacker(how packing, out io.Writer) packer {
	switch how {
	case zstdFrames:
		return &zstdPacker{out: out}
	case gzipStream:
		return &gzipPacker{out: gzip.NewWriter(out)}
	}
	return plainPacker{out}
}

type plainPacker struct{ out io.Writer }

func (p plainPacker) write(text []byte) error {
	_, err := p.out.Write(text)
	return err
}

func (plainPacker) commit() error { return nil }
func (plainPacker) finish() error { return nil }

type gzipPacker struct{ out *gzip.Writer }

func (p *gzipPacker) write(text []byte) error {
	_, err := p.out.Write(text)
	return err
}

func (p *gzipPacker) commit() error { return p.out.Flush() }
func (p *gzipPacker) finish() error { return p.out.Close() }
