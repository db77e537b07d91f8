package commands

import (
	"fmt"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
)

// byteSize is a number of bytes as people write it: 100MB, 1.5GiB, 4096.
type byteSize int64

// Set reads a size.
func (b *byteSize) Set(text string) error {
	size, err := endpoint.ParseSize(text)
	if err != nil {
		return fmt.Errorf("%q is no size like 100MB", text)
	}
	*b = byteSize(size)
	return nil
}

func (b *byteSize) String() string {
	if *b == 0 {
		return ""
	}
	return render.Bytes(int64(*b))
}

// Type names the kind of value in the help.
func (*byteSize) Type() string { return "size" }
